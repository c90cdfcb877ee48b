package dev.pagoda.vectors.hnsw;

import java.util.function.IntPredicate;

/// Nearest neighbours by comparing with every row, the truth that the graph approximates.
public final class ExactScan {
    private ExactScan() {}

    /// @param end    rows `0 ... end - 1` are asked for
    /// @param k      at least 1
    /// @param accept which rows count; asked once a row, in ascending order; must be false for rows never set
    /// @throws IllegalArgumentException if the query has the wrong length or is not finite
    public static Neighbours search(FloatRows rows, Metric metric, float[] query, int k, int end, IntPredicate accept) {
        FloatRows.requireVector(query, rows.dimensions());
        if (k < 1) {
            throw new IllegalArgumentException("k " + k + " is below 1");
        }
        int dimensions = rows.dimensions();
        ScoredNodes best = new ScoredNodes();
        for (int row = 0; row < end; row++) {
            if (accept.test(row)) {
                float score = metric.similarity(query, 0, rows.chunk(row), rows.offset(row), dimensions);
                best.offer(ScoredNodes.key(score, row), k);
            }
        }
        return best.drain(k);
    }
}
