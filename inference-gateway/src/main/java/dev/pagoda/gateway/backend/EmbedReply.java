package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.Objects;

/// The embeddings of one batch, in the order of its inputs.
///
/// @param vectors      one unit-length vector an input; the receiver owns the arrays
/// @param promptTokens tokens the model read, truncation included
public record EmbedReply(String model, List<float[]> vectors, int promptTokens) {
    public EmbedReply {
        Objects.requireNonNull(model, "model");
        vectors = List.copyOf(vectors);
        if (promptTokens < 0) {
            throw new IllegalArgumentException("promptTokens " + promptTokens + " is below 0");
        }
    }
}
