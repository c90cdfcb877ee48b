package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Query;
import org.jspecify.annotations.Nullable;

/// How the points that a query finds are put into groups.
///
/// @param key    where the payload says which groups a point is in: texts or whole numbers
/// @param size   points of a group, at least 1
/// @param limit  groups, at least 1; the product of both is at most 1,000,000
/// @param lookup the points that groups are named after, null = not asked for
public record Grouping(
        KeyPath key, int size, int limit, @Nullable Lookup lookup) {
    /// @param collection  where these points are
    /// @param withVectors whether they carry their vectors
    public record Lookup(String collection, boolean withVectors) {}

    public Grouping {
        if (size < 1 || limit < 1 || (long) size * limit > Query.MAX_WINDOW) {
            throw new IllegalArgumentException(limit + " groups of " + size + " points are not from 1 to "
                    + Query.MAX_WINDOW + " points together");
        }
    }
}
