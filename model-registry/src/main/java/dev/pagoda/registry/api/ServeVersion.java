package dev.pagoda.registry.api;

import java.util.Objects;

/// A request to have a version served, or served differently.
///
/// @param reference as in [ResolveModel]
public record ServeVersion(String reference, ServingSpec spec) {
    public ServeVersion {
        Objects.requireNonNull(reference, "reference");
        Objects.requireNonNull(spec, "spec");
    }
}
