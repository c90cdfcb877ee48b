package dev.pagoda.deploy.bench;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;

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

    /// The same set with its rows in another order, decided by the seed.
    LiveData shuffled(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[][] rows = base.clone();
        int[] olds = new int[rows.length];
        Arrays.setAll(olds, i -> i);
        for (int i = rows.length - 1; i > 0; i--) {
            int chosen = random.nextInt(i + 1);
            int old = olds[chosen];
            olds[chosen] = olds[i];
            olds[i] = old;
        }
        int[] news = new int[rows.length];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = base[olds[i]];
            news[olds[i]] = i;
        }
        int[][] renumbered = Arrays.stream(truth)
                .map(row -> Arrays.stream(row).map(old -> news[old]).toArray())
                .toArray(int[][]::new);
        return new LiveData(name, metric, rows, queries, renumbered);
    }

    double cost(int query, int row) {
        return GroundTruth.cost(metric, queries[query], base[row]);
    }
}
