package dev.pagoda.deploy.bench;

import java.util.Objects;

/// A set in memory.
///
/// @param truth rows by query, nearest first
record LiveData(String name, Metric metric, float[][] base, float[][] queries, int[][] truth) {
    static LiveData read(VectorSet set) {
        return new LiveData(
                set.name(),
                set.metric(),
                VectorFile.readFloats(set.baseFile()),
                VectorFile.readFloats(set.queryFile()),
                Objects.requireNonNull(set.truths().get(ResultTag.ALL)));
    }

    double cost(int query, int row) {
        return GroundTruth.cost(metric, queries[query], base[row]);
    }
}
