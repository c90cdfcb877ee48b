package dev.pagoda.vectors.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One point found, whole. The arrays in `vectors` are copies that the reader may keep.
///
/// @param version    sequence number of the last change of the point
/// @param score      as [Distance] says; 0 where nothing was ranked
/// @param vectors    empty unless asked for
/// @param orderValue what the point was ordered by (a `Long`, of a date microseconds since 1970, or a
///     `Double`); null where it was not
public record Hit(
        PointId id,
        long version,
        float score,
        Map<String, @Nullable Object> payload,
        Map<String, VectorValue> vectors,
        @Nullable Number orderValue) {
    /// A hit that no payload value ordered.
    public Hit(
            PointId id,
            long version,
            float score,
            Map<String, @Nullable Object> payload,
            Map<String, VectorValue> vectors) {
        this(id, version, score, payload, vectors, null);
    }
}
