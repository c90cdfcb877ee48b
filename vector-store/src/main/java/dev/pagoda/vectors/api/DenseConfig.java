package dev.pagoda.vectors.api;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A field of dense vectors.
///
/// @param size     dimensions, 1 to 65,536
/// @param isMulti  whether a point has a list of vectors here, which are compared by `max_sim`: the sum over
///     the query's vectors of the best that any of the point's comes to
/// @param settings what else was said of the field, in Qdrant's words: `hnsw_config` and `quantization_config`
///     count before those of the collection, `on_disk`, `memory`, `datatype` and `multivector_config` are told
///     again as they were given
public record DenseConfig(
        int size, Distance distance, Datatype datatype, boolean isMulti, Map<String, @Nullable Object> settings) {
    /// As in Qdrant 1.19.
    public static final int MAX_SIZE = 65_536;

    public DenseConfig {
        if (size < 1 || size > MAX_SIZE) {
            throw new IllegalArgumentException("vector size " + size + " is not from 1 to " + MAX_SIZE);
        }
        Objects.requireNonNull(distance, "distance");
        Objects.requireNonNull(datatype, "datatype");
        settings = Payloads.freeze(settings);
    }

    /// One vector of 32-bit floats a point.
    public DenseConfig(int size, Distance distance) {
        this(size, distance, Datatype.FLOAT32, false, Map.of());
    }

    public DenseConfig withSettings(Map<String, @Nullable Object> other) {
        return new DenseConfig(size, distance, datatype, isMulti, other);
    }

    /// Whether vectors that fit one of the two are the same in the other.
    public boolean hasSameVectors(DenseConfig other) {
        return size == other.size
                && distance == other.distance
                && datatype == other.datatype
                && isMulti == other.isMulti;
    }

    /// How the graph over the field is built in a collection that says `common`.
    public HnswConfig hnsw(HnswConfig common) {
        return settings.get("hnsw_config") instanceof Map<?, ?> own
                ? new HnswConfig(
                        number(own.get("m"), common.m()),
                        number(own.get("ef_construct"), common.efConstruction()),
                        number(own.get("full_scan_threshold"), common.fullScanThresholdKb()))
                : common;
    }

    /// Whether the caller would rather have the vectors out of memory.
    public boolean isOnDisk() {
        return Boolean.TRUE.equals(settings.get("on_disk")) || "cold".equals(settings.get("memory"));
    }

    private static int number(@Nullable Object given, int common) {
        return given instanceof Long number ? Math.toIntExact(number) : common;
    }
}
