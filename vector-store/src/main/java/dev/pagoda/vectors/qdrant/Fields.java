package dev.pagoda.vectors.qdrant;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Checked looks into a JSON object that was read whole, as configurations are.
///
/// @param map  the object
/// @param path where it is in the body, empty for the body itself
record Fields(Map<?, ?> map, String path) {

    static Fields of(@Nullable Object value, String path) {
        if (value instanceof Map<?, ?> map) {
            return new Fields(map, path);
        }
        throw Faults.format("expected an object" + (path.isEmpty() ? "" : " for " + path) + ", got " + value);
    }

    @Nullable
    Object get(String key) {
        return map.get(key);
    }

    boolean has(String key) {
        return map.get(key) != null;
    }

    /// An object below, empty if absent.
    Fields below(String key) {
        return has(key) ? of(get(key), at(key)) : new Fields(Map.of(), at(key));
    }

    String text(String key) {
        Object value = get(key);
        if (value instanceof String text) {
            return text;
        }
        throw Faults.format(value == null ? "missing field `" + at(key) + "`" : "expected a string for " + at(key));
    }

    /// A whole number, `absent` if it is not there.
    int number(String key, int absent, int least, int most) {
        Object value = get(key);
        if (value == null) {
            return absent;
        }
        if (!(value instanceof Long number) || number < 0) {
            throw Faults.format("invalid value: `" + value + "`, expected an unsigned integer for " + at(key));
        }
        if (number < least || number > most) {
            String demand = most == Integer.MAX_VALUE
                    ? "must be " + least + " or larger"
                    : "must be from " + least + " to " + most;
            throw Faults.validation(at(key), number, demand);
        }
        return number.intValue();
    }

    /// A number, which may be absent.
    void fraction(String key, double least, double most) {
        Object value = get(key);
        if (value == null) {
            return;
        }
        if (!(value instanceof Number number)) {
            throw Faults.format("invalid value: `" + value + "`, expected a number for " + at(key));
        }
        if (!(number.doubleValue() >= least && number.doubleValue() <= most)) {
            throw Faults.validation(at(key), number, "must be from " + least + " to " + most);
        }
    }

    /// Checks that a value is a boolean or absent.
    void flag(String key) {
        if (has(key) && !(get(key) instanceof Boolean)) {
            throw Faults.format("invalid value: `" + get(key) + "`, expected a boolean for " + at(key));
        }
    }

    /// Refuses a value for something that is not built; null, `{}` and `false` ask for nothing.
    void refuse(String key) {
        Object value = get(key);
        boolean asksNothing = value == null
                || value.equals(false)
                || (value instanceof Map<?, ?> object && object.isEmpty())
                || (value instanceof List<?> list && list.isEmpty());
        if (!asksNothing) {
            throw Faults.unsupported("`" + at(key) + "`");
        }
    }

    private String at(String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
