package dev.pagoda.vectors.api;

import org.jspecify.annotations.Nullable;

/// An order of points by the values of a key; a point comes once for each of them.
///
/// @param startFrom the first value wanted, itself included: a number (`Long`, `Double`), or a date and
///     time in text;
///     null = from the end of the order
public record OrderBy(
        KeyPath key, boolean isDescending, @Nullable Object startFrom) {
    public OrderBy {
        if (startFrom != null
                && !(startFrom instanceof Long)
                && !(startFrom instanceof Double)
                && !(startFrom instanceof String)) {
            throw new IllegalArgumentException("start_from " + startFrom + " is neither a number nor a date");
        }
    }
}
