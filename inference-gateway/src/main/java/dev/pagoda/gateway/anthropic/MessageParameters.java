package dev.pagoda.gateway.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.LengthLimits;
import dev.pagoda.gateway.backend.OutputFormat;
import dev.pagoda.gateway.backend.Sampling;
import dev.pagoda.gateway.backend.Thinking;
import dev.pagoda.gateway.backend.Tools;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The body of `POST /v1/messages`, checked as a whole before anything reaches a backend.
///
/// @param stream        whether the answer comes as server-sent events
/// @param showsThinking whether thoughts are told, not only signed
record MessageParameters(ChatRequest request, boolean stream, boolean showsThinking) {
    /// Fewer tokens of thought cannot be asked for (https://platform.claude.com/docs/en/build-with-claude, 2026-05).
    private static final int LEAST_BUDGET = 1_024;

    /// Thoughts of a model that is to decide itself how long it thinks, by the effort asked for.
    private static final Map<String, Integer> BUDGETS =
            Map.of("low", 512, "medium", 1_024, "high", 2_048, "xhigh", 4_096, "max", 8_192);

    private static final List<String> EFFORTS = List.of("low", "medium", "high", "xhigh", "max");

    /// What a count of tokens takes too.
    private static final Set<String> SHARED = Set.of(
            "model",
            "messages",
            "system",
            "tools",
            "tool_choice",
            "thinking",
            "output_config",
            "output_format",
            "cache_control",
            "context_management",
            "mcp_servers",
            "speed",
            "workspace_id");

    private static final Set<String> OWN = Set.of(
            "max_tokens",
            "stop_sequences",
            "stream",
            "temperature",
            "top_p",
            "top_k",
            "metadata",
            "service_tier",
            "container",
            "inference_geo",
            "diagnostics");

    /// @param requestId what usage is recorded under
    /// @param strict    whether unknown names are refused
    /// @throws BadParameter for the first fault found
    static MessageParameters of(Parameters body, String requestId, boolean strict) {
        if (strict) {
            body.allowOnly(List.of(SHARED, OWN));
        }
        String model = body.requiredText("model");
        int maxTokens = body.integer("max_tokens", 1).orElseThrow(() -> BadParameter.missing("max_tokens"));
        ChatRequest asked = asked(body, requestId, model);
        Optional<Parameters> thinking = body.object("thinking");
        Thinking thoughts =
                thinking.map(form -> thinking(form, effort(body), maxTokens)).orElse(Thinking.none());
        requireFreeOf(body, thoughts, asked.tools());
        var request = asked.withLimits(LengthLimits.of(maxTokens).withStop(stops(body)))
                .withSampling(sampling(body, thoughts))
                .withThinking(thoughts)
                .withHints(hints(body));
        boolean isOmitted = thinking.flatMap(form -> form.choice("display", List.of("summarized", "omitted")))
                .filter("omitted"::equals)
                .isPresent();
        return new MessageParameters(request, body.flag("stream"), !isOmitted);
    }

    /// The body of `POST /v1/messages/count_tokens`.
    static ChatRequest ofCount(Parameters body, String requestId, boolean strict) {
        if (strict) {
            body.allowOnly(List.of(SHARED));
        }
        return asked(body, requestId, body.requiredText("model"));
    }

    private static ChatRequest asked(Parameters body, String requestId, String model) {
        for (String name : List.of("mcp_servers", "container")) {
            if (body.has(name) && !body.raw(name).isEmpty()) {
                throw BadParameter.unsupported(name, "with a value");
            }
        }
        List<ChatMessage> messages = Messages.of(body);
        return ChatRequest.of(requestId, model, messages)
                .withTools(ToolParameters.of(body))
                .withFormat(format(body));
    }

