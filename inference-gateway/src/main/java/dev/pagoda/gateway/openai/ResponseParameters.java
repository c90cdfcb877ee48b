package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.LengthLimits;
import dev.pagoda.gateway.backend.OutputFormat;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.Sampling;
import dev.pagoda.gateway.backend.Thinking;
import dev.pagoda.gateway.backend.Tools;
import dev.pagoda.gateway.backend.Tools.Tool;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// The body of `POST /v1/responses`, checked as a whole.
///
/// @param input        complete items, see [ResponseItems]
/// @param instructions for this response alone, empty for none
/// @param previous     the response that it goes on from, empty for none
/// @param conversation whose items come before, empty for none
/// @param told         what the response repeats of the request
record ResponseParameters(
        String model,
        List<ObjectNode> input,
        String instructions,
        String previous,
        String conversation,
        Tools tools,
        OutputFormat format,
        Thinking thinking,
        Sampling sampling,
        LengthLimits limits,
        Hints hints,
        ObjectNode told,
        Flags flags) {

    /// @param stream            whether the answer comes as events
    /// @param truncates         whether the oldest is left out of what does not fit
    /// @param encryptsReasoning whether thoughts come in a form to be sent back, too
    /// @param summary           how thoughts are told in short
    record Flags(
            boolean stream,
            boolean store,
            boolean background,
            boolean truncates,
            boolean encryptsReasoning,
            ReasoningSummary summary) {}

    boolean stream() {
        return flags.stream();
    }

    boolean store() {
        return flags.store();
    }

    boolean background() {
        return flags.background();
    }

    /// The same with other items.
    ResponseParameters withInput(List<ObjectNode> items) {
        return new ResponseParameters(
                model,
                items,
                instructions,
                previous,
                conversation,
                tools,
                format,
                thinking,
                sampling,
                limits,
                hints,
                told,
                flags);
    }

    /// What an answer may be asked to hold beside what it always does (API reference of 2026-05).
    private static final List<String> INCLUDABLE = List.of(
            "file_search_call.results",
            "web_search_call.results",
            "web_search_call.action.sources",
            "message.input_image.image_url",
            "computer_call_output.output.image_url",
            "code_interpreter_call.outputs",
            "reasoning.encrypted_content",
            "message.output_text.logprobs");

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private static final Set<String> READ = Set.of(
            "background",
            "context_management",
            "conversation",
            "include",
            "input",
            "instructions",
            "max_output_tokens",
            "max_tool_calls",
            "metadata",
            "model",
            "moderation",
            "parallel_tool_calls",
            "previous_response_id",
            "prompt",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "reasoning",
            "safety_identifier",
            "service_tier",
            "store",
            "stream",
            "stream_options",
            "temperature",
            "text",
            "tool_choice",
            "tools",
            "top_logprobs",
            "top_p",
            "truncation",
            "user",
            "seed",
            "priority");

    static ResponseParameters of(Parameters body, boolean strict, Map<String, String> headers) {
        if (strict) {
            body.allowOnly(List.of(READ));
        }
        String model = body.requiredText("model");
        JsonNode input = body.raw("input");
        List<ObjectNode> items = input.isMissingNode() ? List.of() : ResponseItems.read(input, "input");
        String previous = body.text("previous_response_id").orElse("");
        String conversation = conversation(body);
        if (!previous.isEmpty() && !conversation.isEmpty()) {
            throw BadParameter.combination(
                    "'previous_response_id' cannot be used together with 'conversation'.", "previous_response_id");
        }
        boolean background = body.flag("background");
        boolean store = !body.has("store") || body.flag("store");
        if (background && !store) {
            throw BadParameter.combination("A background response has to be stored.", "background");
        }
        Tools tools = tools(body);
        Parameters text = body.object("text").orElseGet(() -> Parameters.of(JSON.objectNode(), "text"));
        text.choice("verbosity", List.of("low", "medium", "high"));
        OutputFormat format =
                text.object("format").map(form -> FormatParameters.of(form, "")).orElse(new OutputFormat.Text());
        Parameters reasoning = body.object("reasoning").orElseGet(() -> Parameters.of(JSON.objectNode(), "reasoning"));
        boolean truncates = body.choice("truncation", List.of("auto", "disabled"))
                .filter("auto"::equals)
                .isPresent();
        List<String> include = include(body);
        Hints hints = HintParameters.of(body, headers);
        OptionalInt top = OptionalInt.empty();
        if (body.integer("top_logprobs", 0, Sampling.MAX_LOGPROBS).orElse(0) > 0
                || include.contains("message.output_text.logprobs")) {
            top = OptionalInt.of(
                    (int) body.integer("top_logprobs", 0, Sampling.MAX_LOGPROBS).orElse(0));
        }
        Sampling sampling = SamplingParameters.of(body, top);
        String instructions = instructions(body);
        return new ResponseParameters(
                model,
                items,
                instructions,
                previous,
                conversation,
                tools,
                format,
                HintParameters.thinking(reasoning, "effort"),
                sampling,
                new LengthLimits(body.integer("max_output_tokens", 0), 0, false, List.of()),
                hints,
                told(body, tools, text, reasoning, sampling, hints),
                new Flags(
                        body.flag("stream"),
                        store,
                        background,
                        truncates,
                        include.contains("reasoning.encrypted_content"),
                        ReasoningSummary.of(reasoning)));
    }

    /// The chat that answers.
    ///
    /// @param history items that come before the input
    ChatRequest request(String id, List<? extends JsonNode> history) {
        var messages = new ArrayList<ChatMessage>();
        if (!instructions.isEmpty()) {
            messages.add(new ChatMessage(Role.SYSTEM, instructions));
        }
        messages.addAll(ResponseItems.messages(history));
        messages.addAll(ResponseItems.messages(input));
        if (messages.isEmpty()) {
            throw BadParameter.missing("input");
        }
        return new ChatRequest(
                id, model, ChatRequest.Prompting.CHAT, messages, 1, limits, sampling, tools, format, thinking, hints);
    }

    private static String instructions(Parameters body) {
        JsonNode instructions = body.raw("instructions");
        if (!instructions.isArray()) {
            return body.text("instructions").orElse("");
        }
        var text = new StringBuilder();
        for (ChatMessage message : ResponseItems.messages(ResponseItems.read(instructions, "instructions"))) {
            text.append(message.content()).append('\n');
        }
        return text.toString();
    }

    private static String conversation(Parameters body) {
        JsonNode conversation = body.raw("conversation");
        if (conversation.isObject()) {
            return Parameters.of(conversation, "conversation").requiredText("id");
        }
        return body.text("conversation").orElse("");
    }

    private static List<String> include(Parameters body) {
        JsonNode include = body.raw("include");
        if (!include.isMissingNode() && !include.isArray()) {
            throw BadParameter.type("include", "an array of strings", include);
        }
        var read = new ArrayList<String>();
        for (JsonNode one : include) {
            String path = "include[" + read.size() + "]";
            if (!one.isTextual()) {
                throw BadParameter.type(path, "a string", one);
            }
            if (!INCLUDABLE.contains(one.textValue())) {
                throw BadParameter.value(path, one.textValue(), INCLUDABLE);
            }
            read.add(one.textValue());
        }
        return read;
    }

    private static Tools tools(Parameters body) {
        JsonNode list = body.raw("tools");
        var tools = new ArrayList<Tool>();
        if (!list.isMissingNode()) {
            if (!list.isArray()) {
                throw BadParameter.type("tools", "an array of objects", list);
            }
            if (list.size() > ToolParameters.MAX_TOOLS) {
                throw BadParameter.longArray("tools", ToolParameters.MAX_TOOLS, list.size());
            }
            Set<String> names = new HashSet<>();
            for (int i = 0; i < list.size(); i++) {
                Parameters one = Parameters.of(list.get(i), "tools[" + i + "]");
                String type = one.text("type").orElseThrow(() -> BadParameter.missing(one.path("type")));
                if (!type.equals("function") && !type.equals("custom")) {
                    throw BadParameter.unsupported(one.path("type"), "with '" + BadParameter.echo(type) + "'");
                }
                Tool tool = type.equals("function")
                        ? ToolParameters.function(one)
                        : ToolParameters.custom(one, one.object("format"));
                if (!names.add(tool.name())) {
                    throw new BadParameter(
                            "Invalid 'tools[" + i + "]': the name '" + tool.name() + "' is used twice.",
                            "tools[" + i + "]",
                            "invalid_value");
                }
                tools.add(tool);
            }
        }
        boolean parallel = !body.has("parallel_tool_calls") || body.flag("parallel_tool_calls");
        return new Tools(tools, ToolParameters.choice(body, tools), parallel);
    }

    private static ObjectNode told(
            Parameters body, Tools tools, Parameters text, Parameters reasoning, Sampling sampling, Hints hints) {
        ObjectNode told = JSON.objectNode();
        told.set("instructions", orNull(body.raw("instructions")));
        told.set("max_output_tokens", orNull(body.raw("max_output_tokens")));
        told.set("max_tool_calls", orNull(body.raw("max_tool_calls")));
        told.put("parallel_tool_calls", tools.parallel());
        told.set("previous_response_id", orNull(body.raw("previous_response_id")));
        ObjectNode thinking = told.putObject("reasoning");
        thinking.set("effort", orNull(reasoning.raw("effort")));
        thinking.set("summary", orNull(reasoning.raw("summary")));
        told.put("service_tier", HintParameters.told(hints));
        told.put("temperature", sampling.temperature());
        told.put("top_p", sampling.topP());
        told.put("top_logprobs", sampling.topLogprobs().orElse(0));
        ObjectNode form = told.putObject("text");
        form.set(
                "format",
                text.raw("format").isObject()
                        ? text.raw("format")
                        : JSON.objectNode().put("type", "text"));
        if (text.has("verbosity")) {
            form.set("verbosity", text.raw("verbosity"));
        }
        JsonNode choice = body.raw("tool_choice");
        told.set("tool_choice", choice.isMissingNode() ? JSON.textNode("auto") : choice);
        told.set("tools", tools(body.raw("tools")));
        told.put("truncation", body.text("truncation").orElse("disabled"));
        told.set("metadata", body.raw("metadata").isObject() ? body.raw("metadata") : JSON.objectNode());
        for (String name : List.of("user", "safety_identifier", "prompt_cache_key", "prompt_cache_retention")) {
            if (body.has(name)) {
                told.set(name, body.raw(name));
            }
        }
        return told;
    }

    private static ArrayNode tools(JsonNode list) {
        ArrayNode tools = JSON.arrayNode();
        for (JsonNode one : list) {
            ObjectNode tool = one.deepCopy();
            if (one.path("type").asText().equals("function")) {
                tool.put("strict", one.path("strict").asBoolean(true));
                tool.set("parameters", orNull(one.path("parameters")));
            }
            tools.add(tool);
        }
        return tools;
    }

    private static JsonNode orNull(JsonNode node) {
        return node.isMissingNode() ? JSON.nullNode() : node;
    }
}
