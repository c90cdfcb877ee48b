package dev.pagoda.vectors.api;

import java.util.List;

/// Asks to store points, each replacing the whole point with its id. All are stored or none.
public record UpsertPoints(String collection, List<Point> points) {
    /// Points in one batch.
    public static final int MAX_POINTS = 100_000;

    public UpsertPoints {
        points = List.copyOf(points);
        if (points.size() > MAX_POINTS) {
            throw new IllegalArgumentException(points.size() + " points are more than " + MAX_POINTS);
        }
    }
}
