package dev.pagoda.gateway.study;

/// What became of one request. Times count from the beginning of the trace; -1 where it never came so far.
///
/// @param index          its place in the trace
/// @param engine         the engine that took it
/// @param cachedTokens   tokens of its prompt that the engine had
/// @param scheduledNanos when it first took part in a step
/// @param firstNanos     when its first token was there
/// @param lastNanos      when its last token was there
public record RequestOutcome(
        int index,
        int engine,
        int promptTokens,
        int outputTokens,
        int cachedTokens,
        int preemptions,
        long arrivalNanos,
        long scheduledNanos,
        long firstNanos,
        long lastNanos) {
    public boolean isComplete() {
        return lastNanos >= 0;
    }

    /// Time to the first token.
    public double ttftMillis() {
        return (firstNanos - arrivalNanos) / 1e6;
    }

    /// Time of each token after the first; NaN when there is only one.
    public double tpotMillis() {
        return outputTokens < 2 ? Double.NaN : (lastNanos - firstNanos) / 1e6 / (outputTokens - 1);
    }

    /// Time to the last token.
    public double e2eMillis() {
        return (lastNanos - arrivalNanos) / 1e6;
    }
}
