package dev.pagoda.compute.sim;

import java.util.Comparator;
import java.util.List;

/// Jobs in some order, each to the fastest device that is left, all anew at every decision.
final class FastestFirstPolicy implements JobPolicy {
    /// Which comes first.
    enum Order {
        /// Gavel's heterogeneity-aware FIFO: who does not fit keeps all behind it waiting.
        ARRIVAL,
        /// Least time left on its fastest device; it must know how long jobs are. Who does not fit is passed
        /// over.
        SHORTEST_REMAINING
    }

    private final Order order;

    FastestFirstPolicy(Order order) {
        this.order = order;
    }

    @Override
    public void decide(View view, Plan plan) {
        List<JobState> jobs = view.jobs();
        if (order == Order.SHORTEST_REMAINING) {
            jobs = jobs.stream()
                    .sorted(Comparator.comparingDouble((JobState job) -> secondsLeft(job, view.nowNanos()))
                            .thenComparingInt(JobState::index))
                    .toList();
        }
        for (JobState job : jobs) {
            int pool = plan.fastestFitting(job);
            if (pool >= 0) {
                plan.run(job, stay(job, pool, plan));
            } else if (order == Order.ARRIVAL) {
                return;
            }
        }
    }

    /// The pool it has, if the other is no faster.
    private static int stay(JobState job, int pool, Plan plan) {
        int old = job.pool();
        boolean isAsFast = old >= 0 && job.spec().rate()[old] >= job.spec().rate()[pool];
        return isAsFast && plan.fits(job, old) ? old : pool;
    }

    private static double secondsLeft(JobState job, long nowNanos) {
        return job.remaining(nowNanos) / job.spec().rate()[job.spec().fastestPool()];
    }
}
