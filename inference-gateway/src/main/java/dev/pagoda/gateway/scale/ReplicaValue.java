package dev.pagoda.gateway.scale;

/// What it is worth to have one certain replica, when the coming gains of having it are known: the best of all ways to
/// stop and start it, found backwards in time. A replica costs its time from the decision to start it, and gains
/// nothing before it is ready; whoever stops one loses a start if it is wanted again. So a short pause is held through,
/// a long one is not, and what begins soon is started before. Not thread-safe.
final class ReplicaValue {
    private final int stepSeconds;
    private final int steps;
    private final int startSteps;
    /// By step, what follows with the replica there and ready, and without it.
    private final double[] there;

    private final double[] gone;
    private double kept;

    ReplicaValue(int stepSeconds, int steps, int startSeconds) {
        if (stepSeconds < 1 || steps < 1 || startSeconds < 1) {
            throw new IllegalArgumentException("steps of " + stepSeconds + " s, " + steps + " of them and a start of "
                    + startSeconds + " s must all be at least 1");
        }
        this.stepSeconds = stepSeconds;
        this.steps = steps;
        this.startSteps = (startSeconds + stepSeconds - 1) / stepSeconds;
        this.there = new double[steps + startSteps + 1];
        this.gone = new double[steps + startSteps + 1];
    }

    /// @param gains by step, in seconds of a replica, what a ready replica saves
    /// @param waits steps until it is ready
    void weigh(double[] gains, int waits) {
        for (int step = steps - 1; step >= 0; step--) {
            gone[step] = Math.max(gone[step + 1], started(step));
            kept = (step < waits ? 0 : gains[step]) - stepSeconds + there[step + 1];
            there[step] = Math.max(gone[step], kept);
        }
    }

    private double started(int step) {
        return there[step + startSteps] - startSteps * stepSeconds;
    }

    /// What keeping it now is worth more than stopping it now, in seconds of a replica.
    double ofKeeping() {
        return kept - gone[1];
    }

    /// What starting it now is worth more than not doing so now.
    double ofStarting() {
        return started(0) - gone[1];
    }
}
