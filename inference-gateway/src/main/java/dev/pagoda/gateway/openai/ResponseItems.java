package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.ToolCall;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/// The items of responses and conversations: how they are checked and completed when they come in, and how they become
/// the messages of a chat.
final class ResponseItems {
    static final int MAX_ITEMS = 2_048;
    private static final List<String> ROLES = List.of("user", "assistant", "system", "developer");

    /// Items of OpenAI's own tools, which clients send back and no engine here has a use for.
    private static final Set<String> PASSED_OVER = Set.of(
            "reasoning",
            "web_search_call",
            "file_search_call",
            "computer_call",
            "computer_call_output",
            "code_interpreter_call",
            "image_generation_call",
            "local_shell_call",
            "local_shell_call_output",
            "mcp_call",
            "mcp_list_tools",
            "mcp_approval_request",
            "mcp_approval_response",
            "item_reference");

    private static final Set<String> HAVE_NO_STATUS = Set.of("item_reference", "compaction");

    private ResponseItems() {}

    /// The items of `input`, each complete with id, type and status.
    ///
    /// @param input a string or an array of items
    static List<ObjectNode> read(JsonNode input, String path) {
        if (input.isTextual()) {
            ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "user");
            message.set("content", input);
            return List.of(item(Parameters.of(message, path)));
        }
        if (!input.isArray()) {
            throw BadParameter.type(path, "one of a string or array of input items", input);
        }
        if (input.size() > MAX_ITEMS) {
            throw BadParameter.longArray(path, MAX_ITEMS, input.size());
        }
        var items = new ArrayList<ObjectNode>(input.size());
        for (int i = 0; i < input.size(); i++) {
            items.add(item(Parameters.of(input.get(i), path + "[" + i + "]")));
        }
        return items;
    }

    private static ObjectNode item(Parameters item) {
        boolean isNamed = item.has("id") && !item.has("role");
        String type = item.text("type").orElse(isNamed ? "item_reference" : "message");
        ObjectNode complete = item.node().deepCopy();
        complete.put("type", type);
        String prefix = switch (type) {
            case "message" -> {
                String role = item.choice("role", ROLES).orElseThrow(() -> BadParameter.missing(item.path("role")));
                complete.set("content", content(item, role.equals("assistant")));
                complete.put("status", "completed");
                yield "msg_";
            }
            case "function_call" -> {
                item.requiredText("call_id");
                item.requiredText("name");
                if (item.text("arguments").isEmpty()) {
                    throw BadParameter.missing(item.path("arguments"));
                }
                yield "fc_";
            }
            case "custom_tool_call" -> {
                item.requiredText("call_id");
                item.requiredText("name");
                if (item.text("input").isEmpty()) {
                    throw BadParameter.missing(item.path("input"));
                }
                yield "ctc_";
            }
            case "function_call_output", "custom_tool_call_output" -> {
                item.requiredText("call_id");
                JsonNode output = item.raw("output");
                if (!output.isTextual() && !output.isArray()) {
                    throw BadParameter.type(item.path("output"), "one of a string or array of objects", output);
                }
                yield "fco_";
            }
            case "compaction" -> {
                item.requiredText("encrypted_content");
                yield "cmp_";
            }
            default -> {
                if (!PASSED_OVER.contains(type)) {
                    throw BadParameter.value(
                            item.path("type"), type, List.of("message", "function_call", "function_call_output"));
                }
                yield "it_";
            }
        };
        if (item.text("id").filter(id -> !id.isEmpty()).isEmpty()) {
            complete.put("id", newId(prefix));
        }
        if (!complete.path("status").isTextual() && !HAVE_NO_STATUS.contains(type)) {
            complete.put("status", "completed");
        }
        return complete;
    }

    static String newId(String prefix) {
        return prefix + UUID.randomUUID().toString().replace("-", "");
    }

    private static ArrayNode content(Parameters message, boolean isAssistants) {
        JsonNode content = message.raw("content");
        String path = message.path("content");
        ArrayNode parts = JsonNodeFactory.instance.arrayNode();
        if (content.isTextual()) {
            ObjectNode part = parts.addObject()
                    .put("type", isAssistants ? "output_text" : "input_text")
                    .put("text", content.textValue());
            if (isAssistants) {
                part.putArray("annotations");
                part.putArray("logprobs");
            }
            return parts;
        }
        if (!content.isArray()) {
            throw BadParameter.type(path, "one of a string or array of objects", content);
        }
        if (content.isEmpty()) {
            throw BadParameter.emptyArray(path);
        }
        for (int i = 0; i < content.size(); i++) {
            Parameters part = Parameters.of(content.get(i), path + "[" + i + "]");
            part(part);
            ObjectNode complete = part.node().deepCopy();
            String type = complete.path("type").asText();
            if (type.equals("output_text")) {
                complete.withArray("annotations");
                complete.withArray("logprobs");
            } else if (type.equals("input_image") && !complete.path("detail").isTextual()) {
                complete.put("detail", "auto");
            }
            parts.add(complete);
        }
        return parts;
    }

    private static Optional<ContentPart> part(Parameters part) {
        String type = part.text("type").orElseThrow(() -> BadParameter.missing(part.path("type")));
        return switch (type) {
            case "input_text", "output_text", "text", "summary_text", "reasoning_text" ->
                Optional.of(new ContentPart.Text(
                        part.text("text").orElseThrow(() -> BadParameter.missing(part.path("text")))));
            case "refusal" ->
                Optional.of(new ContentPart.Text(part.text("refusal").orElse("")));
            case "input_image" -> {
                String detail = part.choice("detail", ContentParts.DETAILS).orElse("auto");
                yield Optional.of(part.text("image_url")
                        .map(url -> ContentParts.image(url, detail, part.path("image_url")))
                        .orElseGet(() -> new ContentPart.Image(
                                "", 0, 0, part.requiredText("file_id"), ContentParts.imageTokens(detail, 0, 0))));
            }
            case "input_file" -> {
                String name = part.text("filename").orElse("");
                yield Optional.of(part.text("file_data")
                        .map(data -> ContentParts.file(name, data, part.path("file_data")))
                        .orElseGet(() -> new ContentPart.File(
                                name,
                                "",
                                "",
                                part.text("file_id")
                                        .or(() -> part.text("file_url"))
                                        .orElse(""),
                                0)));
            }
            default ->
                throw BadParameter.value(
                        part.path("type"), type, List.of("input_text", "input_image", "input_file", "output_text"));
        };
    }

    /// The conversation that items are, calls gathered into the message that made them.
    static List<ChatMessage> messages(List<? extends JsonNode> items) {
        var messages = new ArrayList<ChatMessage>(items.size());
        for (JsonNode node : items) {
            Parameters item = Parameters.of(node, "input");
            switch (node.path("type").asText()) {
                case "message" -> messages.add(message(item));
                case "function_call" -> addCall(messages, item, "arguments");
                case "custom_tool_call" -> addCall(messages, item, "input");
                case "function_call_output", "custom_tool_call_output" ->
                    messages.add(new ChatMessage(
                            Role.TOOL, parts(item.raw("output"), "output"), List.of(), item.requiredText("call_id")));
                case "compaction" ->
                    Compaction.summary(node)
                            .ifPresent(text -> messages.add(
                                    new ChatMessage(Role.DEVELOPER, "What was said before, in short: " + text)));
                default -> {} // of a tool that is not here
            }
        }
        return messages;
    }

    private static ChatMessage message(Parameters item) {
        Role role = switch (item.text("role").orElse("user")) {
            case "assistant" -> Role.ASSISTANT;
            case "system" -> Role.SYSTEM;
            case "developer" -> Role.DEVELOPER;
            default -> Role.USER;
        };
        return new ChatMessage(role, parts(item.raw("content"), "content"));
    }

    private static List<ContentPart> parts(JsonNode content, String path) {
        if (content.isTextual()) {
            return List.of(new ContentPart.Text(content.textValue()));
        }
        var parts = new ArrayList<ContentPart>(content.size());
        for (JsonNode part : content) {
            part(Parameters.of(part, path)).ifPresent(parts::add);
        }
        return parts;
    }

    private static void addCall(List<ChatMessage> messages, Parameters item, String arguments) {
        var call = new ToolCall(
                item.requiredText("call_id"),
                item.requiredText("name"),
                item.text(arguments).orElse(""));
        if (!messages.isEmpty() && messages.getLast().role() == Role.ASSISTANT) {
            ChatMessage last = messages.removeLast();
            var calls = new ArrayList<>(last.toolCalls());
            calls.add(call);
            messages.add(new ChatMessage(Role.ASSISTANT, last.parts(), calls, ""));
        } else {
            messages.add(new ChatMessage(Role.ASSISTANT, List.of(), List.of(call), ""));
        }
    }
}
