package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/// The events of a response of which only the object is kept: in the order of a stream, each text in one piece.
final class ResponseReplay {
    private final List<ObjectNode> events = new ArrayList<>();

    private ResponseReplay() {}

    /// @param response one that has ended
    static List<ObjectNode> of(ObjectNode response) {
        var replay = new ResponseReplay();
        ObjectNode begun = response.deepCopy();
        begun.put("status", "in_progress").putArray("output");
        for (String unknownYet : List.of("completed_at", "error", "incomplete_details")) {
            begun.putNull(unknownYet);
        }
        begun.remove("usage");
        replay.event("response.created").set("response", begun);
        replay.event("response.in_progress").set("response", begun);
        for (int i = 0; i < response.path("output").size(); i++) {
            replay.item(i, (ObjectNode) response.path("output").get(i));
        }
        String status = response.path("status").asText();
        if (!status.equals("cancelled")) {
            replay.event("response." + status).set("response", response);
        }
        return replay.events;
    }

    private void item(int index, ObjectNode item) {
        ObjectNode begun = item.deepCopy();
        begun.put("status", "in_progress");
        String body = switch (item.path("type").asText()) {
            case "function_call" -> "arguments";
            case "custom_tool_call" -> "input";
            default -> "content";
        };
        if (!body.equals("content")) {
            begun.put(body, "");
        } else if (item.path("type").asText().equals("message")) {
            begun.putArray(body);
        } else {
            begun.remove(body);
        }
        if (begun.path("summary").isArray()) {
            begun.putArray("summary");
        }
        event("response.output_item.added").put("output_index", index).set("item", begun);
        if (body.equals("content")) {
            contents(index, item);
            summaries(index, item);
        } else {
            call(index, item, body);
        }
        event("response.output_item.done").put("output_index", index).set("item", item);
    }

    private void contents(int index, ObjectNode item) {
        boolean isMessage = item.path("type").asText().equals("message");
        for (int i = 0; i < item.path("content").size(); i++) {
            JsonNode part = item.path("content").get(i);
            String text = part.path("text").asText();
            ObjectNode empty = part.deepCopy();
            empty.put("text", "");
            if (isMessage) {
                empty.putArray("logprobs");
            }
            part("response.content_part.added", index, item, i).set("part", empty);
            if (isMessage) {
                JsonNode logprobs = part.path("logprobs");
                part("response.output_text.delta", index, item, i)
                        .put("delta", text)
                        .set("logprobs", logprobs);
                part("response.output_text.done", index, item, i)
                        .put("text", text)
                        .set("logprobs", logprobs);
            } else {
                part("response.reasoning_text.delta", index, item, i).put("delta", text);
                part("response.reasoning_text.done", index, item, i).put("text", text);
            }
            part("response.content_part.done", index, item, i).set("part", part);
        }
    }

    private void summaries(int index, ObjectNode item) {
        for (int i = 0; i < item.path("summary").size(); i++) {
            JsonNode part = item.path("summary").get(i);
            String text = part.path("text").asText();
            ObjectNode empty = part.deepCopy();
            summary("part.added", index, item, i).set("part", empty.put("text", ""));
            summary("text.delta", index, item, i).put("delta", text);
            summary("text.done", index, item, i).put("text", text);
            summary("part.done", index, item, i).set("part", part);
        }
    }

    private ObjectNode summary(String type, int index, ObjectNode item, int place) {
        return of("response.reasoning_summary_" + type, index, item).put("summary_index", place);
    }

    private void call(int index, ObjectNode item, String body) {
        boolean isCustom = body.equals("input");
        String type = isCustom ? "response.custom_tool_call_input." : "response.function_call_arguments.";
        String whole = item.path(body).asText();
        of(type + "delta", index, item).put("delta", whole);
        ObjectNode done = of(type + "done", index, item).put(body, whole);
        if (!isCustom) {
            done.put("name", item.path("name").asText());
        }
    }

    private ObjectNode part(String type, int index, ObjectNode item, int content) {
        return of(type, index, item).put("content_index", content);
    }

    private ObjectNode of(String type, int index, ObjectNode item) {
        return event(type).put("item_id", item.path("id").asText()).put("output_index", index);
    }

    private ObjectNode event(String type) {
        ObjectNode event =
                JsonNodeFactory.instance.objectNode().put("type", type).put("sequence_number", events.size());
        events.add(event);
        return event;
    }
}
