package dev.pagoda.vectors.api;

import org.jspecify.annotations.Nullable;

/// Asks for the matching points by ascending id.
///
/// @param from  the first id that may be answered, null = the lowest
/// @param limit points of a page, 1 to 1,000,000
public record ScrollPoints(
        String collection, Filter filter, @Nullable PointId from, int limit, boolean withVectors) {
    public ScrollPoints {
        if (limit < 1 || limit > Query.MAX_WINDOW) {
            throw new IllegalArgumentException("limit " + limit + " is not from 1 to " + Query.MAX_WINDOW);
        }
    }
}
