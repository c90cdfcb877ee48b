package dev.pagoda.compute.api;

/// Where a job is in its life.
public enum JobPhase {
    PENDING,
    RUNNING,
    FINISHED,
    CANCELLED,
    REJECTED;

    /// Whether nothing more will happen to it.
    public boolean isOver() {
        return this == FINISHED || this == CANCELLED || this == REJECTED;
    }
}
