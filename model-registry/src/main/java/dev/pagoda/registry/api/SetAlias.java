package dev.pagoda.registry.api;

import java.util.Objects;

/// A request to point a stage at a version, a new one or one that points elsewhere now.
public record SetAlias(String model, String alias, int version) {
    public SetAlias {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(alias, "alias");
    }
}
