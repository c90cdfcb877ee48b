package dev.pagoda.gateway.api;

import java.util.List;
import java.util.Objects;

/// The vectors of a batch in the order of its texts, and what they took.
///
/// @param vectors      unit-length vectors; the receiver owns the arrays
/// @param promptTokens tokens read
/// @param costNanos    price in nano-dollars
public record EmbeddedTexts(String model, List<float[]> vectors, int promptTokens, long costNanos) {
    public EmbeddedTexts {
        Objects.requireNonNull(model, "model");
        vectors = List.copyOf(vectors);
    }
}
