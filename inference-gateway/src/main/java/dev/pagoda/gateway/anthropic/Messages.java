package dev.pagoda.gateway.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.ToolCall;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The `system` prompt and the `messages` of a request.
///
/// A tool's result becomes a message of its own, before what the user says beside it. Thoughts of earlier turns are
/// checked and left out of the prompt, as the original does. Each use of a tool has its result in the next message.
final class Messages {
    /// Most messages of one request (https://platform.claude.com/docs/en/api/messages, 2026-05).
    private static final int MAX_MESSAGES = 100_000;

    private static final List<String> ROLES = List.of("user", "assistant", "system");

    private final List<ChatMessage> read = new ArrayList<>();

    /// The tools' uses of the message before, without a result so far.
    private final Set<String> unanswered = new LinkedHashSet<>();

    private Messages() {}

    static List<ChatMessage> of(Parameters body) {
        var messages = new Messages();
        messages.system(body);
        messages.list(body);
        return messages.read;
    }

    private void system(Parameters body) {
        JsonNode system = body.raw("system");
        if (system.isMissingNode() || (system.isTextual() && system.textValue().isEmpty())) {
            return;
        }
        List<ContentPart> parts = ContentBlocks.texts(system, "system");
        if (!parts.isEmpty()) {
            read.add(new ChatMessage(Role.SYSTEM, parts));
        }
    }

    private void list(Parameters body) {
        JsonNode list = body.raw("messages");
        if (list.isMissingNode()) {
            throw BadParameter.missing("messages");
        }
        if (!list.isArray()) {
            throw BadParameter.type("messages", "an array of objects", list);
        }
        if (list.isEmpty()) {
            throw MessageParameters.told("messages: at least one message is required");
        }
        if (list.size() > MAX_MESSAGES) {
            throw BadParameter.longArray("messages", MAX_MESSAGES, list.size());
        }
        for (int i = 0; i < list.size(); i++) {
            message(Parameters.of(list.get(i), "messages[" + i + "]"), i, i == list.size() - 1);
        }
        requireAnswered(list.size());
    }

    private void message(Parameters message, int index, boolean isLast) {
        String role = message.choice("role", ROLES).orElseThrow(() -> BadParameter.missing(message.path("role")));
        if (index == 0 && role.equals("assistant")) {
            throw MessageParameters.told("messages: first message must use the \"user\" role");
        }
        JsonNode content = message.raw("content");
        String path = message.path("content");
        if (content.isMissingNode()) {
            throw BadParameter.missing(path);
        }
        if (!content.isTextual() && !content.isArray()) {
            throw BadParameter.type(path, "a valid string or list", content);
        }
        boolean isEmpty = content.isTextual() ? content.textValue().isEmpty() : content.isEmpty();
        if (isEmpty && !(isLast && role.equals("assistant"))) {
            throw MessageParameters.told(Wording.path(message.path("")).replaceAll("\\.$", "")
                    + ": all messages must have non-empty content except for the optional final assistant message");
        }
        switch (role) {
            case "assistant" -> {
                requireAnswered(index);
                assistant(content, path, isLast);
            }
            case "system" -> read.add(new ChatMessage(Role.SYSTEM, ContentBlocks.texts(content, path)));
            default -> user(content, path, index);
        }
    }

    private void user(JsonNode content, String path, int index) {
        if (content.isTextual()) {
            requireAnswered(index);
            read.add(new ChatMessage(Role.USER, content.textValue()));
            return;
        }
        var said = new ArrayList<ContentPart>();
        for (int i = 0; i < content.size(); i++) {
            Parameters block = Parameters.of(content.get(i), path + "[" + i + "]");
            String type = ContentBlocks.type(block);
            if (type.equals("tool_result")) {
                result(block, index);
            } else {
                said.add(ContentBlocks.part(block, type));
            }
        }
        requireAnswered(index);
        if (!said.isEmpty()) {
            read.add(new ChatMessage(Role.USER, said));
        }
    }

    private void result(Parameters block, int index) {
        String id = block.text("tool_use_id").orElseThrow(() -> BadParameter.missing(block.path("tool_use_id")));
        if (!unanswered.remove(id)) {
            throw MessageParameters.told(
                    "messages." + index + ": unexpected `tool_use_id` found in `tool_result` blocks: "
                            + BadParameter.echo(id)
                            + ". Each `tool_result` block must have a corresponding `tool_use` block in the previous message.");
        }
        boolean isError = block.flag("is_error");
        JsonNode content = block.raw("content");
        List<ContentPart> parts = new ArrayList<>();
        if (isError) {
            parts.add(new ContentPart.Text("Error:"));
        }
        parts.addAll(ContentBlocks.parts(content, block.path("content")));
        read.add(new ChatMessage(Role.TOOL, parts, List.of(), id));
    }

    private void assistant(JsonNode content, String path, boolean isLast) {
        var said = new ArrayList<ContentPart>();
        var calls = new ArrayList<ToolCall>();
        if (content.isTextual()) {
            said.add(new ContentPart.Text(content.textValue()));
        }
        for (int i = 0; i < (content.isArray() ? content.size() : 0); i++) {
            Parameters block = Parameters.of(content.get(i), path + "[" + i + "]");
            String type = ContentBlocks.type(block);
            switch (type) {
                case "thinking" -> {
                    if (block.text("thinking").isEmpty()) {
                        throw BadParameter.missing(block.path("thinking"));
                    }
                    if (block.text("signature").isEmpty()) {
                        throw BadParameter.missing(block.path("signature"));
                    }
                }
                case "redacted_thinking" -> {
                    if (block.text("data").isEmpty()) {
                        throw BadParameter.missing(block.path("data"));
                    }
                }
                case "tool_use" -> calls.add(call(block));
                default -> said.add(ContentBlocks.part(block, type));
            }
        }
        boolean trails = isLast
                && !said.isEmpty()
                && !said.getLast().text().isEmpty()
                && Character.isWhitespace(
                        said.getLast().text().charAt(said.getLast().text().length() - 1));
        if (trails) {
            throw MessageParameters.told("messages: final assistant content cannot end with trailing whitespace");
        }
        if (!said.isEmpty() || !calls.isEmpty()) {
            read.add(new ChatMessage(Role.ASSISTANT, said, calls, ""));
        }
    }

    private ToolCall call(Parameters block) {
        String id = block.text("id").orElseThrow(() -> BadParameter.missing(block.path("id")));
        String name = block.text("name").orElseThrow(() -> BadParameter.missing(block.path("name")));
        if (block.object("input").isEmpty()) {
            throw BadParameter.missing(block.path("input"));
        }
        if (!unanswered.add(id)) {
            throw MessageParameters.told(Wording.path(block.path("id")) + ": `tool_use` ids must be unique");
        }
        return new ToolCall(id, name, block.raw("input").toString());
    }

    /// The tools' uses of the message before this one have their results.
    private void requireAnswered(int index) {
        if (!unanswered.isEmpty()) {
            throw MessageParameters.told("messages." + (index - 1)
                    + ": `tool_use` ids were found without `tool_result` blocks immediately after: "
                    + BadParameter.echo(String.join(", ", unanswered))
                    + ". Each `tool_use` block must have a corresponding `tool_result` block in the next message.");
        }
    }
}
