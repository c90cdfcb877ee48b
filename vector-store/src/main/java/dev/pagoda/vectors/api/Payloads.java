package dev.pagoda.vectors.api;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a payload may hold: `String`, `Long`, `Double`, `Boolean`, `List`, `Map` with text keys, and `null`.
public final class Payloads {
    /// Deepest nesting of lists and maps, the same as that of Qdrant's JSON reader.
    public static final int MAX_DEPTH = 128;

    private Payloads() {}

    /// A deep, unmodifiable copy in which every integer is a `Long` and every fraction a `Double`.
    ///
    /// @throws IllegalArgumentException for a value of any other kind, NaN, infinity, text with half of a surrogate
    ///     pair, which no encoding keeps, or too deep nesting
    public static Map<String, @Nullable Object> freeze(Map<String, ? extends @Nullable Object> payload) {
        return freezeMap(payload, 1);
    }

    private static Map<String, @Nullable Object> freezeMap(Map<?, ? extends @Nullable Object> map, int depth) {
        if (map.isEmpty()) {
            return Collections.emptyMap();
        }
        requireDepth(depth);
        Map<String, @Nullable Object> copy = LinkedHashMap.newLinkedHashMap(map.size());
        map.forEach((key, value) -> {
            if (!(key instanceof String text)) {
                throw new IllegalArgumentException("payload key " + key + " is not text");
            }
            copy.put(requireWhole(text), freezeValue(value, depth));
        });
        return Collections.unmodifiableMap(copy);
    }

    private static @Nullable Object freezeValue(@Nullable Object value, int depth) {
        return switch (value) {
            case null -> null;
            case String text -> requireWhole(text);
            case Boolean flag -> flag;
            case Long number -> number;
            case Integer number -> number.longValue();
            case Short number -> number.longValue();
            case Byte number -> number.longValue();
            case Double number -> requireFinite(number);
            case Float number -> requireFinite(number.doubleValue());
            case Map<?, ?> map -> freezeMap(map, depth + 1);
            case List<?> list -> {
                requireDepth(depth + 1);
                List<@Nullable Object> copy = new ArrayList<>(list.size());
                for (Object element : list) {
                    copy.add(freezeValue(element, depth + 1));
                }
                yield Collections.unmodifiableList(copy);
            }
            default ->
                throw new IllegalArgumentException(
                        "payload value of " + value.getClass().getName()
                                + "; a payload holds text, numbers, booleans, lists, maps and null");
        };
    }

    /// Whether every surrogate of a text is in a pair, so that UTF-8 can hold it.
    public static boolean isWhole(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static String requireWhole(String text) {
        if (!isWhole(text)) {
            throw new IllegalArgumentException("payload text holds half of a surrogate pair");
        }
        return text;
    }

    private static Double requireFinite(Double number) {
        if (!Double.isFinite(number)) {
            throw new IllegalArgumentException("payload number " + number + " is not finite");
        }
        return number;
    }

    private static void requireDepth(int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("payload is nested deeper than " + MAX_DEPTH);
        }
    }
}
