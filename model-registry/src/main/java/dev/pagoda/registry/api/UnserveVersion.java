package dev.pagoda.registry.api;

import java.util.Objects;

/// A request to end the serving of a version; without effect when it is not served.
///
/// @param reference as in [ResolveModel]
public record UnserveVersion(String reference) {
    public UnserveVersion {
        Objects.requireNonNull(reference, "reference");
    }
}
