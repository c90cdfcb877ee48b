package dev.pagoda.compute.api;

import java.util.Objects;

/// Why a job waits and what would start it.
public record ExplainJob(String id) {
    public ExplainJob {
        Objects.requireNonNull(id, "id");
    }
}
