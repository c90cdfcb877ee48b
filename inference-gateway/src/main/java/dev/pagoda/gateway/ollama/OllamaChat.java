package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.OutputFormat;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.Sampling;
import dev.pagoda.gateway.backend.Thinking;
import dev.pagoda.gateway.backend.ToolCall;
import dev.pagoda.gateway.backend.Tools;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// The body of `POST /api/chat` or `/api/generate`, checked as a whole before anything reaches a backend.
///
/// @param shown    the model as the client called it
/// @param form     which of the two forms the answer has
/// @param stream   whether the answer comes in lines; unless told otherwise it does
/// @param request  what is asked; empty when the client only wants its model loaded or unloaded
/// @param idle     why there is no request: `load` or `unload`
record OllamaChat(String shown, Form form, boolean stream, Optional<ChatRequest> request, String idle) {
    /// Thoughts by what `think` says; the original leaves their length to the model.
    private static final Map<String, Integer> BUDGETS =
            Map.of("low", 512, "medium", 1_024, "high", 2_048, "max", 4_096);

    private static final List<String> ROLES = List.of("system", "user", "assistant", "tool");

    /// The original and its Go clients have no limit of their own.
    private static final int MAX_MESSAGES = 100_000;

    private static final int MAX_TOOLS = 512;

    /// How an answer's text stands in its lines.
    enum Form {
        CHAT,
        GENERATE
    }

    /// A model by the name that a client gave it.
    ///
    /// @param served the name of the served model
    /// @param own    what a tenant's own model adds, missing when it is no such model
    record Named(String shown, String served, JsonNode own) {}

    static OllamaChat chat(Parameters body, Named model, String requestId) {
        boolean stream = streams(body);
        boolean unloads = KeepAlive.isUnload(body.raw("keep_alive"));
        JsonNode list = body.raw("messages");
        if (!list.isMissingNode() && !list.isArray()) {
            throw BadParameter.type("messages", "an array of objects", list);
        }
        if (list.size() > MAX_MESSAGES) {
            throw BadParameter.longArray("messages", MAX_MESSAGES, list.size());
        }
        if (list.isEmpty()) {
            return new OllamaChat(model.shown(), Form.CHAT, stream, Optional.empty(), unloads ? "unload" : "load");
        }
        var read = new ArrayList<ChatMessage>();
        messages(model.own().path("messages"), read);
        messages(list, read);
        String system = model.own().path("system").asText("");
        if (!system.isEmpty() && !"system".equals(list.path(0).path("role").asText())) {
            read.addFirst(new ChatMessage(Role.SYSTEM, system));
        }
        ChatRequest request = shaped(body, model, ChatRequest.of(requestId, model.served(), read))
                .withTools(tools(body.raw("tools")));
        return new OllamaChat(model.shown(), Form.CHAT, stream, Optional.of(request), "");
    }

    static OllamaChat generate(Parameters body, Named model, String requestId) {
        boolean stream = streams(body);
        boolean unloads = KeepAlive.isUnload(body.raw("keep_alive"));
        String prompt = body.text("prompt").orElse("");
        String system =
                body.text("system").orElseGet(() -> model.own().path("system").asText(""));
        boolean isRaw = body.flag("raw");
        if (isRaw
                && (body.has("template")
                        || body.has("system")
                        || !body.raw("context").isEmpty())) {
            throw OptionParameters.told("raw mode does not support template, system, or context");
        }
        if (!body.raw("context").isEmpty()) {
            throw OptionParameters.told("context is not supported here; send the conversation to /api/chat");
        }
        if (!body.text("suffix").orElse("").isEmpty()) {
            throw OptionParameters.told("\"" + model.shown() + "\" does not support insert");
        }
        body.text("template");
        List<ContentPart> images = Images.of(body.raw("images"), "images");
        if (prompt.isEmpty() && images.isEmpty()) {
            return new OllamaChat(model.shown(), Form.GENERATE, stream, Optional.empty(), unloads ? "unload" : "load");
        }
        var parts = new ArrayList<ContentPart>();
        parts.add(new ContentPart.Text(prompt));
        parts.addAll(images);
        var messages = new ArrayList<ChatMessage>();
        if (!isRaw && !system.isEmpty()) {
            messages.add(new ChatMessage(Role.SYSTEM, system));
        }
        messages.add(new ChatMessage(Role.USER, parts));
        ChatRequest request = ChatRequest.of(requestId, model.served(), messages)
                .withPrompting(isRaw ? ChatRequest.Prompting.RAW : ChatRequest.Prompting.CHAT);
        return new OllamaChat(model.shown(), Form.GENERATE, stream, Optional.of(shaped(body, model, request)), "");
    }

    static boolean streams(Parameters body) {
        return !body.has("stream") || body.flag("stream");
    }

    private static ChatRequest shaped(Parameters body, Named model, ChatRequest request) {
        OptionParameters options = OptionParameters.of(model.own().path("parameters"), body.raw("options"));
        OptionalLong top = body.integer("top_logprobs", Integer.MIN_VALUE, Integer.MAX_VALUE);
        if (top.isPresent() && (top.getAsLong() < 0 || top.getAsLong() > Sampling.MAX_LOGPROBS)) {
            throw OptionParameters.told("top_logprobs must be between 0 and " + Sampling.MAX_LOGPROBS);
        }
        OptionalInt logprobs = body.flag("logprobs") ? OptionalInt.of((int) top.orElse(0)) : OptionalInt.empty();
        body.flag("truncate");
        body.flag("shift");
        return request.withLimits(options.limits())
                .withSampling(options.sampling(logprobs))
                .withFormat(format(body.raw("format")))
                .withThinking(thinking(body.raw("think")));
    }

