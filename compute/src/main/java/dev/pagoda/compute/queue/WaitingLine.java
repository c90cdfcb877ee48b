package dev.pagoda.compute.queue;

import java.util.Comparator;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The pending jobs in the order in which they may try to start: those that starve, oldest first; then by
/// priority, the fair shares of their queues at that moment, and age.
final class WaitingLine implements Comparator<Job> {
    private final State state;
    private final long starvationMicros;
    private final Map<String, PriorityQueue<Job>> queues = new TreeMap<>();

    WaitingLine(State state) {
        this.state = state;
        this.starvationMicros = Progress.micros(state.policy.starvationSeconds());
        for (Job job : state.pending.values()) {
            add(job);
        }
    }

    void add(Job job) {
        PriorityQueue<Job> queue = queues.get(job.spec.queue());
        if (queue == null) {
            queue = new PriorityQueue<>(this);
            queues.put(job.spec.queue(), queue);
        }
        queue.add(job);
    }

    /// The order within one queue.
    @Override
    public int compare(Job job, Job other) {
        boolean starves = starves(job);
        if (starves != starves(other)) {
            return starves ? -1 : 1;
        }
        int byPriority = starves ? 0 : Integer.compare(other.spec.priority(), job.spec.priority());
        return byPriority != 0 ? byPriority : compareAges(job, other);
    }

    /// The next job, null when all have been handed out.
    @Nullable
    Job next() {
        PriorityQueue<Job> best = null;
        Job first = null;
        for (PriorityQueue<Job> queue : queues.values()) {
            Job head = queue.peek();
            if (head != null && (first == null || compareHeads(head, first) < 0)) {
                best = queue;
                first = head;
            }
        }
        return best == null ? null : best.poll();
    }

    /// Whether a job comes before another one as things are.
    boolean isBefore(Job job, Job other) {
        return (job.spec.queue().equals(other.spec.queue()) ? compare(job, other) : compareHeads(job, other)) < 0;
    }

    void drop(String queue) {
        queues.remove(queue);
    }

    private boolean starves(Job job) {
        return state.nowMicros - job.pendingSinceMicros >= starvationMicros;
    }

    private int compareHeads(Job job, Job other) {
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
        return compareAges(job, other);
    }

    private static int compareAges(Job job, Job other) {
        int byAge = Long.compare(job.submittedMicros, other.submittedMicros);
        return byAge != 0 ? byAge : Long.compare(job.sequence, other.sequence);
    }
}
