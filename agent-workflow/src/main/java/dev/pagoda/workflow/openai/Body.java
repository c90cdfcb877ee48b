package dev.pagoda.workflow.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// A JSON object of a request, whose fields are checked as they are read. Fields that are null count as absent; unknown
/// ones are not looked at.
///
/// @param path of the object within the body; empty for the body itself
record Body(JsonNode node, String path) {
    private static final ObjectMapper JSON = new ObjectMapper();
    /// Bounds of metadata and attributes, https://platform.openai.com/docs/api-reference/vector-stores, 2026-05.
    private static final int MAX_PAIRS = 16;

    private static final int MAX_KEY_CHARS = 64;
    private static final int MAX_VALUE_CHARS = 512;

    static Body of(@Nullable Buffer sent) {
        if (sent == null || sent.length() == 0) {
            return new Body(JsonNodeFactory.instance.objectNode(), "");
        }
        try {
            JsonNode node = JSON.readTree(sent.getBytes());
            if (node instanceof ObjectNode) {
                return new Body(node, "");
            }
        } catch (JsonProcessingException malformed) {
            throw invalid("We could not parse the JSON body of your request: " + malformed.getOriginalMessage());
        } catch (IOException unreachable) {
            throw new UncheckedIOException("reading from memory", unreachable);
        }
        throw invalid("The JSON body of your request is not an object.");
    }

    static JsonNode parsed(String kept) {
        try {
            return JSON.readTree(kept);
        } catch (JsonProcessingException damaged) {
            throw new IllegalStateException("what was kept is no JSON", damaged);
        }
    }

    static Refused invalid(String message) {
        return new Refused(Reason.INVALID, "invalid_value", message);
    }

    boolean has(String field) {
        return node.hasNonNull(field);
    }

    private String path(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    Refused wrong(String field, String expected) {
        return invalid("Invalid value for '" + path(field) + "': expected " + expected + ".");
    }

    Optional<String> text(String field, int maxChars) {
        if (!has(field)) {
            return Optional.empty();
        }
        JsonNode value = node.get(field);
        if (!value.isTextual() || value.textValue().length() > maxChars) {
            throw wrong(field, "a string of at most " + maxChars + " characters");
        }
        return Optional.of(value.textValue());
    }

    String required(String field, int maxChars) {
        return text(field, maxChars)
                .filter(text -> !text.isEmpty())
                .orElseThrow(() -> invalid("Missing required parameter: '" + path(field) + "'."));
    }

    OptionalInt integer(String field, int least, int most) {
        if (!has(field)) {
            return OptionalInt.empty();
        }
        JsonNode value = node.get(field);
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < least
                || value.intValue() > most) {
            throw wrong(field, "an integer from " + least + " to " + most);
        }
        return OptionalInt.of(value.intValue());
    }

    double share(String field, double absent) {
        if (!has(field)) {
            return absent;
        }
        JsonNode value = node.get(field);
        if (!value.isNumber() || !(value.doubleValue() >= 0 && value.doubleValue() <= 1)) {
            throw wrong(field, "a number from 0 to 1");
        }
        return value.doubleValue();
    }

    Optional<Body> object(String field) {
        if (!has(field)) {
            return Optional.empty();
        }
        if (!node.get(field).isObject()) {
            throw wrong(field, "an object");
        }
        return Optional.of(new Body(node.get(field), path(field)));
    }

    List<String> texts(String field, int most, int maxChars) {
        List<String> texts = new ArrayList<>();
        for (JsonNode each : array(field, most)) {
            if (!each.isTextual() || each.textValue().length() > maxChars) {
                throw wrong(field, "strings of at most " + maxChars + " characters");
            }
            texts.add(each.textValue());
        }
        return texts;
    }

    List<Body> objects(String field, int most) {
        List<Body> objects = new ArrayList<>();
        for (JsonNode each : array(field, most)) {
            if (!each.isObject()) {
                throw wrong(field, "an array of objects");
            }
            objects.add(new Body(each, path(field) + "[" + objects.size() + "]"));
        }
        return objects;
    }

    private Iterable<JsonNode> array(String field, int most) {
        if (!has(field)) {
            return List.of();
        }
        JsonNode value = node.get(field);
        if (!value.isArray() || value.size() > most) {
            throw wrong(field, "an array of at most " + most + " elements");
        }
        return value;
    }

    /// A map of short values as JSON.
    ///
    /// @param onlyTexts whether numbers and truth values are refused
    Optional<String> pairs(String field, boolean onlyTexts) {
        if (!has(field)) {
            return Optional.empty();
        }
        JsonNode map = node.get(field);
        if (!map.isObject() || map.size() > MAX_PAIRS) {
            throw wrong(field, "an object of at most " + MAX_PAIRS + " keys");
        }
        map.properties().forEach(pair -> {
            JsonNode value = pair.getValue();
            boolean fits = value.isTextual()
                    ? value.textValue().length() <= MAX_VALUE_CHARS
                    : !onlyTexts && (value.isNumber() || value.isBoolean());
            if (pair.getKey().length() > MAX_KEY_CHARS || !fits) {
                throw wrong(
                        field,
                        "keys of at most " + MAX_KEY_CHARS + " characters and values that are strings of at most "
                                + MAX_VALUE_CHARS + (onlyTexts ? "" : ", numbers or booleans"));
            }
        });
        return Optional.of(map.toString());
    }
}
