package dev.pagoda.vectors.collection;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// A point with the score that a query gave it.
///
/// @param orderValue what it was ordered by, null if it was not
record Ranked(StoredPoint point, float score, @Nullable Number orderValue) {
    private static final Comparator<Ranked> BY_ID =
            Comparator.comparing(ranked -> ranked.point().id());

    Ranked(StoredPoint point, float score) {
        this(point, score, null);
    }

    /// Best first, ties by ascending id.
    static Comparator<Ranked> order(boolean higherIsBetter) {
        Comparator<Ranked> ascending = (a, b) -> Float.compare(a.score, b.score);
        return (higherIsBetter ? ascending.reversed() : ascending).thenComparing(BY_ID);
    }
}
