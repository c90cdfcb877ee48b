package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// One chat to be answered, already validated against its protocol.
///
/// @param requestId   unique; the key of the request's usage record
/// @param model       the served model's name
/// @param messages    the conversation, oldest first, at least one
/// @param n           choices wanted, 1 to [#MAX_CHOICES]
/// @param maxTokens   tokens a choice may have, at least 1; empty means up to the model's context
/// @param minTokens   tokens a choice has at least before it may stop (vLLM's extension `min_tokens`)
/// @param ignoreEos   whether a choice runs until its token limit (vLLM's extension `ignore_eos`)
/// @param stop        strings that end a choice, at most [#MAX_STOPS], none empty; they are not delivered
/// @param seed        the seed of the text; empty means derived from the request id
/// @param temperature 0 to 2; at 0 the same request gets the same text whatever its seed
public record ChatRequest(
        String requestId,
        String model,
        List<ChatMessage> messages,
        int n,
        OptionalInt maxTokens,
        int minTokens,
        boolean ignoreEos,
        List<String> stop,
        OptionalLong seed,
        double temperature) {

    /// Most choices of one request, as OpenAI allows.
    public static final int MAX_CHOICES = 128;

    /// Most stop strings of one request, as OpenAI allows.
    public static final int MAX_STOPS = 4;

    public ChatRequest {
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(seed, "seed");
        messages = List.copyOf(messages);
        stop = List.copyOf(stop);
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("messages are empty; at least one is needed");
        }
        if (n < 1 || n > MAX_CHOICES) {
            throw new IllegalArgumentException("n " + n + " is not within 1 to " + MAX_CHOICES);
        }
        if (maxTokens.isPresent() && maxTokens.getAsInt() < 1) {
            throw new IllegalArgumentException("maxTokens " + maxTokens.getAsInt() + " is below 1");
        }
        if (minTokens < 0) {
            throw new IllegalArgumentException("minTokens " + minTokens + " is below 0");
        }
        if (maxTokens.isPresent() && minTokens > maxTokens.getAsInt()) {
            throw new IllegalArgumentException(
                    "minTokens " + minTokens + " is above maxTokens " + maxTokens.getAsInt());
        }
        if (stop.size() > MAX_STOPS || stop.contains("")) {
            throw new IllegalArgumentException("stop has " + stop.size() + " strings; at most " + MAX_STOPS
                    + " are allowed and none may be empty");
        }
        if (!(temperature >= 0 && temperature <= 2)) {
            throw new IllegalArgumentException("temperature " + temperature + " is not within 0 to 2");
        }
    }
}
