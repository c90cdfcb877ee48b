package dev.pagoda.gateway.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/// Writes JSON that keeps a schema, filled from what a text states where it states something fitting.
///
/// The same schema, facts and seed give the same JSON. What is written is checked before it is given away; a schema
/// that no attempt keeps is a [SchemaFault]. Values are bounded in depth and number. Not for event loops: a check of a
/// large schema takes milliseconds.
public final class SchemaWriter {
    private static final int ATTEMPTS = 6;
    private static final int MAX_DEPTH = 24;
    private static final int MAX_NODES = 5_000;
    /// Below this depth nothing optional is written.
    private static final int LAVISH_DEPTH = 6;

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final JsonNode root;
    private final Facts facts;
    private final SplittableRandom random;
    private final Scalars scalars;
    private final boolean isLavish;
    private int nodes;

    private SchemaWriter(JsonNode root, Facts facts, long seed, int skippedNames, boolean isLavish) {
        this.root = root;
        this.facts = facts;
        this.random = new SplittableRandom(seed);
        this.scalars = new Scalars(facts, random, skippedNames);
        this.isLavish = isLavish;
    }

    /// @param skippedNames how many of the text's names are passed over, for one call after the other
    /// @throws SchemaFault if it is no schema, or nothing was found that keeps it
    public static JsonNode write(JsonNode schema, Facts facts, long seed, int skippedNames) {
        SchemaCheck check = SchemaCheck.of(schema);
        Optional<String> fault = Optional.empty();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            JsonNode written;
            try {
                boolean isLavish = attempt < ATTEMPTS / 2;
                written = new SchemaWriter(schema, facts, seed + attempt, skippedNames, isLavish).value(schema, "", 0);
            } catch (StackOverflowError deep) {
                throw new SchemaFault("the schema is nested too deeply");
            }
            fault = check.fault(written);
            if (fault.isEmpty()) {
                return written;
            }
        }
        throw new SchemaFault("no value was found that keeps the schema: " + fault.orElse(""));
    }

    /// A text that a regular expression matches.
    ///
    /// @throws SchemaFault if none was found
    public static String matching(String pattern, long seed) {
        return Scalars.matching(pattern, new SplittableRandom(seed));
    }

    private JsonNode value(JsonNode given, String name, int depth) {
        if (++nodes > MAX_NODES || depth > MAX_DEPTH) {
            throw new SchemaFault(
                    "a value of the schema has no end within " + MAX_DEPTH + " levels and " + MAX_NODES + " nodes");
        }
        JsonNode schema = resolve(given);
        if (!schema.isObject()) {
            return JSON.textNode(scalars.plain(name));
        }
        if (schema.has("const")) {
            return schema.get("const");
        }
        if (schema.path("enum").isArray() && !schema.path("enum").isEmpty()) {
            return chosen(schema.get("enum"), name);
        }
        for (String either : List.of("anyOf", "oneOf")) {
            JsonNode branches = schema.path(either);
            if (branches.isArray() && !branches.isEmpty()) {
                return value(merged(schema, branch(branches, depth), either), name, depth + 1);
            }
        }
        JsonNode all = schema.path("allOf");
        if (all.isArray() && !all.isEmpty()) {
            JsonNode merged = without(schema, "allOf");
            for (JsonNode part : all) {
                merged = merged(merged, resolve(part), "");
            }
            return value(merged, name, depth + 1);
        }
        return switch (type(schema, name)) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, name, depth);
            case "integer" -> scalars.integer(schema, name);
            case "number" -> scalars.number(schema, name);
            case "boolean" -> JSON.booleanNode(scalars.flag(name));
            case "null" -> JSON.nullNode();
            default -> JSON.textNode(scalars.text(schema, name));
        };
    }

    private JsonNode chosen(JsonNode values, String name) {
        Optional<String> stated = facts.statedOf(name);
        for (JsonNode value : values) {
            if (value.isTextual()
                    && stated.filter(said -> said.equalsIgnoreCase(value.textValue()))
                            .isPresent()) {
                return value;
            }
        }
        for (JsonNode value : values) {
            if (value.isTextual() && facts.mentions(value.textValue())) {
                return value;
            }
        }
        return values.get(random.nextInt(values.size()));
    }

    /// The branch that says most; the simplest where the value is deep already.
    private JsonNode branch(JsonNode branches, int depth) {
        List<JsonNode> resolved = new ArrayList<>();
        branches.forEach(branch -> resolved.add(resolve(branch)));
        List<JsonNode> telling = resolved.stream()
                .filter(branch -> !"null".equals(branch.path("type").asText()))
                .toList();
        if (telling.isEmpty() || (!isLavish && telling.size() < resolved.size())) {
            return resolved.stream()
                    .filter(branch -> "null".equals(branch.path("type").asText()))
                    .findFirst()
                    .orElse(resolved.getFirst());
        }
        if (depth >= LAVISH_DEPTH || !isLavish) {
            List<JsonNode> simple = telling.stream()
                    .sorted(Comparator.comparingInt(branch -> branch.toString().length()))
                    .toList();
            if (telling.size() < resolved.size()) {
                return JSON.objectNode().put("type", "null");
            }
            return simple.get(depth >= LAVISH_DEPTH ? 0 : random.nextInt(simple.size()));
        }
        return telling.get(random.nextInt(telling.size()));
    }

    private String type(JsonNode schema, String name) {
        JsonNode type = schema.path("type");
        if (type.isArray()) {
            var types = new ArrayList<String>();
            type.forEach(one -> types.add(one.asText()));
            types.remove("null");
            if (types.isEmpty()) {
                return "null";
            }
            return types.get(random.nextInt(types.size()));
        }
        if (type.isTextual()) {
            return type.textValue();
        }
        if (schema.has("properties") || schema.has("required") || schema.has("additionalProperties")) {
            return "object";
        }
        if (schema.has("items") || schema.has("prefixItems")) {
            return "array";
        }
        boolean isNumeric = schema.has("minimum") || schema.has("maximum") || schema.has("multipleOf");
        boolean isRoot = name.isEmpty() && !schema.has("pattern") && !schema.has("format");
        return isNumeric ? "number" : isRoot ? "object" : "string";
    }

    private ObjectNode object(JsonNode schema, int depth) {
        ObjectNode object = JSON.objectNode();
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asText()));
        int most = schema.path("maxProperties").asInt(Integer.MAX_VALUE);
        for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
            boolean isNeeded = required.remove(property.getKey());
            boolean isTold = isLavish && depth < LAVISH_DEPTH && facts.mentions(property.getKey());
            boolean isFew = isLavish
                    && depth < 2
                    && required.isEmpty()
                    && schema.path("required").isEmpty();
            if (isNeeded || ((isTold || isFew) && object.size() < most && !isEndless(property.getValue(), depth))) {
                object.set(property.getKey(), value(property.getValue(), property.getKey(), depth + 1));
            }
        }
        JsonNode others = schema.path("additionalProperties");
        for (String name : required) {
            object.set(name, value(others.isObject() ? others : JSON.objectNode(), name, depth + 1));
        }
        int least = schema.path("minProperties").asInt(0);
        boolean isMap =
                isLavish && others.isObject() && schema.path("properties").isEmpty() && least == 0 && depth < 4;
        for (int i = 0; object.size() < Math.min(Math.max(least, isMap ? 1 : 0), 100); i++) {
            String name = i < facts.names().size() ? facts.names().get(i) : "key" + (i + 1);
            object.set(name, value(others.isObject() ? others : JSON.objectNode(), name, depth + 1));
        }
        return object;
    }

    /// Whether an optional property leads back to where it is.
    private boolean isEndless(JsonNode property, int depth) {
        return depth > 0 && property.toString().contains("\"$ref\"");
    }

    private ArrayNode array(JsonNode schema, String name, int depth) {
        ArrayNode array = JSON.arrayNode();
        for (JsonNode item : schema.path("prefixItems")) {
            array.add(value(item, name, depth + 1));
        }
        JsonNode items = schema.path("items");
        int least = Math.min(schema.path("minItems").asInt(0), MAX_NODES);
        int most = schema.path("maxItems").asInt(Integer.MAX_VALUE);
        boolean ofTexts = "string".equals(resolve(items).path("type").asText());
        int told = ofTexts ? Math.min(3, facts.names().size()) : 1;
        int natural = isLavish && depth < LAVISH_DEPTH ? Math.max(1, told) : 0;
        int wanted = Math.min(Math.max(least, natural), most);
        boolean isUnique = schema.path("uniqueItems").asBoolean(false);
        if (items.isBoolean() && !items.booleanValue()) {
            return array;
        }
        var seen = new HashSet<JsonNode>();
        array.forEach(seen::add);
        for (int tries = 0; array.size() < wanted && tries < wanted + 100; tries++) {
            JsonNode item = value(items.isMissingNode() ? JSON.objectNode() : items, singular(name), depth + 1);
            if (!isUnique || seen.add(item)) {
                array.add(item);
            }
        }
        return array;
    }

    private static String singular(String name) {
        return name.endsWith("s") && name.length() > 3 ? name.substring(0, name.length() - 1) : name;
    }

    private JsonNode resolve(JsonNode schema) {
        JsonNode at = schema;
        for (int hops = 0; at.path("$ref").isTextual(); hops++) {
            String reference = at.path("$ref").textValue();
            if (!reference.startsWith("#") || hops > MAX_DEPTH) {
                throw new SchemaFault("the reference '" + reference + "' cannot be followed");
            }
            JsonNode target = reference.length() == 1 ? root : root.at(reference.substring(1));
            if (target.isMissingNode()) {
                throw new SchemaFault("the reference '" + reference + "' leads nowhere");
            }
            at = at.size() > 1 ? merged(without(at, "$ref"), target, "") : target;
        }
        return at;
    }

    private static JsonNode without(JsonNode schema, String name) {
        ObjectNode copy = schema.deepCopy();
        copy.remove(name);
        return copy;
    }

    /// Both schemas at once, the second's words first where they differ.
    private static JsonNode merged(JsonNode schema, JsonNode other, String dropped) {
        if (!other.isObject()) {
            return dropped.isEmpty() ? schema : without(schema, dropped);
        }
        ObjectNode both = schema.deepCopy();
        both.remove(dropped);
        for (Map.Entry<String, JsonNode> entry : other.properties()) {
            JsonNode present = both.get(entry.getKey());
            if (present instanceof ObjectNode mine && entry.getValue() instanceof ObjectNode theirs) {
                ObjectNode joined = mine.deepCopy();
                joined.setAll(theirs);
                both.set(entry.getKey(), joined);
            } else if (present instanceof ArrayNode mine && entry.getKey().equals("required")) {
                ArrayNode joined = mine.deepCopy();
                entry.getValue().forEach(joined::add);
                both.set(entry.getKey(), joined);
            } else {
                both.set(entry.getKey(), entry.getValue());
            }
        }
        return both;
    }
}