    private static OutputFormat format(Parameters body) {
        Optional<Parameters> format = body.object("output_config")
                .flatMap(config -> config.object("format"))
                .or(() -> body.object("output_format"));
        return format.<OutputFormat>map(form -> {
                    if (form.choice("type", List.of("json_schema")).isEmpty()) {
                        throw BadParameter.missing(form.path("type"));
                    }
                    if (form.object("schema").isEmpty()) {
                        throw BadParameter.missing(form.path("schema"));
                    }
                    return new OutputFormat.JsonSchema("output", form.raw("schema"), true);
                })
                .orElseGet(OutputFormat.Text::new);
    }

    private static String effort(Parameters body) {
        return body.object("output_config")
                .flatMap(config -> config.choice("effort", EFFORTS))
                .orElse("high");
    }

    private static Thinking thinking(Parameters thinking, String effort, int maxTokens) {
        String type = thinking.choice("type", List.of("enabled", "disabled", "adaptive"))
                .orElseThrow(() -> BadParameter.missing("thinking.type"));
        return switch (type) {
            case "enabled" -> {
                int budget = thinking.integer("budget_tokens", LEAST_BUDGET)
                        .orElseThrow(() -> BadParameter.missing("thinking.enabled.budget_tokens"));
                if (budget >= maxTokens) {
                    throw told("`max_tokens` must be greater than `thinking.budget_tokens`.");
                }
                yield Thinking.upTo(budget);
            }
            case "adaptive" -> Thinking.upTo(Math.min(maxTokens, BUDGETS.getOrDefault(effort, LEAST_BUDGET)));
            default -> Thinking.none();
        };
    }

    private static void requireFreeOf(Parameters body, Thinking thinking, Tools tools) {
        if (!thinking.isOn()) {
            return;
        }
        if (body.has("temperature") && body.decimal("temperature", 0, 1).orElse(1) != 1) {
            throw told("`temperature` may only be set to 1 when thinking is enabled.");
        }
        if (body.has("top_k")) {
            throw told("`top_k` must be unset when thinking is enabled.");
        }
        if (tools.choice() instanceof Tools.Choice.Required || tools.choice() instanceof Tools.Choice.Named) {
            throw told("Thinking may not be enabled when tool_choice forces tool use.");
        }
    }

    private static Sampling sampling(Parameters body, Thinking thinking) {
        Sampling sampling = Sampling.defaults();
        body.integer("top_k", 0);
        var temperature = body.decimal("temperature", 0, 1);
        var topP = body.decimal("top_p", 0, 1);
        if (temperature.isPresent() && !thinking.isOn()) {
            sampling = sampling.withTemperature(temperature.getAsDouble());
        }
        return topP.isPresent() ? sampling.withTopP(topP.getAsDouble()) : sampling;
    }

    private static Hints hints(Parameters body) {
        String tier =
                body.choice("service_tier", List.of("auto", "standard_only")).orElse("");
        String user = body.object("metadata")
                .flatMap(metadata -> metadata.text("user_id"))
                .orElse("");
        body.text("inference_geo");
        body.choice("speed", List.of("standard", "fast"));
        return new Hints(0, user, tier, "", Map.of(), "", user, Map.of());
    }

    private static List<String> stops(Parameters body) {
        JsonNode stops = body.raw("stop_sequences");
        if (stops.isMissingNode()) {
            return List.of();
        }
        if (!stops.isArray()) {
            throw BadParameter.type("stop_sequences", "an array of strings", stops);
        }
        if (stops.size() > LengthLimits.MAX_STOPS) {
            throw BadParameter.longArray("stop_sequences", LengthLimits.MAX_STOPS, stops.size());
        }
        var read = new ArrayList<String>(stops.size());
        for (int i = 0; i < stops.size(); i++) {
            JsonNode stop = stops.get(i);
            if (!stop.isTextual()) {
                throw BadParameter.type("stop_sequences[" + i + "]", "a string", stop);
            }
            if (stop.textValue().isBlank()) {
                throw told("stop_sequences: each stop sequence must contain non-whitespace");
            }
            read.add(stop.textValue());
        }
        return read;
    }

    /// A fault that only a sentence can tell.
    static BadParameter told(String sentence) {
        return new BadParameter(sentence, null, null);
    }
}
