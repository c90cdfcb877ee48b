package dev.pagoda.compute.queue;

import java.util.Comparator;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The pending jobs in the order in which they may try to start: those that starve, oldest first; then by
/// priority, the fair shares of their queues at that moment, and age.
final class WaitingLine {
    private final State state;
    private final long starvationMicros;
    private final Comparator<Job> withinQueue;
    private final Map<String, PriorityQueue<Job>> queues = new TreeMap<>();

    WaitingLine(State state) {
        this.state = state;
        this.starvationMicros = Progress.micros(state.policy.starvationSeconds());
        this.withinQueue = Comparator.comparing((Job job) -> !starves(job))
                .thenComparingInt(job -> starves(job) ? 0 : -job.spec.priority())
                .thenComparingLong(job -> job.submittedMicros)
                .thenComparingLong(job -> job.sequence);
        state.pending.values().forEach(this::add);
    }

    void add(Job job) {
        queues.computeIfAbsent(job.spec.queue(), name -> new PriorityQueue<>(withinQueue))
                .add(job);
    }

    /// The next job, null when all have been handed out.
    @Nullable
    Job next() {
        PriorityQueue<Job> best = null;
        Job first = null;
        for (PriorityQueue<Job> queue : queues.values()) {
            Job head = queue.peek();
            if (head != null && (first == null || compare(head, first) < 0)) {
                best = queue;
                first = head;
            }
        }
        return best == null ? null : best.poll();
    }

    void drop(String queue) {
        queues.remove(queue);
    }

    private boolean starves(Job job) {
        return state.nowMicros - job.pendingSinceMicros >= starvationMicros;
    }

    private int compare(Job job, Job other) {
        boolean starves = starves(job);
        if (starves != starves(other)) {
            return starves ? -1 : 1;
        }
        if (!starves) {
            int byPriority = Integer.compare(other.spec.priority(), job.spec.priority());
            if (byPriority != 0) {
                return byPriority;
            }
            int byShare = state.room.quotas().compareShares(job.spec.queue(), other.spec.queue());
            if (byShare != 0) {
                return byShare;
            }
        }
        int byAge = Long.compare(job.submittedMicros, other.submittedMicros);
        return byAge != 0 ? byAge : Long.compare(job.sequence, other.sequence);
    }
}
