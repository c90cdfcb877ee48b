package dev.pagoda.gateway.upstream;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.OutputFormat;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.Sampling;
import dev.pagoda.gateway.backend.ToolCall;
import dev.pagoda.gateway.backend.Tools;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/// A chat of any protocol as OpenAI's `/chat/completions` takes it, always as a stream that tells its usage.
/// What has its default is left out, so that a server need not know it.
final class QuestionJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Those that OpenAI has but for `auto`, which is what a request without one asks for.
    private static final Set<String> TIERS = Set.of("default", "flex", "scale", "priority");

    private QuestionJson() {}

    /// @throws Refused `INVALID` for what cannot be passed on: pictures, sounds and files are not kept beyond their
    /// protocol
    static byte[] of(ChatRequest request) {
        if (request.prompting() == ChatRequest.Prompting.RAW) {
            throw new Refused(
                    Reason.INVALID,
                    "unsupported_prompt",
                    "a text to be continued reaches a model of another server only by OpenAI's own path, and only while no"
                            + " check or cache of the tenant has to read it");
        }
        ObjectNode body = JSON.createObjectNode();
        body.put("model", request.model());
        ArrayNode messages = body.putArray("messages");
        request.messages().forEach(message -> add(messages, message));
        body.put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        if (request.n() != 1) {
            body.put("n", request.n());
        }
        request.limits().maxTokens().ifPresent(most -> body.put("max_tokens", most));
        if (!request.limits().stop().isEmpty()) {
            ArrayNode stop = body.putArray("stop");
            request.limits().stop().forEach(stop::add);
        }
        if (TIERS.contains(request.hints().serviceTier())) {
            body.put("service_tier", request.hints().serviceTier());
        }
        sampling(body, request.sampling());
        tools(body, request.tools());
        format(body, request.format());
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static void add(ArrayNode messages, ChatMessage message) {
        ObjectNode node = messages.addObject();
        node.put("role", message.role().name().toLowerCase(Locale.ROOT));
        for (ContentPart part : message.parts()) {
            boolean isText =
                    part instanceof ContentPart.Text || (part instanceof ContentPart.File && part.tokens() == 0);
            if (!isText) {
                throw new Refused(
                        Reason.INVALID,
                        "unsupported_content",
                        "pictures, sounds and files reach a model of another server only by OpenAI's own paths, and only"
                                + " while no check or cache of the tenant has to read them");
            }
        }
        if (message.parts().isEmpty()) {
            node.putNull("content");
        } else {
            node.put("content", message.content());
        }
        if (message.role() == Role.TOOL) {
            node.put("tool_call_id", message.toolCallId());
        }
        if (!message.toolCalls().isEmpty()) {
            ArrayNode calls = node.putArray("tool_calls");
            for (ToolCall call : message.toolCalls()) {
                ObjectNode made = calls.addObject().put("id", call.id()).put("type", "function");
                made.putObject("function").put("name", call.name()).put("arguments", call.arguments());
            }
        }
    }

    private static void sampling(ObjectNode body, Sampling sampling) {
        put(body, "temperature", sampling.temperature(), 1);
        put(body, "top_p", sampling.topP(), 1);
        put(body, "presence_penalty", sampling.presencePenalty(), 0);
        put(body, "frequency_penalty", sampling.frequencyPenalty(), 0);
        sampling.seed().ifPresent(seed -> body.put("seed", seed));
        if (!sampling.logitBias().isEmpty()) {
            ObjectNode bias = body.putObject("logit_bias");
            sampling.logitBias().forEach((token, value) -> bias.put(token.toString(), value));
        }
    }

    private static void put(ObjectNode body, String name, double value, double absent) {
        if (value != absent) {
            body.put(name, value);
        }
    }

    private static void tools(ObjectNode body, Tools tools) {
        if (tools.list().isEmpty()) {
            return;
        }
        ArrayNode list = body.putArray("tools");
        for (Tools.Tool tool : tools.list()) {
            switch (tool) {
                case Tools.Tool.Function function -> {
                    ObjectNode described =
                            list.addObject().put("type", "function").putObject("function");
                    described.put("name", function.name()).put("description", function.description());
                    described.set("parameters", function.parameters());
                    if (function.strict()) {
                        described.put("strict", true);
                    }
                }
                case Tools.Tool.Custom custom ->
                    list.addObject()
                            .put("type", "custom")
                            .putObject("custom")
                            .put("name", custom.name())
                            .put("description", custom.description());
            }
        }
        choice(body, tools);
        if (!tools.parallel()) {
            body.put("parallel_tool_calls", false);
        }
    }

    private static void choice(ObjectNode body, Tools tools) {
        switch (tools.choice()) {
            case Tools.Choice.None none -> body.put("tool_choice", "none");
            case Tools.Choice.Auto auto -> body.put("tool_choice", "auto");
            case Tools.Choice.Required required -> body.put("tool_choice", "required");
            case Tools.Choice.Named named ->
                body.putObject("tool_choice")
                        .put("type", "function")
                        .putObject("function")
                        .put("name", named.name());
            case Tools.Choice.Allowed allowed -> {
                ObjectNode only = body.putObject("tool_choice")
                        .put("type", "allowed_tools")
                        .putObject("allowed_tools");
                only.put("mode", allowed.required() ? "required" : "auto");
                ArrayNode names = only.putArray("tools");
                allowed.names().stream()
                        .sorted()
                        .forEach(name -> names.addObject()
                                .put("type", "function")
                                .putObject("function")
                                .put("name", name));
            }
        }
    }

    private static void format(ObjectNode body, OutputFormat format) {
        switch (format) {
            case OutputFormat.Text text -> {}
            case OutputFormat.JsonObject object ->
                body.putObject("response_format").put("type", "json_object");
            case OutputFormat.JsonSchema schema -> {
                ObjectNode form = body.putObject("response_format")
                        .put("type", "json_schema")
                        .putObject("json_schema");
                form.put("name", schema.name()).put("strict", schema.strict());
                form.set("schema", schema.schema());
            }
        }
    }
}
