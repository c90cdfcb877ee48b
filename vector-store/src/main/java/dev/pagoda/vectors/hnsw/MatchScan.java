package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.Rows;
import dev.pagoda.vectors.quant.Sketches;
import org.jspecify.annotations.Nullable;

/// Compares a query with the nodes that a filter accepts. Where there are sketches, only nodes whose bound by
/// the sketch is not above the worst of the best found are compared.
final class MatchScan {
    /// Nodes whose bounds are taken at a time.
    private static final int CHUNK = 2048;

    /// In the place of a node that was compared already.
    private static final int COMPARED = -1;

    /// As long as nothing was compared, so many of the least bounds for one that is wanted are compared first.
    private static final int AT_FIRST = 2;

    /// Nodes compared at a time.
    private static final int BATCH = 64;

    /// The relative error of a float's upper half, and how many standard deviations of the sum of such errors
    /// are allowed for.
    private static final float ROUNDING = 0x1.0p-9f;

    private static final float DEVIATIONS = 4;

    private final Rows rows;
    private final Measure measure;
    private final float[] query;
    private final Sketches.@Nullable Query sketch;
    private final int k;
    private final float greatestNorm;
    private final float norm;
    private final float error;
    private final ScoredNodes best = new ScoredNodes();
    private final int[] batch = new int[BATCH];
    private final float[] computed = new float[BATCH];
    private int batched;
    private int computations;
    private int estimated;

    /// The distance of the worst of the `k` best.
    private float worst = Float.POSITIVE_INFINITY;

    /// @param sketch       null to compare with every node
    /// @param greatestNorm of the rows, for the dot product
    MatchScan(Rows rows, Measure measure, float[] query, Sketches.@Nullable Query sketch, int k, float greatestNorm) {
        this.rows = rows;
        this.measure = measure;
        this.query = query;
        this.sketch = sketch;
        this.k = k;
        this.greatestNorm = greatestNorm;
        this.norm = norm(query, measure);
        float spread = Math.min(1, DEVIATIONS / (float) Math.sqrt(query.length));
        this.error = rows.isNearExact() ? 0 : ROUNDING * spread;
    }

    /// The length of a vector by the norm that belongs to the measure.
    private static float norm(float[] vector, Measure measure) {
        double sum = 0;
        for (float value : vector) {
            sum += measure == Measure.MANHATTAN ? Math.abs(value) : (double) value * value;
        }
        return (float) (measure == Measure.MANHATTAN ? sum : Math.sqrt(sum));
    }

    /// How much less a distance may be than [Rows#near] says.
    private float margin(float distance) {
        return switch (measure) {
            case DOT -> error * norm * greatestNorm;
            case MANHATTAN -> error * (norm + distance);
            case SQUARED_L2 -> {
                float length = (float) Math.sqrt(distance);
                yield 2 * error * length * (norm + length);
            }
        };
    }

    /// Looks at the live nodes of a set.
    ///
    /// @param end nodes from here on are left out
    void run(NodeSet matches, NodeBits live, int end) {
        Chunk chunk = new Chunk(Math.min(CHUNK, Math.max(1, matches.size())));
        int words = Math.min(matches.words(), (end + 63) >>> 6);
        for (int word = 0; word < words; word++) {
            long left = matches.word(word) & live.word(word);
            for (; left != 0; left &= left - 1) {
                int node = (word << 6) + Long.numberOfTrailingZeros(left);
                if (node >= end) {
                    break;
                }
                chunk.nodes[chunk.count++] = node;
                if (chunk.count == chunk.nodes.length) {
                    look(chunk);
                    chunk.count = 0;
                }
            }
        }
        look(chunk);
    }

    /// Nodes and their bounds.
    private static final class Chunk {
        private final int[] nodes;
        private final float[] bounds;
        private int count;

        private Chunk(int length) {
            nodes = new int[length];
            bounds = new float[length];
        }

        /// Leaves out the nodes whose bound is above a distance.
        private void keepUpTo(float distance) {
            int kept = 0;
            for (int i = 0; i < count; i++) {
                float bound = bounds[i];
                // always written, so that chance decides no branch
                nodes[kept] = nodes[i];
                bounds[kept] = bound;
                kept += bound > distance && bound <= Float.MAX_VALUE ? 0 : 1;
            }
            count = kept;
        }
    }

    private void look(Chunk chunk) {
        if (sketch == null) {
            for (int i = 0; i < chunk.count; i++) {
                add(chunk.nodes[i]);
            }
            compare();
            return;
        }
        estimated += chunk.count;
        sketch.bounds(chunk.nodes, chunk.count, chunk.bounds);
        chunk.keepUpTo(worst);
        if (best.size() < k) {
            ScoredNodes least = new ScoredNodes();
            for (int i = 0; i < chunk.count; i++) {
                least.offer(ScoredNodes.key(-chunk.bounds[i], i), AT_FIRST * k);
            }
            for (long key : least.drainDescending()) {
                int i = ScoredNodes.node(key);
                add(chunk.nodes[i]);
                chunk.nodes[i] = COMPARED;
            }
            compare();
            chunk.keepUpTo(worst);
        }
        for (int i = 0; i < chunk.count; i++) {
            if (chunk.nodes[i] != COMPARED) {
                add(chunk.nodes[i]);
            }
        }
        compare();
    }

    private void add(int node) {
        batch[batched++] = node;
        if (batched == BATCH) {
            compare();
        }
    }

    private void compare() {
        rows.near(measure, query, batch, 0, batched, computed);
        for (int i = 0; i < batched; i++) {
            float distance = measure == Measure.DOT ? -computed[i] : computed[i];
            // negated, so that what overflows is ranked rather than lost
            if (!(distance - margin(distance) > worst)) {
                rank(batch[i], error == 0 ? computed[i] : rows.exact(measure, query, batch[i]));
            }
        }
        computations += batched;
        batched = 0;
    }

    private void rank(int node, float exact) {
        float closeness = measure == Measure.DOT ? exact : -exact;
        best.offer(ScoredNodes.key(Float.isNaN(closeness) ? Float.NEGATIVE_INFINITY : closeness, node), k);
        if (best.size() == k) {
            worst = -ScoredNodes.score(best.top());
        }
    }

    /// The `k` best by rank.
    long[] best() {
        return best.drainDescending();
    }

    int estimated() {
        return estimated;
    }

    int computations() {
        return computations;
    }
}
