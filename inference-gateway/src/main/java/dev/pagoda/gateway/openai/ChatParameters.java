package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.LengthLimits;
import dev.pagoda.gateway.backend.Sampling;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;

/// The body of `POST /v1/chat/completions`, checked as a whole before anything reaches a backend.
///
/// *Unknown parameters.* OpenAI refuses any name it does not know. So does this surface when strict, except for names
/// that other servers of this API define and that many clients send ([#EXTENSIONS]): those are accepted, and where they
/// only shape sampling they have no effect on a simulated engine. *Unbuilt features.* A parameter that asks for what
/// is not built, and whose silent loss would change the meaning of the answer, is refused with `unsupported_value`.
///
/// @param stream       whether the answer comes as server-sent events
/// @param includeUsage whether the stream ends with a chunk of usage
record ChatParameters(ChatRequest request, boolean stream, boolean includeUsage) {
    /// Most messages of one request; OpenAI's published limit of 2025.
    static final int MAX_MESSAGES = 2_048;

    /// Most stop strings of one request, as OpenAI allows.
    private static final int MAX_STOPS = 4;

    private static final int MAX_METADATA = 16;
    private static final int MAX_METADATA_KEY = 64;
    private static final int MAX_METADATA_VALUE = 512;

    /// OpenAI's parameters that are read or checked here (API reference of 2025-11).
    private static final Set<String> READ = Set.of(
            "model",
            "messages",
            "n",
            "stop",
            "max_tokens",
            "max_completion_tokens",
            "seed",
            "temperature",
            "top_p",
            "presence_penalty",
            "frequency_penalty",
            "stream",
            "stream_options",
            "response_format",
            "user",
            "metadata",
            "service_tier",
            "modalities",
            "logprobs",
            "top_logprobs",
            "logit_bias",
            "tools",
            "tool_choice",
            "functions",
            "function_call",
            "audio",
            "web_search_options",
            "reasoning_effort",
            "verbosity");

    /// OpenAI's parameters that are hints about storage, speed or abuse and change no answer here.
    private static final Set<String> HINTS = Set.of(
            "store",
            "prediction",
            "parallel_tool_calls",
            "safety_identifier",
            "prompt_cache_key",
            "prompt_cache_retention");

    /// Names of other servers of this API: vLLM and SGLang sampling, reasoning switches, routing hints of gateways.
    /// `ignore_eos` and `min_tokens` work; the others have no effect.
    private static final Set<String> EXTENSIONS = Set.of(
            "ignore_eos",
            "min_tokens",
            "top_k",
            "min_p",
            "repetition_penalty",
            "length_penalty",
            "best_of",
            "use_beam_search",
            "stop_token_ids",
            "include_stop_str_in_output",
            "skip_special_tokens",
            "spaces_between_special_tokens",
            "add_special_tokens",
            "add_generation_prompt",
            "continue_final_message",
            "chat_template",
            "chat_template_kwargs",
            "truncate_prompt_tokens",
            "priority",
            "request_id",
            "cache_salt",
            "return_token_ids",
            "separate_reasoning",
            "stream_reasoning",
            "enable_thinking",
            "thinking",
            "reasoning",
            "keep_alive",
            "provider",
            "transforms",
            "num_retries",
            "litellm_session_id",
            "mock_response");

    /// Constraints on the output that other servers define; refused, because ignoring them would break the promise.
    private static final List<String> CONSTRAINTS = List.of(
            "guided_json",
            "guided_regex",
            "guided_choice",
            "guided_grammar",
            "structured_outputs",
            "regex",
            "ebnf",
            "json_schema");

    private static final List<String> TIERS = List.of("auto", "default", "flex", "scale", "priority");
    private static final List<String> EFFORTS = List.of("none", "minimal", "low", "medium", "high", "xhigh");
    private static final List<String> VERBOSITIES = List.of("low", "medium", "high");

    /// Reads and checks a body.
    ///
    /// @param strict whether unknown names are refused
    /// @throws BadParameter for the first fault found
    static ChatParameters of(Parameters body, boolean strict) {
        refuseUnbuilt(body);
        if (strict) {
            body.allowOnly(List.of(READ, HINTS, EXTENSIONS));
        }
        String model = body.requiredText("model");
        List<ChatMessage> messages = Messages.of(body);
        OptionalInt maxTokens = maxTokens(body);
        int minTokens = body.integer("min_tokens", 0).orElse(0);
        if (maxTokens.isPresent() && minTokens > maxTokens.getAsInt()) {
            throw BadParameter.above("min_tokens", "integer", maxTokens.getAsInt(), Integer.toString(minTokens));
        }
        checkWithoutEffect(body);
        boolean stream = body.flag("stream");
        Sampling sampling = Sampling.defaults()
                .withTemperature(body.decimal("temperature", 0, 2).orElse(1));
        OptionalLong seed = body.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        var request = ChatRequest.of("chatcmpl-" + UUID.randomUUID().toString().replace("-", ""), model, messages)
                .withChoices((int) body.integer("n", 1, ChatRequest.MAX_CHOICES).orElse(1))
                .withLimits(new LengthLimits(maxTokens, minTokens, body.flag("ignore_eos"), stops(body)))
                .withSampling(seed.isPresent() ? sampling.withSeed(seed.getAsLong()) : sampling);
        return new ChatParameters(request, stream, includeUsage(body, stream));
    }

