package dev.pagoda.registry.api;

import java.util.Objects;

/// A request for one model by its name or its Hugging Face id, with or without `:version` or `@alias`.
public record FindModel(String reference) {
    public FindModel {
        Objects.requireNonNull(reference, "reference");
    }
}
