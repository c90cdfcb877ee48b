package dev.pagoda.registry.api;

import java.util.Objects;

/// A request to replace who may see and use a model.
public record SetAccess(String model, ModelAccess access) {
    public SetAccess {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(access, "access");
    }
}
