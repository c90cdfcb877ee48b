package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.Objects;

/// The embeddings of one batch, in the order of its inputs.
///
/// @param vectors      one unit-length vector an input; the receiver owns the arrays; none if there are scores
/// @param scores       by document how relevant it is, 0 to 1, where a model reads it with the question; else none
/// @param promptTokens tokens the model read, truncation included
/// @param costNanos    price in nano-dollars, 0 where nobody told it
public record EmbedReply(String model, List<float[]> vectors, List<Double> scores, int promptTokens, long costNanos) {
    public EmbedReply {
        Objects.requireNonNull(model, "model");
        vectors = List.copyOf(vectors);
        scores = List.copyOf(scores);
        if (promptTokens < 0) {
            throw new IllegalArgumentException("promptTokens " + promptTokens + " is below 0");
        }
    }

    public EmbedReply(String model, List<float[]> vectors, int promptTokens) {
        this(model, vectors, List.of(), promptTokens, 0);
    }

    /// Documents read with their question.
    static EmbedReply ranked(String model, List<Double> scores, int promptTokens) {
        return new EmbedReply(model, List.of(), scores, promptTokens, 0);
    }

    EmbedReply priced(long nanos) {
        return new EmbedReply(model, vectors, scores, promptTokens, nanos);
    }
}
