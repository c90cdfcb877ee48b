package dev.pagoda.compute.api;

import java.util.Objects;

/// A job by its id.
public record FindJob(String id) {
    public FindJob {
        Objects.requireNonNull(id, "id");
    }
}
