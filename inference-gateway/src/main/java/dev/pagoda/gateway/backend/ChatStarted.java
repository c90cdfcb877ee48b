package dev.pagoda.gateway.backend;

import java.util.Objects;

/// What is known of a chat when an engine takes it up.
///
/// @param model        the served model's name
/// @param version      the version of the model that answers
/// @param promptTokens tokens of the whole conversation, 0 where they are told at the end only
/// @param cachedTokens of the prompt, those whose KV blocks were found and not computed
/// @param replica      the id of the replica that answers
public record ChatStarted(String model, String version, int promptTokens, int cachedTokens, String replica) {
    public ChatStarted {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(version, "version");
        Objects.requireNonNull(replica, "replica");
        if (promptTokens < 0) {
            throw new IllegalArgumentException("promptTokens " + promptTokens + " is below 0");
        }
        if (cachedTokens < 0 || cachedTokens > promptTokens) {
            throw new IllegalArgumentException("cachedTokens " + cachedTokens + " are not within 0 to " + promptTokens);
        }
    }

    public ChatStarted(String model, String version, int promptTokens, String replica) {
        this(model, version, promptTokens, 0, replica);
    }
}
