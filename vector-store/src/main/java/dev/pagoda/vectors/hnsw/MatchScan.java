package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.Rows;
import dev.pagoda.vectors.quant.Sketches;
import java.util.List;
import java.util.Objects;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Compares a query with the nodes that a filter accepts. Where there are sketches, only nodes whose bound by
/// the sketch is not above the worst of the best found are compared.
///
/// A scan of many is cut into parts, which [SharedParts] does. Each begins with what a sample says of the worst that
/// may count, and hears nothing of the others, so that the answer does not depend on who does what when.
final class MatchScan {
    /// Nodes whose bounds are taken at a time.
    private static final int CHUNK = 2048;

    /// Where so many of a chunk of numbers match, the others are bounded with them: the processor reads ahead what is
    /// read in order, and then a sketch takes a third of what it takes among others that are left out.
    private static final int DENSE = CHUNK * 2 / 5;

    /// In the place of a node that was compared already.
    private static final int COMPARED = -1;

    /// As long as nothing was compared, so many of the least bounds for one that is wanted are compared first.
    private static final int AT_FIRST = 2;

    /// Matches that a sample has about. Of a hundred times as many, with ten wanted, as many are not left out by it.
    private static final int SAMPLE = 1024;

    /// The same where a row takes longer and what is above the worst only spares its ranking.
    private static final int ROWS_SAMPLE = 256;

    /// Nodes compared at a time.
    private static final int BATCH = 64;

    private final Rows rows;
    private final Measure measure;
    private final float[] query;
    private final Sketches.@Nullable Query sketch;
    private final int k;
    private final Rounding rounding;
    private final ScoredNodes best = new ScoredNodes();
    private final int[] batch = new int[BATCH];
    private final float[] computed = new float[BATCH];
    private int batched;
    private int computations;
    private int estimated;

