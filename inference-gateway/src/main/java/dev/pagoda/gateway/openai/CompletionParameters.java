package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.OutputFormat;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.Thinking;
import dev.pagoda.gateway.backend.Tokens;
import dev.pagoda.gateway.backend.Tools;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/// The body of `POST /v1/completions`.
///
/// Token prompts are ids of `o200k_base`, the vocabulary of the simulated models.
///
/// @param requests one for each prompt
/// @param prompts  as texts, in the order of `requests`
/// @param n        choices wanted a prompt; a request may make more (`best_of`), of which the first are told
record CompletionParameters(
        List<ChatRequest> requests, List<String> prompts, int n, boolean echo, boolean stream, boolean includeUsage) {
    private static final int MAX_LOGPROBS = 5;
    private static final int MAX_PROMPTS = 128;
    private static final int DEFAULT_TOKENS = 16;
    private static final int MAX_PROMPT_TOKENS = 1_000_000;

    private static final Set<String> READ = Set.of(
            "model",
            "prompt",
            "best_of",
            "echo",
            "frequency_penalty",
            "logit_bias",
            "logprobs",
            "max_tokens",
            "n",
            "presence_penalty",
            "seed",
            "stop",
            "stream",
            "stream_options",
            "suffix",
            "temperature",
            "top_p",
            "user",
            "ignore_eos",
            "min_tokens",
            "priority",
            "service_tier",
            "metadata",
            "prompt_cache_key",
            "safety_identifier");

    static CompletionParameters of(Parameters body, boolean strict, Map<String, String> headers) {
        if (strict) {
            body.allowOnly(List.of(READ, ChatParameters.EXTENSIONS));
        }
        String model = body.requiredText("model");
        List<String> prompts = prompts(body);
        int n = (int) body.integer("n", 1, ChatRequest.MAX_CHOICES).orElse(1);
        int best = (int) body.integer("best_of", 0, 20).orElse(0);
        boolean stream = body.flag("stream");
        if (best > 0 && best < n) {
            throw BadParameter.combination("'best_of' must not be smaller than 'n'.", "best_of");
        }
        if (best > n && stream) {
            throw BadParameter.combination("'best_of' greater than 'n' cannot be streamed.", "best_of");
        }
        int choices = Math.max(n, best);
        if ((long) choices * prompts.size() > ChatRequest.MAX_CHOICES) {
            throw BadParameter.longArray("prompt", ChatRequest.MAX_CHOICES / choices, prompts.size());
        }
        OptionalInt logprobs = OptionalInt.empty();
        var asked = body.integer("logprobs", 0, MAX_LOGPROBS);
        if (asked.isPresent()) {
            logprobs = OptionalInt.of((int) asked.getAsLong());
        }
        String suffix = body.text("suffix").orElse("");
        OptionalInt maxTokens = body.integer("max_tokens", 0);
        String id = "cmpl-" + UUID.randomUUID().toString().replace("-", "");
        var requests = new ArrayList<ChatRequest>(prompts.size());
        for (String prompt : prompts) {
            List<ChatMessage> messages = suffix.isEmpty()
                    ? List.of(new ChatMessage(Role.USER, prompt))
                    : List.of(new ChatMessage(Role.SYSTEM, suffix), new ChatMessage(Role.USER, prompt));
            requests.add(new ChatRequest(
                    requests.isEmpty() ? id : id + "-" + requests.size(),
                    model,
                    ChatRequest.Prompting.RAW,
                    messages,
                    choices,
                    SamplingParameters.limits(body, maxTokens.isPresent() ? maxTokens : OptionalInt.of(DEFAULT_TOKENS)),
                    SamplingParameters.of(body, logprobs),
                    Tools.none(),
                    new OutputFormat.Text(),
                    Thinking.none(),
                    HintParameters.of(body, headers)));
        }
        return new CompletionParameters(
                requests, prompts, n, body.flag("echo"), stream, ChatParameters.includeUsage(body, stream));
    }

    boolean hasLogprobs() {
        return requests.getFirst().sampling().topLogprobs().isPresent();
    }

    /// Choices that the engines make a prompt.
    int made() {
        return requests.getFirst().n();
    }

    private static List<String> prompts(Parameters body) {
        JsonNode prompt = body.raw("prompt");
        if (prompt.isMissingNode()) {
            return List.of("");
        }
        if (prompt.isTextual()) {
            return List.of(prompt.textValue());
        }
        String types = "one of a string, array of strings, array of integers, or array of token arrays";
        if (!prompt.isArray()) {
            throw BadParameter.type("prompt", types, prompt);
        }
        if (prompt.isEmpty()) {
            throw BadParameter.emptyArray("prompt");
        }
        if (prompt.get(0).isNumber()) {
            return List.of(decode(prompt, "prompt"));
        }
        if (prompt.size() > MAX_PROMPTS) {
            throw BadParameter.longArray("prompt", MAX_PROMPTS, prompt.size());
        }
        var prompts = new ArrayList<String>(prompt.size());
        for (int i = 0; i < prompt.size(); i++) {
            JsonNode one = prompt.get(i);
            String path = "prompt[" + i + "]";
            if (one.isTextual() && prompt.get(0).isTextual()) {
                prompts.add(one.textValue());
            } else if (one.isArray() && prompt.get(0).isArray()) {
                prompts.add(decode(one, path));
            } else {
                throw BadParameter.type(path, prompt.get(0).isArray() ? "an array of integers" : "a string", one);
            }
        }
        return prompts;
    }

    private static String decode(JsonNode tokens, String path) {
        if (tokens.isEmpty()) {
            throw BadParameter.emptyArray(path);
        }
        if (tokens.size() > MAX_PROMPT_TOKENS) {
            throw BadParameter.longArray(path, MAX_PROMPT_TOKENS, tokens.size());
        }
        int[] ids = new int[tokens.size()];
        for (int i = 0; i < ids.length; i++) {
            JsonNode token = tokens.get(i);
            if (!token.isIntegralNumber()) {
                throw BadParameter.type(path + "[" + i + "]", "an integer", token);
            }
            if (!token.canConvertToInt() || !Tokens.isToken(token.intValue())) {
                throw new BadParameter(
                        "Invalid '" + path + "': a number in it is no token of o200k_base.", path, "invalid_value");
            }
            ids[i] = token.intValue();
        }
        return Tokens.decode(ids);
    }
}
