package dev.pagoda.gateway.backend;

/// For how much of the time steps were under way. Time is a parameter and never goes back. Not thread-safe.
final class ReplicaActivity {
    private static final long NEVER = -1;

    private long toldNanos;
    /// When the steps that are under way began.
    private long sinceNanos = NEVER;

    private long busyNanos;

    ReplicaActivity(long nowNanos) {
        toldNanos = nowNanos;
    }

    /// Whether steps are under way from now on.
    void note(boolean isBusy, long nowNanos) {
        if (isBusy == (sinceNanos != NEVER)) {
            return;
        }
        if (isBusy) {
            sinceNanos = nowNanos;
        } else {
            busyNanos += nowNanos - sinceNanos;
            sinceNanos = NEVER;
        }
    }

    /// The busy part of the time since it was last asked, 0 to 1.
    double take(long nowNanos) {
        if (sinceNanos != NEVER) {
            busyNanos += nowNanos - sinceNanos;
            sinceNanos = nowNanos;
        }
        long passed = nowNanos - toldNanos;
        double part = passed <= 0 ? 0 : Math.clamp((double) busyNanos / passed, 0, 1);
        busyNanos = 0;
        toldNanos = nowNanos;
        return part;
    }
}
