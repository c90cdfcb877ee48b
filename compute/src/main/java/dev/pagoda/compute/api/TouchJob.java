package dev.pagoda.compute.api;

import java.util.Objects;

/// Tells that somebody uses a notebook, so that it is not idle.
public record TouchJob(String id) {
    public TouchJob {
        Objects.requireNonNull(id, "id");
    }
}
