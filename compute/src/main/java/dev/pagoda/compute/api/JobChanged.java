package dev.pagoda.compute.api;

import java.util.Objects;

/// The news that the scheduler did something to a job.
///
/// @param queue of the job
public record JobChanged(String queue, JobDecision decision) {
    public JobChanged {
        Objects.requireNonNull(queue, "queue");
        Objects.requireNonNull(decision, "decision");
    }
}
