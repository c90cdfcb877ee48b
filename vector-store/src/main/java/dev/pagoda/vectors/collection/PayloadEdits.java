package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.KeyPath.Step;
import dev.pagoda.vectors.api.Payloads;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// New payloads made of old ones; the old ones never change.
public final class PayloadEdits {
    /// What stands for no value, as null is one.
    private enum Absent {
        ABSENT
    }

    private PayloadEdits() {}

    /// The keys of `patch` put over those of `payload`; a null value takes the key away.
    static Map<String, @Nullable Object> merge(
            Map<String, @Nullable Object> payload, Map<String, @Nullable Object> patch) {
        Map<String, @Nullable Object> merged = new LinkedHashMap<>(payload);
        patch.forEach((key, value) -> {
            if (value == null) {
                merged.remove(key);
            } else {
                merged.put(key, value);
            }
        });
        return Payloads.freeze(merged);
    }

    static Map<String, @Nullable Object> mergeAt(
            Map<String, @Nullable Object> payload, KeyPath path, Map<String, @Nullable Object> patch) {
        return edit(payload, path, true, value -> {
            Map<String, @Nullable Object> target = new LinkedHashMap<>();
            if (value instanceof Map<?, ?> present) {
                present.forEach((key, element) -> target.put((String) key, element));
            }
            return merge(target, patch);
        });
    }

    static Map<String, @Nullable Object> replaceAt(
            Map<String, @Nullable Object> payload, KeyPath path, Map<String, @Nullable Object> value) {
        return edit(payload, path, true, _ -> value);
    }

    public static Map<String, @Nullable Object> removeAt(Map<String, @Nullable Object> payload, KeyPath path) {
        List<Step> steps = path.steps();
        List<Step> way = steps.subList(0, steps.size() - 1);
        UnaryOperator<@Nullable Object> cut = switch (steps.getLast()) {
            case Step.Key(String name) -> value -> without(value, name);
            case Step.Each() -> value -> value instanceof List<?> ? List.of() : value;
            case Step.At(int index) -> value -> without(value, index);
        };
        if (way.isEmpty()) {
            return asPayload(cut.apply(payload));
        }
        return edit(payload, new KeyPath(way), false, cut);
    }

    /// Only what the paths lead to, in its place.
    public static Map<String, @Nullable Object> keepOnly(Map<String, @Nullable Object> payload, List<KeyPath> paths) {
        Map<String, @Nullable Object> kept = new LinkedHashMap<>();
        Object found = keep(payload, paths.stream().map(KeyPath::steps).toList());
        if (found instanceof Map<?, ?> map) {
            map.forEach((key, value) -> kept.put((String) key, value));
        }
        return kept;
    }

    /// @return the part of `value` below the paths, [Absent] if there is none
    private static @Nullable Object keep(@Nullable Object value, List<List<Step>> paths) {
        if (paths.stream().anyMatch(List::isEmpty)) {
            return value;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> kept = new LinkedHashMap<>();
            map.forEach((key, element) -> {
                List<List<Step>> below =
                        below(paths, step -> step instanceof Step.Key(String name) && name.equals(key));
                Object found = below.isEmpty() ? Absent.ABSENT : keep(element, below);
                if (!(found instanceof Absent)) {
                    kept.put(key, found);
                }
            });
            return kept.isEmpty() ? Absent.ABSENT : kept;
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> kept = new ArrayList<>();
            for (int i = 0; i < list.size(); i++) {
                int index = i;
                List<List<Step>> below = below(
                        paths, step -> step instanceof Step.Each || (step instanceof Step.At(int at) && at == index));
                Object found = below.isEmpty() ? Absent.ABSENT : keep(list.get(i), below);
                if (!(found instanceof Absent)) {
                    kept.add(found);
                }
            }
            return kept.isEmpty() ? Absent.ABSENT : kept;
        }
        return Absent.ABSENT;
    }

    private static List<List<Step>> below(List<List<Step>> paths, Predicate<Step> first) {
        return paths.stream()
                .filter(path -> first.test(path.getFirst()))
                .map(path -> path.subList(1, path.size()))
                .toList();
    }

    private static Map<String, @Nullable Object> edit(
            Map<String, @Nullable Object> payload,
            KeyPath path,
            boolean create,
            UnaryOperator<@Nullable Object> change) {
        return asPayload(edit(payload, path.steps(), 0, create, change));
    }

    private static @Nullable Object edit(
            @Nullable Object value,
            List<Step> steps,
            int depth,
            boolean create,
            UnaryOperator<@Nullable Object> change) {
        if (depth == steps.size()) {
            return change.apply(value);
        }
        switch (steps.get(depth)) {
            case Step.Key(String name) -> {
                boolean isThere = value instanceof Map<?, ?> present && present.containsKey(name);
                if (!create && !isThere) {
                    return value;
                }
                Map<String, @Nullable Object> copy = new LinkedHashMap<>();
                if (value instanceof Map<?, ?> map) {
                    map.forEach((key, element) -> copy.put((String) key, element));
                }
                copy.put(name, edit(copy.get(name), steps, depth + 1, create, change));
                return copy;
            }
            case Step.At(int index) -> {
                if (!(value instanceof List<?> list) || index >= list.size()) {
                    return value;
                }
                List<@Nullable Object> copy = new ArrayList<>(list);
                copy.set(index, edit(copy.get(index), steps, depth + 1, create, change));
                return copy;
            }
            case Step.Each() -> {
                if (!(value instanceof List<?> list)) {
                    return value;
                }
                List<@Nullable Object> copy = new ArrayList<>(list);
                copy.replaceAll(element -> edit(element, steps, depth + 1, create, change));
                return copy;
            }
        }
    }

    private static @Nullable Object without(@Nullable Object value, String name) {
        if (!(value instanceof Map<?, ?> map)) {
            return value;
        }
        Map<Object, @Nullable Object> copy = new LinkedHashMap<>(map);
        copy.remove(name);
        return copy;
    }

    private static @Nullable Object without(@Nullable Object value, int index) {
        if (!(value instanceof List<?> list) || index >= list.size()) {
            return value;
        }
        List<@Nullable Object> copy = new ArrayList<>(list);
        copy.remove(index);
        return copy;
    }

    @SuppressWarnings("unchecked") // an edit of a map with text keys is one
    private static Map<String, @Nullable Object> asPayload(@Nullable Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalStateException("an edited payload is no map");
        }
        return Payloads.freeze((Map<String, @Nullable Object>) map);
    }
}
