package dev.pagoda.compute.api;

/// How a job keeps its progress.
///
/// @param intervalSeconds of work between two checkpoints; 0 for a job that makes none and starts over when it
///     is stopped
/// @param costSeconds     work stands still for that long at each of them
/// @param restartSeconds  what loading the last one takes
public record CheckpointSpec(double intervalSeconds, double costSeconds, double restartSeconds) {
    /// A year.
    static final double MAX_SECONDS = 31_536_000;

    public CheckpointSpec {
        within("checkpoint interval", intervalSeconds);
        within("checkpoint cost", costSeconds);
        within("restart cost", restartSeconds);
        if (intervalSeconds > 0 && intervalSeconds < 1e-3) {
            throw new IllegalArgumentException("a checkpoint every " + intervalSeconds + " s is below 0.001");
        }
    }

    public static CheckpointSpec none() {
        return new CheckpointSpec(0, 0, 0);
    }

    /// Whether a stop costs only what came after the last checkpoint.
    public boolean isKept() {
        return intervalSeconds > 0;
    }

    private static void within(String what, double seconds) {
        if (!(seconds >= 0 && seconds <= MAX_SECONDS)) {
            throw new IllegalArgumentException(what + " of " + seconds + " s is outside 0 to " + MAX_SECONDS);
        }
    }
}
