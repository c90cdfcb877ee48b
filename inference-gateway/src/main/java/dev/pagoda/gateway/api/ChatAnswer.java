package dev.pagoda.gateway.api;

import java.util.Objects;

/// The next message of a conversation, and what it took.
///
/// @param model            the served model's name
/// @param version          the version that answered
/// @param text             the whole message
/// @param isComplete       whether it ended by itself, rather than by a token limit
/// @param promptTokens     tokens read
/// @param completionTokens tokens made
/// @param costNanos        price in nano-dollars
/// @param firstTokenMicros from the arrival of the question to the first token
/// @param totalMicros      from the arrival of the question to the end of the answer
public record ChatAnswer(
        String model,
        String version,
        String text,
        boolean isComplete,
        int promptTokens,
        int completionTokens,
        long costNanos,
        long firstTokenMicros,
        long totalMicros) {
    public ChatAnswer {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(text, "text");
    }
}
