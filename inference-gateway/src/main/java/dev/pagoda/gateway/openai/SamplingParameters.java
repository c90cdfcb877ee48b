package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.LengthLimits;
import dev.pagoda.gateway.backend.Sampling;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// How tokens are drawn and where a choice ends, as all of OpenAI's endpoints say it.
final class SamplingParameters {
    /// Most stop strings of one request, as OpenAI allows.
    private static final int MAX_STOPS = 4;

    private static final int MAX_BIASES = 1_024;

    private SamplingParameters() {}

    static Sampling of(Parameters body, OptionalInt topLogprobs) {
        return new Sampling(
                body.decimal("temperature", 0, 2).orElse(1),
                body.decimal("top_p", 0, 1).orElse(1),
                body.decimal("presence_penalty", -2, 2).orElse(0),
                body.decimal("frequency_penalty", -2, 2).orElse(0),
                biases(body),
                seed(body),
                topLogprobs);
    }

    /// A chat's `logprobs` and `top_logprobs`.
    static OptionalInt logprobs(Parameters body) {
        boolean wanted = body.flag("logprobs");
        OptionalLong top = body.integer("top_logprobs", 0, Sampling.MAX_LOGPROBS);
        if (top.isPresent() && top.getAsLong() > 0 && !wanted) {
            throw BadParameter.combination(
                    "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs");
        }
        return wanted ? OptionalInt.of((int) top.orElse(0)) : OptionalInt.empty();
    }

    /// A seed of any size: clients send integers beyond 64 bits.
    private static OptionalLong seed(Parameters body) {
        JsonNode seed = body.raw("seed");
        if (seed.isMissingNode()) {
            return OptionalLong.empty();
        }
        if (!seed.isIntegralNumber()) {
            throw BadParameter.type("seed", "an integer", seed);
        }
        return OptionalLong.of(
                seed.canConvertToLong()
                        ? seed.longValue()
                        : seed.bigIntegerValue().hashCode());
    }

    private static Map<Integer, Double> biases(Parameters body) {
        if (body.object("logit_bias").isEmpty()) {
            return Map.of();
        }
        JsonNode biases = body.raw("logit_bias");
        if (biases.size() > MAX_BIASES) {
            throw BadParameter.manyProperties("logit_bias", MAX_BIASES, biases.size());
        }
        var read = new HashMap<Integer, Double>();
        Parameters given = Parameters.of(biases, "logit_bias");
        for (Map.Entry<String, JsonNode> entry : biases.properties()) {
            double bias = given.decimal(entry.getKey(), -100, 100).orElse(0);
            // a bias of nothing needs no token
            if (bias != 0) {
                read.put(token(entry.getKey()), bias);
            }
        }
        return read;
    }

    private static int token(String key) {
        try {
            int token = Integer.parseInt(key);
            if (token >= 0) {
                return token;
            }
        } catch (NumberFormatException noNumber) {
            // told below, as a negative number is
        }
        throw new BadParameter(
                "Invalid key in 'logit_bias': " + BadParameter.echo(key)
                        + ". You should only be submitting non-negative" + " integers.",
                "logit_bias",
                "invalid_value");
    }

    static List<String> stops(Parameters body) {
        JsonNode stop = body.raw("stop");
        if (stop.isMissingNode()) {
            return List.of();
        }
        if (stop.isTextual()) {
            return List.of(requireStop(stop, "stop"));
        }
        if (!stop.isArray()) {
            throw BadParameter.type("stop", "one of a string or array of strings", stop);
        }
        if (stop.size() > MAX_STOPS) {
            throw BadParameter.longArray("stop", MAX_STOPS, stop.size());
        }
        var stops = new ArrayList<String>(stop.size());
        for (int i = 0; i < stop.size(); i++) {
            stops.add(requireStop(stop.get(i), "stop[" + i + "]"));
        }
        return stops;
    }

    private static String requireStop(JsonNode stop, String path) {
        if (!stop.isTextual()) {
            throw BadParameter.type(path, "a string", stop);
        }
        if (stop.textValue().isEmpty()) {
            throw BadParameter.emptyString(path);
        }
        return stop.textValue();
    }

    /// @param maxTokens read already, as its name differs between endpoints
    static LengthLimits limits(Parameters body, OptionalInt maxTokens) {
        int minTokens = body.integer("min_tokens", 0).orElse(0);
        if (maxTokens.isPresent() && minTokens > maxTokens.getAsInt()) {
            throw BadParameter.above("min_tokens", "integer", maxTokens.getAsInt(), Integer.toString(minTokens));
        }
        return new LengthLimits(maxTokens, minTokens, body.flag("ignore_eos"), stops(body));
    }
}
