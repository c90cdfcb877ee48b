package dev.pagoda.registry.api;

import java.util.Map;
import java.util.Objects;

/// A request to replace all tags of a version.
///
/// @param reference as in [ResolveModel]
public record SetTags(String reference, Map<String, String> tags) {
    public SetTags {
        Objects.requireNonNull(reference, "reference");
        tags = Map.copyOf(tags);
    }
}
