package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.List;

/// The `messages` of a chat, as text.
///
/// Content is a string or an array of text parts, joined by line breaks. Fields that clients echo back from earlier
/// answers (`name`, `refusal`, `annotations`, `reasoning_content`) are passed over.
final class Messages {
    private static final List<String> ROLES = List.of("system", "developer", "user", "assistant", "tool", "function");
    private static final List<String> UNBUILT_PARTS = List.of("image_url", "input_audio", "file");
    private static final String CONTENT_TYPES = "one of a string or array of objects";

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
        for (int i = 0; i < messages.size(); i++) {
            read.add(message(Parameters.of(messages.get(i), "messages[" + i + "]")));
        }
        return read;
    }

    private static ChatMessage message(Parameters message) {
        String role = message.choice("role", ROLES).orElseThrow(() -> BadParameter.missing(message.path("role")));
        message.text("name");
        return switch (role) {
            case "system" -> new ChatMessage(Role.SYSTEM, requiredContent(message));
            case "developer" -> new ChatMessage(Role.DEVELOPER, requiredContent(message));
            case "user" -> new ChatMessage(Role.USER, requiredContent(message));
            case "assistant" -> new ChatMessage(Role.ASSISTANT, assistantContent(message));
            default ->
                throw new BadParameter(
                        "Invalid '" + message.path("role") + "': a message of role '" + role
                                + "' answers a call of an earlier message, and there is none.",
                        message.path("role"),
                        "invalid_value");
        };
    }

    private static String assistantContent(Parameters message) {
        for (String calls : List.of("tool_calls", "function_call")) {
            if (message.has(calls) && !message.raw(calls).isEmpty()) {
                throw BadParameter.unsupported(message.path(calls), "with calls");
            }
        }
        if (!message.has("content") && message.has("refusal")) {
            return message.text("refusal").orElse("");
        }
        return requiredContent(message);
    }

    private static String requiredContent(Parameters message) {
        JsonNode content = message.raw("content");
        String path = message.path("content");
        if (content.isTextual()) {
            return content.textValue();
        }
        if (content.isMissingNode()) {
            throw BadParameter.type(path, CONTENT_TYPES, content);
        }
        if (!content.isArray()) {
            throw BadParameter.type(path, CONTENT_TYPES, content);
        }
        if (content.isEmpty()) {
            throw BadParameter.emptyArray(path);
        }
        var text = new StringBuilder();
        for (int i = 0; i < content.size(); i++) {
            if (i > 0) {
                text.append('\n');
            }
            text.append(part(Parameters.of(content.get(i), path + "[" + i + "]")));
        }
        return text.toString();
    }

    private static String part(Parameters part) {
        String type = part.text("type").orElseThrow(() -> BadParameter.missing(part.path("type")));
        if (UNBUILT_PARTS.contains(type)) {
            throw BadParameter.unsupported(part.path("type"), "with '" + type + "'");
        }
        return switch (type) {
            case "text" -> part.text("text").orElseThrow(() -> BadParameter.missing(part.path("text")));
            case "refusal" -> part.text("refusal").orElseThrow(() -> BadParameter.missing(part.path("refusal")));
            default -> throw BadParameter.value(part.path("type"), type, List.of("text"));
        };
    }
}
