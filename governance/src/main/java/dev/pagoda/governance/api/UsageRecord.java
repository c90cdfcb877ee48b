package dev.pagoda.governance.api;

import java.util.Objects;

/// What one request used, as the module that served it counted it.
///
/// @param requestId        unique per request; recording the same id twice counts once
/// @param operation        `chat`, `embeddings`, ...: the closed set of priced operations
/// @param model            served model name, the price book's key
/// @param promptTokens     tokens read, `>= 0`
/// @param completionTokens tokens delivered, `>= 0`
/// @param outcome          how the request ended
/// @param startedMicros    wall clock at arrival, microseconds since the epoch
/// @param durationMicros   arrival to end, `>= 0`
/// @param tier             how urgently it was worked on
public record UsageRecord(
        String requestId,
        String operation,
        String model,
        long promptTokens,
        long completionTokens,
        Outcome outcome,
        long startedMicros,
        long durationMicros,
        ServiceTier tier) {
    public UsageRecord {
        Objects.requireNonNull(tier, "tier");
        if (requestId.isBlank() || requestId.length() > 128) {
            throw new IllegalArgumentException(
                    "requestId has " + requestId.length() + " characters, 1 to 128 are allowed");
        }
        if (promptTokens < 0 || completionTokens < 0 || durationMicros < 0) {
            throw new IllegalArgumentException("usage of " + requestId + " is negative: prompt " + promptTokens
                    + ", completion " + completionTokens + ", duration " + durationMicros);
        }
    }

    /// The usage of a request of the default tier.
    public UsageRecord(
            String requestId,
            String operation,
            String model,
            long promptTokens,
            long completionTokens,
            Outcome outcome,
            long startedMicros,
            long durationMicros) {
        this(
                requestId,
                operation,
                model,
                promptTokens,
                completionTokens,
                outcome,
                startedMicros,
                durationMicros,
                ServiceTier.DEFAULT);
    }

    /// How a request ended. Aborted and failed requests count the tokens that were delivered.
    public enum Outcome {
        COMPLETED,
        ABORTED,
        FAILED
    }
}
