package dev.pagoda.gateway.backend;

import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// How tokens are drawn.
///
/// @param temperature      0 to 2; at 0 the same request gets the same text whatever its seed
/// @param topP             0 to 1
/// @param presencePenalty  -2 to 2
/// @param frequencyPenalty -2 to 2
/// @param logitBias        a bias of -100 to 100 by token id
/// @param seed             the seed of the text; empty means derived from the request id
/// @param topLogprobs      how many likely tokens are told beside each one, 0 to [#MAX_LOGPROBS]; empty for no logprobs
public record Sampling(
        double temperature,
        double topP,
        double presencePenalty,
        double frequencyPenalty,
        Map<Integer, Double> logitBias,
        OptionalLong seed,
        OptionalInt topLogprobs) {
    /// As OpenAI allows.
    public static final int MAX_LOGPROBS = 20;

    private static final Sampling DEFAULTS =
            new Sampling(1, 1, 0, 0, Map.of(), OptionalLong.empty(), OptionalInt.empty());

    public Sampling {
        requireWithin("temperature", temperature, 0, 2);
        requireWithin("topP", topP, 0, 1);
        requireWithin("presencePenalty", presencePenalty, -2, 2);
        requireWithin("frequencyPenalty", frequencyPenalty, -2, 2);
        Objects.requireNonNull(seed, "seed");
        logitBias = Map.copyOf(logitBias);
        logitBias.values().forEach(bias -> requireWithin("logitBias", bias, -100, 100));
        if (topLogprobs.isPresent()) {
            requireWithin("topLogprobs", topLogprobs.getAsInt(), 0, MAX_LOGPROBS);
        }
    }

    /// As protocols have it when nothing is said.
    public static Sampling defaults() {
        return DEFAULTS;
    }

    public Sampling withTemperature(double other) {
        return new Sampling(other, topP, presencePenalty, frequencyPenalty, logitBias, seed, topLogprobs);
    }

    public Sampling withTopP(double other) {
        return new Sampling(temperature, other, presencePenalty, frequencyPenalty, logitBias, seed, topLogprobs);
    }

    public Sampling withSeed(long other) {
        return new Sampling(
                temperature, topP, presencePenalty, frequencyPenalty, logitBias, OptionalLong.of(other), topLogprobs);
    }

    public Sampling withTopLogprobs(int other) {
        return new Sampling(
                temperature, topP, presencePenalty, frequencyPenalty, logitBias, seed, OptionalInt.of(other));
    }

    private static void requireWithin(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(name + " " + value + " is not within " + least + " to " + most);
        }
    }
}
