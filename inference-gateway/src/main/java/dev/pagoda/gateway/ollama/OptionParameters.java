package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.LengthLimits;
import dev.pagoda.gateway.backend.Sampling;
import dev.pagoda.gateway.protocol.BadParameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/// The `options` of a request, over those of its model. Names that are not known are passed over, as the original does.
final class OptionParameters {
    /// As the original has it when nothing is said (its `DefaultOptions`, 2026-08).
    private static final double TEMPERATURE = 0.8;

    private static final double TOP_P = 0.9;

    private static final double MAX_TEMPERATURE = 2;

    private static final Set<String> INTEGERS = Set.of(
            "num_keep",
            "seed",
            "num_predict",
            "top_k",
            "repeat_last_n",
            "num_ctx",
            "num_batch",
            "num_gpu",
            "main_gpu",
            "num_thread");
    private static final Set<String> DECIMALS = Set.of(
            "top_p", "min_p", "typical_p", "temperature", "repeat_penalty", "presence_penalty", "frequency_penalty");

    private final JsonNode options;

    private OptionParameters(JsonNode options) {
        this.options = options;
    }

    /// @param request missing when the request has none
    /// @throws BadParameter for an option of another type
    static OptionParameters of(JsonNode model, JsonNode request) {
        ObjectNode merged = new ObjectMapper().createObjectNode();
        for (JsonNode each : List.of(model, request)) {
            if (!each.isMissingNode() && !each.isObject()) {
                throw BadParameter.type("options", "an object", each);
            }
            for (Map.Entry<String, JsonNode> option : each.properties()) {
                if (!option.getValue().isNull()) {
                    require(option.getKey(), option.getValue());
                    merged.set(option.getKey(), option.getValue());
                }
            }
        }
        return new OptionParameters(merged);
    }

    private static void require(String name, JsonNode value) {
        if (INTEGERS.contains(name) && !value.isNumber()) {
            throw told("option \"" + name + "\" must be of type integer");
        }
        if (DECIMALS.contains(name) && !value.isNumber()) {
            throw told("option \"" + name + "\" must be of type float32");
        }
        if (name.equals("use_mmap") && !value.isBoolean()) {
            throw told("option \"" + name + "\" must be of type boolean");
        }
        if (name.equals("stop")) {
            if (!value.isArray()) {
                throw told("option \"stop\" must be of type array");
            }
            value.forEach(stop -> {
                if (!stop.isTextual()) {
                    throw told("option \"stop\" must be of an array of strings");
                }
            });
        }
    }

    /// A limit below 1 means none.
    LengthLimits limits() {
        var limits = LengthLimits.none();
        long most = options.path("num_predict").asLong(-1);
        if (most > 0) {
            limits = limits.withMaxTokens((int) Math.min(most, Integer.MAX_VALUE));
        }
        var stops = new ArrayList<String>();
        options.path("stop").forEach(stop -> {
            if (!stop.textValue().isEmpty()) {
                stops.add(stop.textValue());
            }
        });
        if (stops.size() > LengthLimits.MAX_STOPS) {
            throw BadParameter.longArray("options.stop", LengthLimits.MAX_STOPS, stops.size());
        }
        return limits.withStop(stops);
    }

    /// Numbers beyond what engines take are brought to the nearest that they take.
    Sampling sampling(OptionalInt topLogprobs) {
        JsonNode seed = options.path("seed");
        return new Sampling(
                decimal("temperature", 0, MAX_TEMPERATURE).orElse(TEMPERATURE),
                decimal("top_p", 0, 1).orElse(TOP_P),
                decimal("presence_penalty", -2, 2).orElse(0),
                decimal("frequency_penalty", -2, 2).orElse(0),
                Map.of(),
                seed.isMissingNode() || seed.asLong() < 0 ? OptionalLong.empty() : OptionalLong.of(seed.asLong()),
                topLogprobs);
    }

    private OptionalDouble decimal(String name, double least, double most) {
        JsonNode value = options.path(name);
        return value.isMissingNode()
                ? OptionalDouble.empty()
                : OptionalDouble.of(Math.clamp(value.doubleValue(), least, most));
    }

    static BadParameter told(String sentence) {
        return new BadParameter(sentence, null, null);
    }
}
