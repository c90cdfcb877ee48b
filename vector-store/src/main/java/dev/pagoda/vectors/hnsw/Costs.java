package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.quant.Rows;
import dev.pagoda.vectors.quant.Sketches;

/// What a search does most, in nanoseconds on some machine: only the ratios matter. Estimated by the cache lines
/// that are touched, most of which come from beyond the caches of one core.
///
/// @param hopNanos    following the links of a node and computing the distances of the promising ones
/// @param rowNanos    comparing a row
/// @param scanNanos   comparing a row of many in the order of their numbers, which are read ahead
/// @param sketchNanos bounding the distance of a row of many by its sketch
record Costs(double hopNanos, double rowNanos, double scanNanos, double sketchNanos) {
    private static final double LINE_BYTES = 64;

    /// @param linkInts of a node's links and codes
    static Costs of(IndexConfig config, Rows rows, int linkInts) {
        double rowLines = rows.rowBytes() / LINE_BYTES / (rows.isNearExact() ? 1 : 2);
        double rowNanos = 20 + 20 * rowLines;
        double linkLines = linkInts * Integer.BYTES / LINE_BYTES;
        double hopNanos = config.hasCodes() ? 600 + 16 * linkLines : 200 + 12 * rowNanos;
        // measured beside codes only
        double scanNanos = config.hasCodes() ? 20 + 7 * rowLines : rowNanos;
        return new Costs(hopNanos, rowNanos, scanNanos, 0.4 + config.dimensions() / 54.0);
    }

    /// Of a block of sketches, the matches for which these are read rather than the matches compared. As much again as
    /// their time, as some are compared then, too.
    int leastSketched() {
        return (int) Math.ceil(2 * Sketches.BLOCK * sketchNanos / scanNanos);
    }
}
