package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Hit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The points found whose payload has one value.
///
/// @param id     the value, a `String` or a `Long`
/// @param hits   best first
/// @param lookup the point of another collection that the group is named after; null if there is none
public record PointGroup(
        Object id, List<Hit> hits, @Nullable Hit lookup) {
    public PointGroup {
        hits = List.copyOf(hits);
    }
}
