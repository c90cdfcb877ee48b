package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.PointId;
import java.util.HashMap;
import java.util.Map;

/// Copies the living points of one generation into another, by one thread, while the first still changes.
final class Copying {
    private final Generation old;
    private final Generation fresh;

    /// What the copy of a point was made from.
    private final Map<PointId, StoredPoint> origins = new HashMap<>();

    /// @param fresh empty, used by nobody else yet
    Copying(Generation old, Generation fresh) {
        this.old = old;
        this.fresh = fresh;
    }

    Generation fresh() {
        return fresh;
    }

    void copyAll() {
        for (StoredPoint point : old.ids().values()) {
            copy(point.id());
        }
    }

    /// Makes a point's copy what the point is now; removes it if the point is gone.
    void copy(PointId id) {
        // the point may die while it is copied; it must stay in its slot meanwhile
        try (Reading reading = new Reading(old, () -> 0, () -> Long.MIN_VALUE)) {
            copyFrom(reading.generation(), id);
        }
        fresh.settle();
    }

    private void copyFrom(Generation source, PointId id) {
        StoredPoint point = source.ids().get(id);
        StoredPoint copied = fresh.ids().get(id);
        if (point == null) {
            fresh.remove(0, id);
            origins.remove(id);
        } else if (copied != null && origins.get(id) == point) {
            fresh.setContent(copied, point.content());
        } else {
            fresh.adopt(point, source);
            origins.put(id, point);
        }
    }
}
