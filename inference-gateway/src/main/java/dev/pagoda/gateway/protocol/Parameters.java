package dev.pagoda.gateway.protocol;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/// A JSON object of a request, read strictly: a wrong type or range is a [BadParameter] that names its path.
///
/// JSON `null` counts as absent, as it does for OpenAI's optional parameters. Nothing is coerced.
public final class Parameters {
    private static final ObjectReader READER = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .readerFor(JsonNode.class);

    /// Trees of smaller bodies cost too little to look at the body twice.
    private static final int COUNTED_BYTES = 64 << 10;

    private final JsonNode node;
    private final String path;

    private Parameters(JsonNode node, String path) {
        this.node = node;
        this.path = path;
    }

    /// The body of a request.
    public static Parameters ofBody(Buffer body) {
        byte[] bytes = body.getBytes();
        if (!JsonBytes.areUtf8(bytes)) {
            throw BadParameter.malformed("it is not UTF-8");
        }
        JsonNode root;
        try {
            root = READER.readTree(bytes);
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw BadParameter.malformed(
                    at == null ? "it cannot be read" : "line " + at.getLineNr() + ", column " + at.getColumnNr());
        } catch (IOException e) {
            throw BadParameter.malformed("it cannot be read");
        }
        if (root == null || root.isMissingNode()) {
            throw BadParameter.malformed("it is empty");
        }
        if (!root.isObject()) {
            throw BadParameter.type("body", "an object", root);
        }
        return new Parameters(root, "");
    }

    /// The body of a request; a large one is refused before a tree is made of it when it holds more than `most` items
    /// under `array`.
    public static Parameters ofBody(Buffer body, String array, int most) {
        if (body.length() > COUNTED_BYTES) {
            int items = items(body.getBytes(), array);
            if (items > most) {
                throw BadParameter.longArray(array, most, items);
            }
        }
        return ofBody(body);
    }

    /// How many an array of the body has; 0 when there is none, or the body cannot be read so far.
    private static int items(byte[] bytes, String array) {
        int items = 0;
        try (JsonParser parser = READER.createParser(bytes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return 0;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isWanted = parser.currentName().equals(array);
                if (parser.nextToken() == JsonToken.START_ARRAY && isWanted) {
                    items = 0;
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        parser.skipChildren();
                        items++;
                    }
                } else {
                    parser.skipChildren();
                }
            }
        } catch (IOException unreadable) {
            return 0;
        }
        return items;
    }

    /// An object without fields.
    public static JsonNode emptyObject() {
        return JsonNodeFactory.instance.objectNode();
    }

    /// Whether a text is a whole JSON object.
    public static boolean isObject(String text) {
        try {
            JsonNode root = READER.readTree(text);
            return root != null && root.isObject();
        } catch (JsonProcessingException e) {
            return false;
        }
    }

    /// An object inside another; `path` as a client would write it.
    public static Parameters of(JsonNode node, String path) {
        if (!node.isObject()) {
            throw BadParameter.type(path, "an object", node);
        }
        return new Parameters(node, path);
    }

    /// The same object with one more text in it, or with another one under that name.
    public Parameters with(String name, String value) {
        ObjectNode copy = node.deepCopy();
        return new Parameters(copy.put(name, value), path);
    }

    /// The object itself, not to be changed.
    public JsonNode node() {
        return node;
    }

    /// Refuses any name that is in none of the given sets.
    public void allowOnly(List<Set<String>> known) {
        for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (known.stream().noneMatch(set -> set.contains(name))) {
                throw BadParameter.unknown(path(name));
            }
        }
    }

    /// The full path of a field.
    public String path(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    /// The raw field; a missing node when absent or null.
    public JsonNode raw(String name) {
        JsonNode value = node.path(name);
        return value.isNull() ? MissingNode.getInstance() : value;
    }

    public boolean has(String name) {
        return !raw(name).isMissingNode();
    }

    public OptionalLong integer(String name, long least, long most) {
        JsonNode value = raw(name);
        if (value.isMissingNode()) {
            return OptionalLong.empty();
        }
        if (!value.isIntegralNumber()) {
            throw BadParameter.type(path(name), "an integer", value);
        }
        boolean fits = value.canConvertToLong();
        boolean negative =
                fits ? value.longValue() < least : value.bigIntegerValue().signum() < 0;
        if (negative) {
            throw BadParameter.below(path(name), "integer", least, BadParameter.echo(value.asText()));
        }
        if (!fits || value.longValue() > most) {
            throw BadParameter.above(path(name), "integer", most, BadParameter.echo(value.asText()));
        }
        return OptionalLong.of(value.longValue());
    }

    public OptionalInt integer(String name, int least) {
        OptionalLong value = integer(name, least, Integer.MAX_VALUE);
        return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
    }

    public OptionalDouble decimal(String name, int least, int most) {
        JsonNode value = raw(name);
        if (value.isMissingNode()) {
            return OptionalDouble.empty();
        }
        if (!value.isNumber()) {
            throw BadParameter.type(path(name), "a decimal", value);
        }
        double number = value.doubleValue();
        if (number < least) {
            throw BadParameter.below(path(name), "decimal", least, BadParameter.echo(value.asText()));
        }
        if (!(number <= most)) {
            throw BadParameter.above(path(name), "decimal", most, BadParameter.echo(value.asText()));
        }
        return OptionalDouble.of(number);
    }

    public boolean flag(String name) {
        JsonNode value = raw(name);
        if (value.isMissingNode()) {
            return false;
        }
        if (!value.isBoolean()) {
            throw BadParameter.type(path(name), "a boolean", value);
        }
        return value.booleanValue();
    }

    public Optional<String> text(String name) {
        JsonNode value = raw(name);
        if (value.isMissingNode()) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw BadParameter.type(path(name), "a string", value);
        }
        return Optional.of(value.textValue());
    }

    /// A text of a closed set.
    public Optional<String> choice(String name, List<String> supported) {
        Optional<String> value = text(name);
        value.filter(got -> !supported.contains(got)).ifPresent(got -> {
            throw BadParameter.value(path(name), got, supported);
        });
        return value;
    }

    public String requiredText(String name) {
        String value = text(name).orElseThrow(() -> BadParameter.missing(path(name)));
        if (value.isEmpty()) {
            throw BadParameter.emptyString(path(name));
        }
        return value;
    }

    public Optional<Parameters> object(String name) {
        JsonNode value = raw(name);
        return value.isMissingNode() ? Optional.empty() : Optional.of(of(value, path(name)));
    }
}
