package dev.pagoda.compute.api;

import java.util.Objects;

/// Stops a job; safe to repeat.
public record CancelJob(String id) {
    public CancelJob {
        Objects.requireNonNull(id, "id");
    }
}
