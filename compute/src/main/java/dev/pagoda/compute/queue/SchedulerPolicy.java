package dev.pagoda.compute.queue;

/// What the scheduler does besides starting jobs in order.
///
/// @param backfill          whether later jobs may overtake a blocked one when that does not delay it
/// @param reservations      for how many blocked jobs the earliest start is protected, 0 to 64
/// @param preemption        whether the rules of queues about preemption apply
/// @param consolidation     whether running jobs are moved to make room
/// @param elasticity        whether elastic gangs grow when devices are idle and shrink before others are
///     stopped
/// @param starvationSeconds a job that waits longer goes before every other
/// @param maxVictims        most jobs that are stopped for one
/// @param maxMoves          most jobs that are moved for one
/// @param resizeSeconds     least time between two growths of one job
/// @param horizonSeconds    how far ahead a benefit is counted when nobody knows when devices free up
public record SchedulerPolicy(
        boolean backfill,
        int reservations,
        boolean preemption,
        boolean consolidation,
        boolean elasticity,
        double starvationSeconds,
        int maxVictims,
        int maxMoves,
        double resizeSeconds,
        double horizonSeconds) {
    public SchedulerPolicy {
        within("reservations", reservations, 0, 64);
        within("starvationSeconds", starvationSeconds, 0, 1e10);
        within("maxVictims", maxVictims, 0, 4_096);
        within("maxMoves", maxMoves, 0, 256);
        within("resizeSeconds", resizeSeconds, 0, 1e10);
        within("horizonSeconds", horizonSeconds, 0, 1e10);
    }

    public static SchedulerPolicy defaults() {
        return new SchedulerPolicy(true, 4, true, true, true, 86_400, 256, 8, 300, 3_600);
    }

    /// First come, first served: whoever is next blocks everybody behind.
    public static SchedulerPolicy strict() {
        return new SchedulerPolicy(false, 1, false, false, false, 1e10, 0, 0, 0, 0);
    }

    private static void within(String what, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(what + " is " + value + ", outside " + least + " to " + most);
        }
    }
}
