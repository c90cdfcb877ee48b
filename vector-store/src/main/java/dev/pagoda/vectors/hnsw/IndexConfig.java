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

    /// Slots of a node's links on the lowest layer.
    int slots() {
        int most = 2 * parameters.m();
        return switch (layout) {
            case FAST -> hasCodes() ? (most + 31) / 32 * 32 : most;
            case COMPACT -> Math.max(2, most * 7 / 8);
            case CODES -> Math.max(2, parameters.m());
        };
    }
}
