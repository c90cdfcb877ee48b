package dev.pagoda.compute.api;

/// What a job does with its devices, and so when it ends and how it fails.
public enum JobKind {
    /// Synchronous data-parallel steps: as fast as its slowest device, one lost task stops it.
    TRAINING,
    /// Independent tasks that share a fixed amount of work; what survives a failure goes on.
    BATCH,
    /// Independent replicas that run until somebody stops them; what survives a failure goes on.
    SERVING,
    /// A person at a keyboard: ends when it is idle for too long.
    NOTEBOOK
}
