package dev.pagoda.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The keys that a tree of records takes in a YAML file.
///
/// A record is a mapping of its components, a `List` a list, a `Map` a mapping with free keys, anything else a value.
/// Whether the values fit is not looked at here.
final class RecordKeys {
    private final Type root;

    private RecordKeys(Type root) {
        this.root = root;
    }

    static RecordKeys of(Class<? extends Record> root) {
        return new RecordKeys(root);
    }

    /// The path of the first key that no record knows.
    Optional<List<String>> unknownIn(JsonNode tree) {
        return unknown(tree, root, List.of());
    }

    /// The dotted keys of the mapping at a path that is known.
    List<String> below(List<String> path) {
        Type type = root;
        for (String step : path) {
            type = child(type, step).orElseThrow(() -> new IllegalArgumentException("no key " + path));
        }
        String prefix = path.isEmpty() ? "" : String.join(".", path) + ".";
        List<String> keys = new ArrayList<>();
        for (RecordComponent component : components(type)) {
            keys.add(prefix + component.getName());
        }
        return keys;
    }

    /// All dotted keys outside lists and maps, the outer ones first.
    List<String> all() {
        List<String> keys = new ArrayList<>();
        collect(root, "", keys);
        return keys;
    }

    private static Optional<List<String>> unknown(JsonNode node, Type type, List<String> path) {
        if (node.isObject()) {
            boolean closed = components(type).length > 0;
            for (Map.Entry<String, JsonNode> entry : node.properties()) {
                List<String> inner = with(path, entry.getKey());
                Optional<Type> child = child(type, entry.getKey());
                if (child.isEmpty() && closed) {
                    return Optional.of(inner);
                }
                Optional<List<String>> found = child.flatMap(known -> unknown(entry.getValue(), known, inner));
                if (found.isPresent()) {
                    return found;
                }
            }
        } else if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                String index = Integer.toString(i);
                JsonNode element = node.get(i);
                Optional<List<String>> found =
                        child(type, index).flatMap(known -> unknown(element, known, with(path, index)));
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /// The type of what stands under a key, or under an index of a list.
    private static Optional<Type> child(Type type, String key) {
        if (type instanceof ParameterizedType generic) {
            if (generic.getRawType() == List.class) {
                return Optional.of(generic.getActualTypeArguments()[0]);
            } else if (generic.getRawType() == Map.class) {
                return Optional.of(generic.getActualTypeArguments()[1]);
            }
        }
        for (RecordComponent component : components(type)) {
            if (component.getName().equals(key)) {
                return Optional.of(component.getGenericType());
            }
        }
        return Optional.empty();
    }

    private static void collect(Type type, String prefix, List<String> keys) {
        for (RecordComponent component : components(type)) {
            keys.add(prefix + component.getName());
        }
        for (RecordComponent component : components(type)) {
            collect(component.getGenericType(), prefix + component.getName() + ".", keys);
        }
    }

    private static RecordComponent[] components(Type type) {
        return type instanceof Class<?> each && each.isRecord() ? each.getRecordComponents() : new RecordComponent[0];
    }

    private static List<String> with(List<String> path, String step) {
        List<String> longer = new ArrayList<>(path);
        longer.add(step);
        return longer;
    }
}
