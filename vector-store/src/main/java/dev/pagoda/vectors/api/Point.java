package dev.pagoda.vectors.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A point to store: its vectors by name (the unnamed one under `""`) and its payload.
public record Point(PointId id, Map<String, VectorValue> vectors, Map<String, @Nullable Object> payload) {
    public Point {
        vectors = Map.copyOf(vectors);
        payload = Payloads.freeze(payload);
    }

    /// A point with one unnamed vector.
    public static Point of(PointId id, VectorValue vector, Map<String, ? extends @Nullable Object> payload) {
        return new Point(id, Map.of(VectorValue.UNNAMED, vector), Payloads.freeze(payload));
    }
}
