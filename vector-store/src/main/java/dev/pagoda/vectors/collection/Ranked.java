package dev.pagoda.vectors.collection;

import java.util.Comparator;

/// A point with the score that a query gave it.
record Ranked(StoredPoint point, float score) {
    private static final Comparator<Ranked> BY_ID =
            Comparator.comparing(ranked -> ranked.point().id());

    /// Best first, ties by ascending id.
    static Comparator<Ranked> order(boolean higherIsBetter) {
        Comparator<Ranked> ascending = (a, b) -> Float.compare(a.score, b.score);
        return (higherIsBetter ? ascending.reversed() : ascending).thenComparing(BY_ID);
    }
}
