package dev.pagoda.compute.api;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Whose running jobs a queue may stop for its own pending ones.
///
/// @param withinQueue         of the queue itself
/// @param reclaimWithinCohort of queues that borrow, when the pending job fits the queue's own nominal quota
/// @param borrowWithinCohort  of queues that borrow, when the pending job has to borrow itself
/// @param borrowMaxPriority   the highest priority a job may have to be stopped for one that borrows; absent
///     means any that is lower than the pending job's
public record PreemptionRules(
        WithinQueue withinQueue,
        Reclaim reclaimWithinCohort,
        Borrow borrowWithinCohort,
        @Nullable Integer borrowMaxPriority) {
    /// Which jobs of the same queue.
    public enum WithinQueue {
        NEVER,
        LOWER_PRIORITY,
        LOWER_OR_NEWER_EQUAL_PRIORITY
    }

    /// Which jobs of queues that use more than their nominal quota.
    public enum Reclaim {
        NEVER,
        LOWER_PRIORITY,
        ANY
    }

    /// Which jobs of borrowers, for a job that borrows.
    public enum Borrow {
        NEVER,
        LOWER_PRIORITY
    }

    public PreemptionRules {
        Objects.requireNonNull(withinQueue, "withinQueue");
        Objects.requireNonNull(reclaimWithinCohort, "reclaimWithinCohort");
        Objects.requireNonNull(borrowWithinCohort, "borrowWithinCohort");
        if (borrowMaxPriority != null && borrowWithinCohort == Borrow.NEVER) {
            throw new IllegalArgumentException(
                    "borrowMaxPriority " + borrowMaxPriority + " has no meaning while borrowWithinCohort is NEVER");
        }
    }

    /// Nothing is ever stopped.
    public static PreemptionRules never() {
        return new PreemptionRules(WithinQueue.NEVER, Reclaim.NEVER, Borrow.NEVER, null);
    }

    /// Lower priorities of the queue itself, and whatever others borrowed.
    public static PreemptionRules defaults() {
        return new PreemptionRules(WithinQueue.LOWER_PRIORITY, Reclaim.ANY, Borrow.NEVER, null);
    }
}
