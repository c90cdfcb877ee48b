package dev.pagoda.registry.api;

import java.util.Objects;

/// The news that a version is to be served, served differently, or served no more.
///
/// @param version as it is now: `version.serving()` is absent when it is served no more
public record ServingChanged(ModelVersion version) {
    public ServingChanged {
        Objects.requireNonNull(version, "version");
    }
}
