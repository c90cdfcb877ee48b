package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.Rows;

/// Chooses neighbours that lie in different directions: Malkov and Yashunin 2018, algorithm 4
/// (https://arxiv.org/abs/1603.09320). Used by one thread at a time.
final class Selection {
    private final Rows rows;
    private final Measure measure;
    private final float[] vector;
    private int[] chosen = new int[64];
    private float[] computed = new float[64];
    private int count;

    Selection(Rows rows, Measure measure) {
        this.rows = rows;
        this.measure = measure;
        this.vector = new float[rows.dimensions()];
    }

    void begin(int most) {
        count = 0;
        if (chosen.length < most) {
            chosen = new int[most];
            computed = new float[most];
        }
    }

    /// Adds a node without asking.
    void add(int node) {
        chosen[count++] = node;
    }

    /// Adds a node if it is nearer to the base than to every node chosen before.
    ///
    /// @param toBase distance of node and base by the measure; for [Measure#DOT] the negated product
    /// @return whether it was added
    boolean offer(int node, float toBase) {
        if (count > 0) {
            rows.getNear(node, vector);
            for (int from = 0; from < count; from += 4) {
                int some = Math.min(4, count - from);
                rows.near(measure, vector, chosen, from, some, computed);
                for (int i = from; i < from + some; i++) {
                    float between = measure == Measure.DOT ? -computed[i] : computed[i];
                    if (between < toBase) {
                        // who stands in the way of one does so for others, and is asked earlier
                        int earlier = chosen[i >> 1];
                        chosen[i >> 1] = chosen[i];
                        chosen[i] = earlier;
                        return false;
                    }
                }
            }
        }
        chosen[count++] = node;
        return true;
    }

    int count() {
        return count;
    }
}
