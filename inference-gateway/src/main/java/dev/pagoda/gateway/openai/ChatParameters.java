package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
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
/// @param isOld        whether tools were given as `functions`, and are called as such
/// @param isStored     whether the answer is kept to be asked for later
record ChatParameters(ChatRequest request, boolean stream, boolean includeUsage, boolean isOld, boolean isStored) {
    /// Most messages of one request; OpenAI's published limit of 2025.
    static final int MAX_MESSAGES = 2_048;

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
            "prompt_cache_options",
            "prompt_cache_retention",
            "moderation");

    /// Names of other servers of this API: vLLM and SGLang sampling, reasoning switches, routing hints of gateways.
    /// `ignore_eos` and `min_tokens` work; the others have no effect.
    static final Set<String> EXTENSIONS = Set.of(
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
            "mock_response",
            "guided_json",
            "structured_outputs",
            "repetition_detection");

    /// Constraints on the output that other servers define; refused, because ignoring them would break the promise.
    private static final List<String> CONSTRAINTS =
            List.of("guided_regex", "guided_choice", "guided_grammar", "regex", "ebnf", "json_schema");

    private static final List<String> VERBOSITIES = List.of("low", "medium", "high");

    /// Reads and checks a body.
    ///
    /// @param strict  whether unknown names are refused
    /// @param headers what the client says to the gateway itself
    /// @throws BadParameter for the first fault found
    static ChatParameters of(Parameters body, boolean strict, Map<String, String> headers) {
        refuseUnbuilt(body);
        if (strict) {
            body.allowOnly(List.of(READ, HINTS, EXTENSIONS));
        }
        String model = body.requiredText("model");
        List<ChatMessage> messages = Messages.of(body);
        checkWithoutEffect(body);
        boolean stream = body.flag("stream");
        ToolParameters tools = ToolParameters.of(body);
        var request = new ChatRequest(
                "chatcmpl-" + UUID.randomUUID().toString().replace("-", ""),
                model,
                ChatRequest.Prompting.CHAT,
                messages,
                (int) body.integer("n", 1, ChatRequest.MAX_CHOICES).orElse(1),
                SamplingParameters.limits(body, maxTokens(body)),
                SamplingParameters.of(body, SamplingParameters.logprobs(body)),
                tools.tools(),
                FormatParameters.ofChat(body),
                HintParameters.thinking(body, "reasoning_effort"),
                HintParameters.of(body, headers));
        return new ChatParameters(request, stream, includeUsage(body, stream), tools.isOld(), body.flag("store"));
    }

    private static OptionalInt maxTokens(Parameters body) {
        OptionalInt newer = body.integer("max_completion_tokens", 0);
        OptionalInt older = body.integer("max_tokens", 0);
        if (newer.isPresent() && older.isPresent() && newer.getAsInt() != older.getAsInt()) {
            throw BadParameter.combination(
                    "'max_tokens' and 'max_completion_tokens' cannot be set to different values.", "max_tokens");
        }
        return newer.isPresent() ? newer : older;
    }

    static boolean includeUsage(Parameters body, boolean stream) {
        return body.object("stream_options")
                .map(options -> {
                    options.flag("include_obfuscation");
                    return options.flag("include_usage") && stream;
                })
                .orElse(false);
    }

    private static void refuseUnbuilt(Parameters body) {
        for (String name : CONSTRAINTS) {
            if (body.has(name)) {
                throw BadParameter.unsupported(name, "with any value");
            }
        }
        refuseOtherModalities(body.raw("modalities"));
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
        body.choice("verbosity", VERBOSITIES);
        body.object("audio");
        body.object("prediction");
        body.object("web_search_options");
        body.object("moderation");
        body.object("prompt_cache_options");
        body.text("prompt_cache_retention");
    }
}
