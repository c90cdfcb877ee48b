package dev.pagoda.registry.api;

import java.util.List;

/// Versions that are marked for serving, by model and version; each has a [ServingSpec].
public record ServingReply(List<ModelVersion> versions) {
    public ServingReply {
        versions = List.copyOf(versions);
    }
}
