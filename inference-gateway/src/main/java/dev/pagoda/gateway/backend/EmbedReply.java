package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.Objects;

/// The embeddings of one batch, in the order of its inputs.
///
/// @param vectors      one unit-length vector an input; the receiver owns the arrays
/// @param promptTokens tokens the model read, truncation included
/// @param costNanos    price in nano-dollars, 0 where nobody told it
public record EmbedReply(String model, List<float[]> vectors, int promptTokens, long costNanos) {
    public EmbedReply {
        Objects.requireNonNull(model, "model");
        vectors = List.copyOf(vectors);
        if (promptTokens < 0) {
            throw new IllegalArgumentException("promptTokens " + promptTokens + " is below 0");
        }
    }

    public EmbedReply(String model, List<float[]> vectors, int promptTokens) {
        this(model, vectors, promptTokens, 0);
    }
}
