package dev.pagoda.compute.sim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Tiresias's discretised two-dimensional policies (Gu et al., NSDI 2019): a job sinks from queue to queue as
/// the device-seconds it has had pass the thresholds, and upper queues go first. Within a queue who runs goes
/// before who waits (2D-LAS), or who has the higher Gittins index goes first (2D-Gittins). Who does not fit is
/// passed over. Devices are all alike to it: a job that starts takes any pool with room.
final class AttainedServicePolicy implements JobPolicy {
    private static final double NANOS = 1e9;

    private final double[] thresholds;
    private final Optional<GittinsIndex> index;
    private final List<List<JobState>> queues = new ArrayList<>();
    private final Map<JobState, Integer> queueOf = new HashMap<>();

    /// @param thresholds in device-seconds, ascending
    AttainedServicePolicy(double[] thresholds, Optional<GittinsIndex> index) {
        this.thresholds = thresholds;
        this.index = index;
        for (int i = 0; i <= thresholds.length; i++) {
            queues.add(new ArrayList<>());
        }
    }

    @Override
    public void decide(View view, Plan plan) {
        update(view);
        for (List<JobState> queue : queues) {
            order(queue, view.nowNanos());
            for (JobState job : queue) {
                int pool = job.isRunning() && plan.fits(job, job.pool()) ? job.pool() : plan.firstFitting(job);
                if (pool >= 0) {
                    plan.run(job, pool);
                }
            }
            List<JobState> waiting =
                    queue.stream().filter(job -> !plan.has(job)).toList();
            queue.removeIf(job -> !plan.has(job));
            queue.addAll(waiting);
        }
    }

    private void update(View view) {
        if (view.haveChanged()) {
            Map<JobState, Integer> still = new HashMap<>();
            view.jobs().forEach(job -> still.put(job, queueOf.getOrDefault(job, -1)));
            queues.forEach(queue -> queue.removeIf(job -> !still.containsKey(job)));
            queueOf.clear();
            queueOf.putAll(still);
        }
        for (JobState job : view.jobs()) {
            int old = queueOf.getOrDefault(job, -1);
            int queue = Math.max(old, queueAt(job.attainedDeviceSeconds(view.nowNanos())));
            if (queue != old) {
                if (old >= 0) {
                    queues.get(old).remove(job);
                }
                queues.get(queue).add(job);
                queueOf.put(job, queue);
            }
        }
    }

    private void order(List<JobState> queue, long nowNanos) {
        index.ifPresent(gittins -> queue.sort(
                Comparator.comparingDouble((JobState job) -> -gittins.at(job.attainedDeviceSeconds(nowNanos)))
                        .thenComparingInt(JobState::index)));
    }

    private int queueAt(double deviceSeconds) {
        int queue = 0;
        // A threshold is passed to the nanosecond, where rounding may leave a trace.
        while (queue < thresholds.length && deviceSeconds >= thresholds[queue] - 1e-6) {
            queue++;
        }
        return queue;
    }

    /// When the first of the running jobs sinks.
    @Override
    public long nextNanos(View view) {
        long next = Long.MAX_VALUE;
        for (JobState job : view.jobs()) {
            int queue = queueOf.getOrDefault(job, 0);
            if (job.isRunning() && queue < thresholds.length) {
                double seconds = (thresholds[queue] - job.attainedDeviceSeconds(view.nowNanos()))
                        * JobSpec.WHOLE
                        / job.spec().demandMilli();
                next = Math.min(next, view.nowNanos() + Math.max(1, (long) Math.ceil(seconds * NANOS)));
            }
        }
        return next;
    }
}
