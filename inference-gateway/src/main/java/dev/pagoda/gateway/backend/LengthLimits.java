package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.OptionalInt;

/// Where a choice ends.
///
/// @param maxTokens tokens a choice may have, thoughts and tool calls included; 0 only reads the prompt; empty means up
/// to the
///                  model's context
/// @param minTokens tokens a choice has at least before it may stop (vLLM's extension `min_tokens`)
/// @param ignoreEos whether a choice runs until its token limit (vLLM's extension `ignore_eos`)
/// @param stop      strings that end a choice's text, at most [#MAX_STOPS], none empty; they are not delivered
public record LengthLimits(OptionalInt maxTokens, int minTokens, boolean ignoreEos, List<String> stop) {
    /// Most stop strings of one request; OpenAI allows 4, vLLM and Anthropic more.
    public static final int MAX_STOPS = 16;

    private static final LengthLimits NONE = new LengthLimits(OptionalInt.empty(), 0, false, List.of());

    public LengthLimits {
        stop = List.copyOf(stop);
        if (maxTokens.isPresent() && maxTokens.getAsInt() < 0) {
            throw new IllegalArgumentException("maxTokens " + maxTokens.getAsInt() + " is below 0");
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
    }

    /// Up to the model's context.
    public static LengthLimits none() {
        return NONE;
    }

    public static LengthLimits of(int maxTokens) {
        return NONE.withMaxTokens(maxTokens);
    }

    public LengthLimits withMaxTokens(int most) {
        return new LengthLimits(OptionalInt.of(most), minTokens, ignoreEos, stop);
    }

    public LengthLimits withMinTokens(int least) {
        return new LengthLimits(maxTokens, least, ignoreEos, stop);
    }

    public LengthLimits withIgnoreEos(boolean ignored) {
        return new LengthLimits(maxTokens, minTokens, ignored, stop);
    }

    public LengthLimits withStop(List<String> stops) {
        return new LengthLimits(maxTokens, minTokens, ignoreEos, stops);
    }
}
