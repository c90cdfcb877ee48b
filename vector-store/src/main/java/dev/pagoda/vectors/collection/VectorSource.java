package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;

/// Where the vectors of ids are.
interface VectorSource {
    /// The vector that a point has in a field.
    ///
    /// @throws dev.pagoda.governance.bus.Refused if there is no such point, field or vector
    VectorValue vector(String field, PointId id);

    /// For queries that look into no other collection.
    static VectorSource none(String other) {
        throw Refusals.otherCollectionNotFound(other);
    }
}
