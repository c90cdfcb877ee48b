package dev.pagoda.registry.api;

import java.util.Map;
import java.util.Objects;

/// A request to add a version to a model.
public record RegisterVersion(String model, ModelArchitecture architecture, String source, Map<String, String> tags) {
    public RegisterVersion {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(architecture, "architecture");
        Objects.requireNonNull(source, "source");
        tags = Map.copyOf(tags);
    }
}
