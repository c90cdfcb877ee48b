package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.KeyPath;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The values that payloads have at paths.
public final class Values {
    private Values() {}

    /// Hands over every value at a path; the elements of a list at its end one by one.
    public static void atElements(Map<?, ?> payload, KeyPath path, Consumer<@Nullable Object> each) {
        Paths.anyElement(payload, path, value -> {
            each.accept(value);
            return false;
        });
    }
}
