package dev.pagoda.gateway.cassette;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/// JSON in one form, whatever the order of its fields was, and where two of them differ.
final class CanonicalJson {
    private static final int MAX_LEAVES = 20_000;

    private CanonicalJson() {}

    /// The same with all fields in the order of their names.
    static JsonNode of(JsonNode node) {
        if (node.isObject()) {
            var sorted = new TreeMap<String, JsonNode>();
            node.properties().forEach(field -> sorted.put(field.getKey(), of(field.getValue())));
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            sorted.forEach(object::set);
            return object;
        }
        if (node.isArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode(node.size());
            node.forEach(item -> array.add(of(item)));
            return array;
        }
        return node;
    }

    /// How two requests differ.
    ///
    /// @param count of places
    /// @param first of them, empty when there is none
    record Difference(int count, String first) {}

    static Difference between(JsonNode recorded, JsonNode asked) {
        Map<String, String> left = leaves(recorded);
        Map<String, String> right = leaves(asked);
        int count = 0;
        String first = "";
        var places = new TreeMap<>(left);
        places.putAll(right);
        for (String place : places.keySet()) {
            String was = left.getOrDefault(place, "absent");
            String is = right.getOrDefault(place, "absent");
            if (!was.equals(is)) {
                count++;
                first = first.isEmpty() ? place + ": recorded " + cut(was) + ", asked " + cut(is) : first;
            }
        }
        return new Difference(count, first);
    }

    private static String cut(String text) {
        return text.length() <= 120 ? text : text.substring(0, 120) + "...";
    }

    private static Map<String, String> leaves(JsonNode node) {
        var leaves = new TreeMap<String, String>();
        collect(node, "", leaves);
        return leaves;
    }

    private static void collect(JsonNode node, String path, Map<String, String> leaves) {
        if (leaves.size() >= MAX_LEAVES) {
            return;
        }
        if (node.isObject() && !node.isEmpty()) {
            node.properties()
                    .forEach(field -> collect(
                            field.getValue(), path.isEmpty() ? field.getKey() : path + "." + field.getKey(), leaves));
        } else if (node.isArray() && !node.isEmpty()) {
            for (int i = 0; i < node.size(); i++) {
                collect(node.get(i), path + "[" + i + "]", leaves);
            }
        } else {
            leaves.put(path, node.toString());
        }
    }
}
