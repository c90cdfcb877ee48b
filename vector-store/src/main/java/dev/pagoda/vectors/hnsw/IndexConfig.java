package dev.pagoda.vectors.hnsw;

/// What an index holds and how.
///
/// @param dimensions 1 to 65,536
/// @param parameters of the graph
public record IndexConfig(
        int dimensions, Metric metric, ElementType elements, Layout layout, HnswParameters parameters) {
    static final int MAX_DIMENSIONS = 65_536;

    public IndexConfig {
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw new IllegalArgumentException("dimensions " + dimensions + " are not from 1 to " + MAX_DIMENSIONS);
        }
    }

    /// Whether edge codes are kept.
    boolean hasCodes() {
        return layout == Layout.FAST && metric != Metric.MANHATTAN && elements == ElementType.FLOAT32;
    }

    /// Whether nodes are linked.
    boolean hasLinks() {
        return layout != Layout.FLAT;
    }

    /// Slots of a node's links on the lowest layer.
    int slots() {
        int most = 2 * parameters.m();
        return switch (layout) {
            case FAST -> hasCodes() ? (most + 31) / 32 * 32 : most;
            case COMPACT -> Math.max(2, most * 7 / 8);
            case CODES -> Math.max(2, parameters.m() * 7 / 8);
            case FLAT -> 1;
        };
    }

    /// @throws IllegalArgumentException if `values` has another length than `dimensions` or holds NaN or
    ///     infinity
    public static void requireVector(float[] values, int dimensions) {
        if (values.length != dimensions) {
            throw new IllegalArgumentException(
                    "Vector dimension error: expected dim: " + dimensions + ", got " + values.length);
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException("vector value " + values[i] + " at " + i + " is not finite");
            }
        }
    }
}
