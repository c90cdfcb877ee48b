package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is written to the log and applied: decided, so that it gives the same result at every replay.
sealed interface Operation {

    /// Whole points; vectors are normalised and texts are sparse vectors already.
    record Put(List<Point> points) implements Operation {}

    /// New payloads of points whose vectors stay.
    record SetPayloads(List<PointId> ids, List<Map<String, @Nullable Object>> payloads) implements Operation {}

    record Remove(List<PointId> ids) implements Operation {}

    record Configure(CollectionConfig config) implements Operation {}
}
