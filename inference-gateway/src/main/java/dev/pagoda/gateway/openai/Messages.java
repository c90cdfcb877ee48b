package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.ToolCall;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The `messages` of a chat.
///
/// Fields that clients echo back from earlier answers (`name`, `refusal`, `annotations`, `reasoning_content`) are
/// passed over. A tool's message has to answer a call of the assistant's message before it, as OpenAI demands.
final class Messages {
    private static final List<String> ROLES = List.of("system", "developer", "user", "assistant", "tool", "function");
    private static final String CONTENT_TYPES = "one of a string or array of objects";
    private static final int MAX_CALLS = 128;

    private Messages() {}

    static List<ChatMessage> of(Parameters body) {
        JsonNode messages = body.raw("messages");
        if (messages.isMissingNode()) {
            throw BadParameter.missing("messages");
        }
        if (!messages.isArray()) {
            throw BadParameter.type("messages", "an array of objects", messages);
        }
        if (messages.isEmpty()) {
            throw BadParameter.emptyArray("messages");
        }
        if (messages.size() > ChatParameters.MAX_MESSAGES) {
            throw BadParameter.longArray("messages", ChatParameters.MAX_MESSAGES, messages.size());
        }
        var read = new ArrayList<ChatMessage>(messages.size());
        Set<String> open = new HashSet<>();
        for (int i = 0; i < messages.size(); i++) {
            Parameters message = Parameters.of(messages.get(i), "messages[" + i + "]");
            ChatMessage got = message(message, open);
            if (got.role() != Role.TOOL) {
                open.clear();
                got.toolCalls().forEach(call -> open.add(call.id()));
            }
            read.add(got);
        }
        return read;
    }

    /// @param open the calls that wait for an answer
    private static ChatMessage message(Parameters message, Set<String> open) {
        String role = message.choice("role", ROLES).orElseThrow(() -> BadParameter.missing(message.path("role")));
        message.text("name");
        return switch (role) {
            case "system" -> new ChatMessage(Role.SYSTEM, content(message, false));
            case "developer" -> new ChatMessage(Role.DEVELOPER, content(message, false));
            case "user" -> new ChatMessage(Role.USER, content(message, true));
            case "assistant" -> assistant(message);
            case "tool" -> tool(message, message.requiredText("tool_call_id"), open);
            default -> tool(message, message.requiredText("name"), open);
        };
    }

    private static ChatMessage tool(Parameters message, String callId, Set<String> open) {
        if (!open.contains(callId)) {
            throw new BadParameter(
                    "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with"
                            + " 'tool_calls'.",
                    message.path("role"),
                    null);
        }
        return new ChatMessage(Role.TOOL, content(message, false), List.of(), callId);
    }

    private static ChatMessage assistant(Parameters message) {
        List<ToolCall> calls = calls(message);
        if (message.has("content")) {
            return new ChatMessage(Role.ASSISTANT, content(message, false), calls, "");
        }
        if (message.has("refusal") || !calls.isEmpty() || message.has("audio")) {
            String refusal = message.text("refusal").orElse("");
            List<ContentPart> parts = refusal.isEmpty() ? List.of() : List.of(new ContentPart.Text(refusal));
            return new ChatMessage(Role.ASSISTANT, parts, calls, "");
        }
        throw BadParameter.type(message.path("content"), CONTENT_TYPES, message.raw("content"));
    }

    private static List<ToolCall> calls(Parameters message) {
        var calls = new ArrayList<ToolCall>();
        JsonNode list = message.raw("tool_calls");
        if (!list.isMissingNode()) {
            String path = message.path("tool_calls");
            if (!list.isArray()) {
                throw BadParameter.type(path, "an array of objects", list);
            }
            if (list.size() > MAX_CALLS) {
                throw BadParameter.longArray(path, MAX_CALLS, list.size());
            }
            for (int i = 0; i < list.size(); i++) {
                calls.add(call(Parameters.of(list.get(i), path + "[" + i + "]")));
            }
        }
        // a function's result names the function, not a call
        message.object("function_call").ifPresent(call -> {
            String name = call.requiredText("name");
            calls.add(new ToolCall(name, name, call.text("arguments").orElse("")));
        });
        return calls;
    }

    private static ToolCall call(Parameters call) {
        String id = call.requiredText("id");
        String type = call.choice("type", List.of("function", "custom")).orElse("function");
        Parameters inner = call.object(type).orElseThrow(() -> BadParameter.missing(call.path(type)));
        String input = type.equals("custom") ? "input" : "arguments";
        return new ToolCall(
                id,
                inner.requiredText("name"),
                inner.text(input).orElseThrow(() -> BadParameter.missing(inner.path(input))));
    }

    private static List<ContentPart> content(Parameters message, boolean isUsers) {
        JsonNode content = message.raw("content");
        String path = message.path("content");
        if (content.isTextual()) {
            return List.of(new ContentPart.Text(content.textValue()));
        }
        if (!content.isArray()) {
            throw BadParameter.type(path, CONTENT_TYPES, content);
        }
        if (content.isEmpty()) {
            throw BadParameter.emptyArray(path);
        }
        var parts = new ArrayList<ContentPart>(content.size());
        for (int i = 0; i < content.size(); i++) {
            parts.add(ContentParts.of(Parameters.of(content.get(i), path + "[" + i + "]"), isUsers));
        }
        return parts;
    }
}
