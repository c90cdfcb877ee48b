package dev.pagoda.gateway.metrics;

/// One request that an engine has served to its end. Times are nanoseconds of one clock.
///
/// @param cachedTokens of its prompt, that the engine had
/// @param maxTokens    that it asked for at most
/// @param choices      that it asked for
public record FinishedRequest(
        int promptTokens,
        int cachedTokens,
        int outputTokens,
        int maxTokens,
        int choices,
        int preemptions,
        long scheduledNanos,
        long firstTokenNanos,
        long lastTokenNanos) {
    double prefillSeconds() {
        return (firstTokenNanos - scheduledNanos) / 1e9;
    }

    double decodeSeconds() {
        return (lastTokenNanos - firstTokenNanos) / 1e9;
    }
}
