package dev.pagoda.vectors.api;

/// How the graph over a dense field is built.
///
/// @param m                   links of a node, at least 0; 0 builds no graph, so that every search is exact
/// @param efConstruction      breadth of the search that places a node, at least 4
/// @param fullScanThresholdKb matching vectors up to this many kilobytes are scored one by one, at least 10
public record HnswConfig(int m, int efConstruction, int fullScanThresholdKb) {
    /// Qdrant's own defaults.
    public static final HnswConfig DEFAULT = new HnswConfig(16, 100, 10_000);

    public HnswConfig {
        if (m < 0) {
            throw new IllegalArgumentException("m " + m + " is below 0");
        }
        if (efConstruction < 4) {
            throw new IllegalArgumentException("efConstruction " + efConstruction + " is below 4");
        }
        if (fullScanThresholdKb < 10) {
            throw new IllegalArgumentException("full scan threshold " + fullScanThresholdKb + " KB is below 10");
        }
    }

    /// The number of vectors of `dimensions` floats that the threshold stands for, at least 1.
    public int fullScanVectors(int dimensions) {
        return Math.clamp(fullScanThresholdKb * 1024L / (dimensions * (long) Float.BYTES), 1, Integer.MAX_VALUE);
    }
}
