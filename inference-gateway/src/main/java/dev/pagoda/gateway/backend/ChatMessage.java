package dev.pagoda.gateway.backend;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/// One message of a chat.
///
/// @param parts      may be empty, as in a message that only calls tools
/// @param toolCalls  calls that this message of the [Role#ASSISTANT] made
/// @param toolCallId the call that this message of the [Role#TOOL] answers, empty on other messages
public record ChatMessage(Role role, List<ContentPart> parts, List<ToolCall> toolCalls, String toolCallId) {
    public ChatMessage {
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(toolCallId, "toolCallId");
        parts = List.copyOf(parts);
        toolCalls = List.copyOf(toolCalls);
    }

    public ChatMessage(Role role, List<ContentPart> parts) {
        this(role, parts, List.of(), "");
    }

    /// A message of text alone.
    public ChatMessage(Role role, String content) {
        this(role, List.of(new ContentPart.Text(content)));
    }

    /// What a tool answered.
    public static ChatMessage ofTool(String callId, String result) {
        return new ChatMessage(Role.TOOL, List.of(new ContentPart.Text(result)), List.of(), callId);
    }

    /// All text of the message, parts joined by line breaks.
    public String content() {
        if (parts.size() == 1) {
            return parts.getFirst().text();
        }
        return parts.stream()
                .map(ContentPart::text)
                .filter(text -> !text.isEmpty())
                .collect(Collectors.joining("\n"));
    }
}