    private static OutputFormat format(JsonNode format) {
        if (format.isObject()) {
            return new OutputFormat.JsonSchema("format", format, true);
        }
        return switch (format.asText("")) {
            case "" -> new OutputFormat.Text();
            case "json" -> new OutputFormat.JsonObject();
            default ->
                throw OptionParameters.told("invalid format: " + BadParameter.echo(format.toString())
                        + "; expected \"json\" or a valid JSON Schema object");
        };
    }

    private static Thinking thinking(JsonNode think) {
        if (think.isMissingNode()) {
            return Thinking.none();
        }
        if (think.isBoolean()) {
            return think.booleanValue() ? Thinking.upTo(BUDGETS.getOrDefault("medium", 1)) : Thinking.none();
        }
        Integer budget = think.isTextual() ? BUDGETS.get(think.textValue()) : null;
        if (budget == null) {
            throw OptionParameters.told("invalid think value: " + BadParameter.echo(think.toString())
                    + " (must be \"high\", \"medium\", \"low\", \"max\", true, or false)");
        }
        return Thinking.upTo(budget);
    }

    static void messages(JsonNode list, List<ChatMessage> into) {
        // ids of the latest calls by the tool's name, and of the latest of all by the empty one
        Map<String, String> latest = new HashMap<>();
        into.forEach(message -> remember(message, latest));
        for (int i = 0; i < list.size(); i++) {
            ChatMessage message = message(Parameters.of(list.get(i), "messages[" + i + "]"), latest);
            remember(message, latest);
            into.add(message);
        }
    }

    private static void remember(ChatMessage message, Map<String, String> latest) {
        for (ToolCall call : message.toolCalls()) {
            latest.put(call.name(), call.id());
            latest.put("", call.id());
        }
    }

    private static ChatMessage message(Parameters message, Map<String, String> latest) {
        String role = message.text("role").orElse("").toLowerCase(Locale.ROOT);
        if (!ROLES.contains(role)) {
            throw OptionParameters.told("invalid role: " + BadParameter.echo(role) + ", must be one of " + ROLES);
        }
        var parts = new ArrayList<ContentPart>();
        message.text("content")
                .filter(text -> !text.isEmpty())
                .ifPresent(text -> parts.add(new ContentPart.Text(text)));
        message.text("thinking");
        parts.addAll(Images.of(message.raw("images"), message.path("images")));
        return switch (role) {
            case "system" -> new ChatMessage(Role.SYSTEM, parts);
            case "user" -> new ChatMessage(Role.USER, parts);
            case "tool" -> new ChatMessage(Role.TOOL, parts, List.of(), answered(message, latest));
            default -> new ChatMessage(Role.ASSISTANT, parts, calls(message), "");
        };
    }

    /// The call that a tool's message answers: by its id, else the latest of the tool's name, else the latest of all.
    private static String answered(Parameters message, Map<String, String> latest) {
        return message.text("tool_call_id")
                .filter(text -> !text.isEmpty())
                .orElseGet(() -> latest.getOrDefault(message.text("tool_name").orElse(""), ""));
    }

    private static List<ToolCall> calls(Parameters message) {
        JsonNode list = message.raw("tool_calls");
        if (!list.isMissingNode() && !list.isArray()) {
            throw BadParameter.type(message.path("tool_calls"), "an array of objects", list);
        }
        var calls = new ArrayList<ToolCall>(list.size());
        for (int i = 0; i < list.size(); i++) {
            Parameters call = Parameters.of(list.get(i), message.path("tool_calls[" + i + "]"));
            Parameters function =
                    call.object("function").orElseThrow(() -> BadParameter.missing(call.path("function")));
            JsonNode arguments = function.raw("arguments");
            if (!arguments.isMissingNode() && !arguments.isObject()) {
                throw BadParameter.type(function.path("arguments"), "an object", arguments);
            }
            calls.add(new ToolCall(
                    call.text("id").filter(id -> !id.isEmpty()).orElse("call_" + i),
                    function.requiredText("name"),
                    arguments.isMissingNode() ? "{}" : arguments.toString()));
        }
        return calls;
    }

    private static Tools tools(JsonNode list) {
        if (list.isMissingNode() || (list.isArray() && list.isEmpty())) {
            return Tools.none();
        }
        if (!list.isArray()) {
            throw BadParameter.type("tools", "an array of objects", list);
        }
        if (list.size() > MAX_TOOLS) {
            throw BadParameter.longArray("tools", MAX_TOOLS, list.size());
        }
        var tools = new ArrayList<Tools.Tool>(list.size());
        for (int i = 0; i < list.size(); i++) {
            Parameters tool = Parameters.of(list.get(i), "tools[" + i + "]");
            Parameters function =
                    tool.object("function").orElseThrow(() -> BadParameter.missing(tool.path("function")));
            String name = function.requiredText("name");
            if (tools.stream().anyMatch(each -> each.name().equals(name))) {
                throw OptionParameters.told("two tools have the name " + BadParameter.echo(name));
            }
            function.object("parameters");
            JsonNode parameters = function.raw("parameters");
            tools.add(new Tools.Tool.Function(
                    name,
                    function.text("description").orElse(""),
                    parameters.isMissingNode() ? Parameters.emptyObject() : parameters,
                    false));
        }
        return new Tools(tools, new Tools.Choice.Auto(), true);
    }

    /// What a served model adds: nothing.
    static JsonNode nothing() {
        return MissingNode.getInstance();
    }
}
