package dev.pagoda.compute.sim;

import java.util.List;

/// Who runs where until the next decision. A policy belongs to one run of a study.
public interface JobPolicy {
    /// Decides anew about every job: what is not put into the plan does not run.
    void decide(View view, Plan plan);

    /// Whether its decisions change from round to round even when nothing arrives or ends.
    default boolean takesTurns() {
        return false;
    }

    /// When it wants to decide again at the latest if nothing arrives or ends, [Long#MAX_VALUE] for never.
    /// Asked after each decision.
    default long nextNanos(View view) {
        return Long.MAX_VALUE;
    }

    /// What a policy sees.
    ///
    /// @param nowNanos     the time
    /// @param roundNanos   the length of a round, 0 where decisions follow events
    /// @param cluster      its devices
    /// @param jobs         those that have arrived and are not done, in the order of arrival
    /// @param haveChanged  whether a job has arrived or ended since the last decision
    record View(long nowNanos, long roundNanos, ClusterShape cluster, List<JobState> jobs, boolean haveChanged) {}
}