    private static OptionalInt maxTokens(Parameters body) {
        OptionalInt newer = body.integer("max_completion_tokens", 1);
        OptionalInt older = body.integer("max_tokens", 1);
        if (newer.isPresent() && older.isPresent()) {
            throw BadParameter.combination(
                    "'max_tokens' and 'max_completion_tokens' cannot be set at the same time.", "max_tokens");
        }
        return newer.isPresent() ? newer : older;
    }

    private static List<String> stops(Parameters body) {
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

    private static boolean includeUsage(Parameters body, boolean stream) {
        return body.object("stream_options")
                .map(options -> {
                    if (!stream) {
                        throw BadParameter.combination(
                                "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                                "stream_options");
                    }
                    options.flag("include_obfuscation");
                    return options.flag("include_usage");
                })
                .orElse(false);
    }

    private static void refuseUnbuilt(Parameters body) {
        for (String name : List.of("tools", "functions")) {
            JsonNode list = body.raw(name);
            if (list.isMissingNode()) {
                continue;
            }
            if (!list.isArray()) {
                throw BadParameter.type(name, "an array of objects", list);
            }
            if (list.isEmpty()) {
                throw BadParameter.emptyArray(name);
            }
            throw BadParameter.unsupported(name, "with " + list.size() + " entries");
        }
        for (String name : List.of("tool_choice", "function_call")) {
            if (body.has(name) && !"none".equals(body.raw(name).asText())) {
                throw BadParameter.combination("'" + name + "' is only allowed together with a list of tools.", name);
            }
        }
        for (String name : List.of("audio", "web_search_options")) {
            if (body.object(name).isPresent()) {
                throw BadParameter.unsupported(name, "with an object");
            }
        }
        for (String name : CONSTRAINTS) {
            if (body.has(name)) {
                throw BadParameter.unsupported(name, "with any value");
            }
        }
        if (body.flag("logprobs")) {
            throw BadParameter.unsupported("logprobs", "with true");
        }
        body.integer("top_logprobs", 0, 20).ifPresent(count -> {
            if (count > 0) {
                throw BadParameter.unsupported("top_logprobs", "with " + count);
            }
        });
        if (body.object("logit_bias").isPresent() && !body.raw("logit_bias").isEmpty()) {
            throw BadParameter.unsupported("logit_bias", "with entries");
        }
        body.object("response_format").ifPresent(ChatParameters::refuseUnbuiltFormat);
        refuseOtherModalities(body.raw("modalities"));
    }

    private static void refuseUnbuiltFormat(Parameters format) {
        String type = format.choice("type", List.of("text", "json_object", "json_schema"))
                .orElseThrow(() -> BadParameter.missing("response_format.type"));
        if (!"text".equals(type)) {
            throw BadParameter.unsupported("response_format.type", "with '" + type + "'");
        }
    }

    private static void refuseOtherModalities(JsonNode modalities) {
        if (modalities.isMissingNode()) {
            return;
        }
        if (!modalities.isArray()) {
            throw BadParameter.type("modalities", "an array of strings", modalities);
        }
        for (JsonNode modality : modalities) {
            if (!"text".equals(modality.textValue())) {
                throw BadParameter.unsupported("modalities", "with " + BadParameter.echo(modality.toString()));
            }
        }
    }

    /// Parameters whose values are checked although a simulated engine cannot heed them.
    private static void checkWithoutEffect(Parameters body) {
        body.decimal("top_p", 0, 1);
        body.decimal("presence_penalty", -2, 2);
        body.decimal("frequency_penalty", -2, 2);
        body.text("user");
        body.choice("service_tier", TIERS);
        body.choice("reasoning_effort", EFFORTS);
        body.choice("verbosity", VERBOSITIES);
        body.flag("store");
        body.flag("parallel_tool_calls");
        if (body.object("metadata").isPresent()) {
            checkMetadata(body.raw("metadata"));
        }
    }

    private static void checkMetadata(JsonNode metadata) {
        if (metadata.size() > MAX_METADATA) {
            throw BadParameter.manyProperties("metadata", MAX_METADATA, metadata.size());
        }
        for (Map.Entry<String, JsonNode> entry : metadata.properties()) {
            String path = "metadata." + BadParameter.echo(entry.getKey());
            if (entry.getKey().length() > MAX_METADATA_KEY) {
                throw BadParameter.longString(
                        path, MAX_METADATA_KEY, entry.getKey().length());
            }
            JsonNode value = entry.getValue();
            if (!value.isTextual()) {
                throw BadParameter.type(path, "a string", value);
            }
            if (value.textValue().length() > MAX_METADATA_VALUE) {
                throw BadParameter.longString(
                        path, MAX_METADATA_VALUE, value.textValue().length());
            }
        }
    }
}
