package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The chunks of a streamed chat completion put together again, whatever fields its server gives them. Of one stream.
///
/// Texts that come in pieces are joined, lists are added to, entries that have an `index` are found by it, and of
/// everything else the last word counts.
final class JoinedChunks {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "data:";
    private static final String INDEX = "index";

    /// What comes in pieces; of other texts, such as `role`, each is whole.
    private static final Set<String> PIECES =
            Set.of("content", "refusal", "reasoning_content", "reasoning", "arguments", "input", "data", "transcript");

    /// What a chunk has and a completion has not.
    private static final Set<String> OF_CHUNKS = Set.of("choices", "object", "obfuscation");

    private final ObjectNode completion = object();
    private final Map<Integer, ObjectNode> choices = new TreeMap<>();

    private JoinedChunks() {}

    /// The completion; empty when the events are not all chunks of one.
    ///
    /// @param events whole ones
    static Optional<ObjectNode> of(String events) {
        var joined = new JoinedChunks();
        try {
            for (String line : (Iterable<String>) events.lines()::iterator) {
                String data =
                        line.startsWith(DATA) ? line.substring(DATA.length()).strip() : "";
                if (!data.isEmpty() && !data.equals("[DONE]")) {
                    JsonNode chunk = JSON.readTree(data);
                    if (!chunk.isObject() || chunk.hasNonNull("error")) {
                        return Optional.empty();
                    }
                    joined.add((ObjectNode) chunk);
                }
            }
        } catch (JsonProcessingException notJson) {
            return Optional.empty();
        }
        return joined.choices.isEmpty() ? Optional.empty() : Optional.of(joined.whole());
    }

    private void add(ObjectNode chunk) {
        chunk.properties().forEach(field -> {
            if (!OF_CHUNKS.contains(field.getKey())) {
                put(completion, field.getKey(), field.getValue());
            }
        });
        for (JsonNode choice : chunk.path("choices")) {
            if (choice instanceof ObjectNode more) {
                merge(choices.computeIfAbsent(more.path(INDEX).asInt(), none -> object()), more);
            }
        }
    }

    private static void merge(ObjectNode into, ObjectNode more) {
        more.properties().forEach(field -> {
            String name = field.getKey();
            JsonNode value = field.getValue();
            JsonNode known = into.path(name);
            if (PIECES.contains(name) && value.isTextual()) {
                join(into, name, value.asText());
            } else if (value instanceof ObjectNode part) {
                merge(known instanceof ObjectNode whole ? whole : into.putObject(name), part);
            } else if (value instanceof ArrayNode part) {
                merge(known instanceof ArrayNode whole ? whole : into.putArray(name), part);
            } else {
                put(into, name, value);
            }
        });
    }

    private static void merge(ArrayNode into, ArrayNode more) {
        for (JsonNode entry : more) {
            if (entry instanceof ObjectNode part && part.path(INDEX).isInt()) {
                merge(at(into, part.path(INDEX).asInt()), part);
            } else {
                into.add(entry);
            }
        }
    }

    private static ObjectNode at(ArrayNode entries, int index) {
        for (JsonNode entry : entries) {
            if (entry instanceof ObjectNode found && found.path(INDEX).asInt(-1) == index) {
                return found;
            }
        }
        return entries.addObject().put(INDEX, index);
    }

    /// A null does not take back what was said.
    private static void put(ObjectNode into, String name, JsonNode value) {
        if (!value.isNull() || !into.has(name)) {
            into.set(name, value);
        }
    }

    /// A text that is not whole yet.
    private record Pieces(StringBuilder text) {
        @Override
        public String toString() {
            return text.toString();
        }
    }

    private static void join(ObjectNode into, String name, String piece) {
        if (into.get(name) instanceof POJONode begun && begun.getPojo() instanceof Pieces pieces) {
            pieces.text().append(piece);
        } else {
            var text = new StringBuilder();
            text.append(piece);
            into.putPOJO(name, new Pieces(text));
        }
    }

    private ObjectNode whole() {
        completion.put("object", "chat.completion");
        ArrayNode all = completion.putArray("choices");
        choices.forEach((index, choice) -> {
            ObjectNode message = object().put("role", "assistant");
            message.putNull("content").putNull("refusal");
            if (choice.remove("delta") instanceof ObjectNode said) {
                message.setAll(said);
            }
            for (JsonNode call : message.path("tool_calls")) {
                if (call instanceof ObjectNode fields) {
                    fields.remove(INDEX);
                }
            }
            ObjectNode told = all.addObject().put(INDEX, index);
            told.set("message", message);
            told.putNull("logprobs").putNull("finish_reason").setAll(choice);
        });
        return (ObjectNode) settled(completion);
    }

    /// With texts in the place of their pieces.
    private static JsonNode settled(JsonNode node) {
        if (node instanceof POJONode text) {
            return TextNode.valueOf(String.valueOf(text.getPojo()));
        }
        if (node instanceof ObjectNode fields) {
            fields.properties().forEach(field -> field.setValue(settled(field.getValue())));
        } else if (node instanceof ArrayNode entries) {
            for (int i = 0; i < entries.size(); i++) {
                entries.set(i, settled(entries.get(i)));
            }
        }
        return node;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
