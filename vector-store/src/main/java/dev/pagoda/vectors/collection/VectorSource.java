package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;
import java.util.function.Function;

/// Where the vectors of ids are.
interface VectorSource {
    /// The vector that a point has in a field.
    ///
    /// @throws dev.pagoda.governance.bus.Refused if there is no such point, field or vector
    VectorValue vector(String field, PointId id);

    /// For queries that look into no other collection.
    static Function<String, VectorSource> none() {
        return other -> {
            throw Refusals.otherCollectionNotFound(other);
        };
    }
}
