package dev.pagoda.gateway.backend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.schema.Facts;
import dev.pagoda.gateway.schema.SchemaFault;
import dev.pagoda.gateway.schema.SchemaWriter;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What a choice says, whatever its form: thoughts if it thinks, then calls of tools, or text, or JSON.
///
/// Deterministic. Safe from any thread if its responder is.
final class AnswerWriter {
    private static final Pattern KEY = Pattern.compile("[A-Za-z_]\\w{0,30}");
    /// Tool results up to this long are told whole.
    private static final int SHORT_RESULT = 600;

    private final GroundedResponder responder;

    AnswerWriter(GroundedResponder responder) {
        this.responder = responder;
    }

    /// Whether writing takes longer than an event loop has.
    static boolean isHeavy(ChatRequest request) {
        return request.tools().isUsable() || !(request.format() instanceof OutputFormat.Text);
    }

    /// @param choice which of the request's choices
    /// @param seed   of the wording
    /// @throws Refused if a schema cannot be kept
    List<Segment> write(ChatRequest request, Grounding grounding, int choice, long seed) {
        var segments = new ArrayList<Segment>(2);
        Language language = Language.of(grounding.question());
        if (request.thinking().isOn()) {
            segments.add(new Segment.Thought(
                    ThoughtText.of(language, grounding, request.thinking().budgetTokens(), seed)));
        }
        List<Segment.Call> calls = ToolCalls.of(request, facts(request), choice, seed);
        if (calls.isEmpty()) {
            segments.add(new Segment.Words(words(request, grounding, language, seed)));
        } else {
            segments.addAll(calls);
        }
        return segments;
    }

    private String words(ChatRequest request, Grounding grounding, Language language, long seed) {
        return switch (request.format()) {
            case OutputFormat.Text text -> text(request, grounding, language, seed);
            case OutputFormat.JsonObject object ->
                object(request, grounding, language, seed).toString();
            case OutputFormat.JsonSchema(String name, JsonNode schema, boolean strict) -> {
                try {
                    yield SchemaWriter.write(schema, facts(request), seed, 0).toString();
                } catch (SchemaFault fault) {
                    throw new Refused(
                            Reason.INVALID,
                            "invalid_json_schema",
                            "Invalid schema for response_format '" + name + "': " + fault.what());
                }
            }
        };
    }

    private String text(ChatRequest request, Grounding grounding, Language language, long seed) {
        String results = results(request.messages());
        if (!results.isEmpty() && results.length() <= SHORT_RESULT) {
            return (language == Language.CHINESE ? "工具返回：" : "The tools answered: ") + results;
        }
        return responder.respond(request.model(), grounding, seed);
    }

    /// What tools answered since the model spoke last, with the tools' names.
    private static String results(List<ChatMessage> messages) {
        var results = new ArrayList<String>();
        int last = messages.size() - 1;
        for (int i = last; i >= 0 && messages.get(i).role() == Role.TOOL; i--) {
            ChatMessage message = messages.get(i);
            String name = nameOf(message.toolCallId(), messages.subList(0, i));
            results.addFirst(name.isEmpty() ? message.content() : name + ": " + message.content());
        }
        return String.join("\n", results);
    }

    private static String nameOf(String callId, List<ChatMessage> before) {
        return before.reversed().stream()
                .flatMap(message -> message.toolCalls().stream())
                .filter(call -> call.id().equals(callId))
                .map(ToolCall::name)
                .findFirst()
                .orElse("");
    }

    private JsonNode object(ChatRequest request, Grounding grounding, Language language, long seed) {
        Facts facts = facts(request);
        ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
        ObjectNode properties = schema.putObject("properties");
        facts.quotations().stream()
                .filter(quoted -> KEY.matcher(quoted).matches())
                .limit(20)
                .forEach(key -> properties.putObject(key).put("type", "string"));
        if (properties.isEmpty()) {
            return JsonNodeFactory.instance.objectNode().put("answer", text(request, grounding, language, seed));
        }
        properties.fieldNames().forEachRemaining(schema.withArray("required")::add);
        return SchemaWriter.write(schema, facts, seed, 0);
    }

    private static Facts facts(ChatRequest request) {
        List<ChatMessage> messages = request.messages();
        return Facts.of(messages.reversed().stream()
                .filter(message -> message.role() == Role.USER)
                .findFirst()
                .orElse(messages.getLast())
                .content());
    }
}