    /// Sum of what was read only to have it in the cache, so that reading it is not left out.
    int touchedInts;

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
        this.rounding = Rounding.of(rows, measure, query, greatestNorm);
    }

    /// A part of a scan.
    private MatchScan(MatchScan whole) {
        this.rows = whole.rows;
        this.measure = whole.measure;
        this.query = whole.query;
        this.sketch = whole.sketch;
        this.k = whole.k;
        this.rounding = whole.rounding;
        this.worst = whole.worst;
    }

    /// Looks at the live nodes of a set.
    ///
    /// @param end nodes from here on are left out
    void run(NodeSet matches, NodeBits live, int end) {
        look(matches, live, 0, words(matches, end), 1, end);
    }

    private static int words(NodeSet matches, int end) {
        return Math.min(matches.words(), (end + 63) >>> 6);
    }

    /// Looks at the live nodes of a set in parts, with the processors that are idle.
    ///
    /// @param end       nodes from here on are left out
    /// @param parts     at least 1
    /// @param searching threads that search now, this one among them
    void run(NodeSet matches, NodeBits live, int end, int parts, IntSupplier searching) {
        int words = words(matches, end);
        int count = Math.min(parts, words);
        if (count < 2) {
            run(matches, live, end);
            return;
        }
        int sample = sketch == null ? ROWS_SAMPLE : SAMPLE;
        look(matches, live, 0, words, Math.max(1, matches.size() / sample), end);
        List<MatchScan> scans = SharedParts.Processors.ALL.run(count, searching, part -> {
            MatchScan scan = new MatchScan(this);
            int from = (int) ((long) words * part / count);
            scan.look(matches, live, from, (int) ((long) words * (part + 1) / count), 1, end);
            return scan;
        });
        join(scans);
    }

    /// Adds what parts have found; some of it was in the sample.
    private void join(List<MatchScan> scans) {
        long[] sampled = best.drainDescending();
        for (MatchScan scan : scans) {
            estimated += scan.estimated;
            computations += scan.computations;
            while (!scan.best.isEmpty()) {
                best.offer(scan.best.pop(), k);
            }
        }
        long[] found = best.drainDescending();
        for (long key : found) {
            best.push(key);
        }
        for (long key : sampled) {
            if (!has(found, ScoredNodes.node(key))) {
                best.offer(key, k);
            }
        }
    }

    private static boolean has(long[] keys, int node) {
        for (long key : keys) {
            if (ScoredNodes.node(key) == node) {
                return true;
            }
        }
        return false;
    }

    /// @param stride from one word that is looked at to the next
    private void look(NodeSet matches, NodeBits live, int from, int to, int stride, int end) {
        Chunk chunk = new Chunk(Math.min(CHUNK, Math.max(1, matches.size())));
        int word = from;
        while (word < to) {
            int next = Math.min(to, word + CHUNK / Long.SIZE);
            if (sketch != null && stride == 1 && count(matches, live, word, next) >= DENSE) {
                lookAtAll(matches, live, word, next, end);
                word = next;
                continue;
            }
            for (; word < next; word += stride) {
                for (long left = matches.word(word) & live.word(word); left != 0; left &= left - 1) {
                    int node = word * Long.SIZE + Long.numberOfTrailingZeros(left);
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
        }
        look(chunk);
    }

    private static int count(NodeSet matches, NodeBits live, int from, int to) {
        int count = 0;
        for (int word = from; word < to; word++) {
            count += Long.bitCount(matches.word(word) & live.word(word));
        }
        return count;
    }

    /// Bounds all of a chunk of numbers, and looks at those that match.
    private void lookAtAll(NodeSet matches, NodeBits live, int from, int to, int end) {
        Chunk chunk = new Chunk(CHUNK);
        int first = from * Long.SIZE;
        chunk.count = Math.min(end, to * Long.SIZE) - first;
        for (int i = 0; i < chunk.count; i++) {
            chunk.nodes[i] = first + i;
        }
        bound(chunk);
        int kept = 0;
        for (int word = from; word < to; word++) {
            for (long left = matches.word(word) & live.word(word); left != 0; left &= left - 1) {
                int i = (word - from) * Long.SIZE + Long.numberOfTrailingZeros(left);
                if (i >= chunk.count) {
                    break;
                }
                chunk.nodes[kept] = first + i;
                chunk.bounds[kept] = chunk.bounds[i];
                kept += Chunk.isAbove(chunk.bounds[i], worst) ? 0 : 1;
            }
        }
        chunk.count = kept;
        weigh(chunk);
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
                kept += isAbove(bound, distance) ? 0 : 1;
            }
            count = kept;
        }

        private static boolean isAbove(float bound, float distance) {
            return bound > distance && bound <= Float.MAX_VALUE;
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
        bound(chunk);
        chunk.keepUpTo(worst);
        weigh(chunk);
    }

    private void bound(Chunk chunk) {
        estimated += chunk.count;
        Objects.requireNonNull(sketch).bounds(chunk.nodes, chunk.count, chunk.bounds);
    }

    /// Compares what its bounds leave.
    private void weigh(Chunk chunk) {
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
        int promising = 0;
        for (int i = 0; i < batched; i++) {
            float distance = measure == Measure.DOT ? -computed[i] : computed[i];
            batch[promising] = batch[i];
            computed[promising] = computed[i];
            // negated, so that what overflows is ranked rather than lost
            promising += !(distance - rounding.margin(distance) > worst) ? 1 : 0;
        }
        if (!rounding.isNone()) {
            touchedInts += rows.touchRest(batch, promising);
        }
        for (int i = 0; i < promising; i++) {
            rank(batch[i], rounding.isNone() ? computed[i] : rows.exact(measure, query, batch[i]));
        }
        computations += batched;
        batched = 0;
    }

    private void rank(int node, float exact) {
        float closeness = measure == Measure.DOT ? exact : -exact;
        best.offer(ScoredNodes.key(Float.isNaN(closeness) ? Float.NEGATIVE_INFINITY : closeness, node), k);
        if (best.size() == k) {
            worst = Math.min(worst, -ScoredNodes.score(best.top()));
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
