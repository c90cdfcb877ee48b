package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.KeyPath.Step;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Walks from a payload to the values at a path.
final class Paths {
    private Paths() {}

    /// Whether a value at the path passes; a list at the end of the path is one value.
    static boolean anyValue(Map<?, ?> payload, KeyPath path, Predicate<@Nullable Object> test) {
        return walk(payload, path.steps(), 0, test);
    }

    /// As [#anyValue], but the elements of a list at the end count one by one.
    static boolean anyElement(Map<?, ?> payload, KeyPath path, Predicate<@Nullable Object> test) {
        return walk(payload, path.steps(), 0, value -> {
            if (!(value instanceof List<?> list)) {
                return test.test(value);
            }
            for (Object element : list) {
                if (test.test(element)) {
                    return true;
                }
            }
            return false;
        });
    }

    private static boolean walk(@Nullable Object value, List<Step> steps, int depth, Predicate<@Nullable Object> test) {
        if (depth == steps.size()) {
            return test.test(value);
        }
        switch (steps.get(depth)) {
            case Step.Key(String name) -> {
                if (!(value instanceof Map<?, ?> map)) {
                    return false;
                }
                Object next = map.get(name);
                return (next != null || map.containsKey(name)) && walk(next, steps, depth + 1, test);
            }
            case Step.At(int index) -> {
                return value instanceof List<?> list
                        && index < list.size()
                        && walk(list.get(index), steps, depth + 1, test);
            }
            case Step.Each() -> {
                if (value instanceof List<?> list) {
                    for (Object element : list) {
                        if (walk(element, steps, depth + 1, test)) {
                            return true;
                        }
                    }
                }
                return false;
            }
        }
    }
}
