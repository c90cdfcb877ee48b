package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Payloads;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.VectorValue;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a writer asks for. Several changes of one request happen together, each seeing those before it.
public sealed interface Change {

    /// Which points of an upsert are written.
    enum Mode {
        UPSERT,
        INSERT_ONLY,
        UPDATE_ONLY
    }

    /// Stores whole points.
    ///
    /// @param updateFilter points that are there and do not match are left alone
    record Upsert(List<Point> points, Mode mode, Filter updateFilter) implements Change {
        public Upsert {
            points = List.copyOf(points);
        }
    }

    record Delete(Selector selector) implements Change {}

    /// Merges keys into the payload, or into the map at `key`; a null value takes the key away.
    record SetPayload(
            Map<String, @Nullable Object> payload,
            Selector selector,
            @Nullable KeyPath key) implements Change {
        public SetPayload {
            payload = Payloads.freeze(payload);
        }
    }

    /// Replaces the payload, or the value at `key`.
    record OverwritePayload(
            Map<String, @Nullable Object> payload,
            Selector selector,
            @Nullable KeyPath key) implements Change {
        public OverwritePayload {
            payload = Payloads.freeze(payload);
        }
    }

    record DeletePayload(List<KeyPath> keys, Selector selector) implements Change {
        public DeletePayload {
            keys = List.copyOf(keys);
        }
    }

    record ClearPayload(Selector selector) implements Change {}

    /// Replaces the vectors that are given and leaves the others.
    record UpdateVectors(List<PointVectors> points, Filter updateFilter) implements Change {
        public UpdateVectors {
            points = List.copyOf(points);
        }
    }

    record DeleteVectors(List<String> names, Selector selector) implements Change {
        public DeleteVectors {
            names = List.copyOf(names);
        }
    }

    /// Whether memory or disk may be short afterwards.
    default boolean needsRoom() {
        return switch (this) {
            case Upsert _, SetPayload _, OverwritePayload _, UpdateVectors _ -> true;
            case Delete _, DeletePayload _, ClearPayload _, DeleteVectors _ -> false;
        };
    }

    /// Vectors of a point by field.
    record PointVectors(PointId id, Map<String, VectorValue> vectors) {
        public PointVectors {
            vectors = Map.copyOf(vectors);
        }
    }
}
