package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Prompt;

/// One request of a trace.
///
/// @param arrivalNanos since the beginning of the trace
public record TimedRequest(long arrivalNanos, Prompt prompt, int outputTokens) {
    public TimedRequest {
        if (arrivalNanos < 0) {
            throw new IllegalArgumentException("an arrival at " + arrivalNanos + " ns is before the trace begins");
        }
        if (outputTokens < 1) {
            throw new IllegalArgumentException("outputTokens " + outputTokens + " is below 1");
        }
    }
}
