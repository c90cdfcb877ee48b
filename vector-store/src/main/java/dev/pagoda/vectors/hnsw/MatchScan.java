package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.Rows;
import dev.pagoda.vectors.quant.Sketches;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Compares a query with the nodes that a filter accepts. Where there are sketches and many of a block match, only
/// nodes are compared whose bound by the sketch is not above the worst of the best found.
///
/// A scan of many is cut into parts, which [SharedParts] does. Each begins with what a sample says of the worst that
/// may count, and hears nothing of the others, so that the answer does not depend on who does what when.
final class MatchScan {
    /// Matches that a sample has about, from which parts know what may count.
    private static final int SAMPLE = 256;

    /// Nodes compared at a time.
    private static final int BATCH = 64;

    private final Rows rows;
    private final Measure measure;
    private final float[] query;
    private final Sketches.@Nullable Query sketch;
    private final int least;
    private final int k;
    private final Rounding rounding;
    private final ScoredNodes best = new ScoredNodes();
    private final int[] batch = new int[BATCH];
    private final float[] computed = new float[BATCH];
    private final float[] bounds = new float[Sketches.BLOCK];
    private int batched;
    private int computations;
    private int estimated;

    /// Sum of what was read only to have it in the cache, so that reading it is not left out.
    int touchedInts;

    /// The distance of the worst of the `k` best.
    private float worst = Float.POSITIVE_INFINITY;

    /// @param sketch       null to compare with every node
    /// @param least        matches of a block for which its sketches are read
    /// @param greatestNorm of the rows, for the dot product
    MatchScan(
            Rows rows,
            Measure measure,
            float[] query,
            Sketches.@Nullable Query sketch,
            int least,
            int k,
            float greatestNorm) {
        this.rows = rows;
        this.measure = measure;
        this.query = query;
        this.sketch = sketch;
        this.least = least;
        this.k = k;
        this.rounding = Rounding.of(rows, measure, query, greatestNorm);
    }

    /// A part of a scan.
    private MatchScan(MatchScan whole) {
        this.rows = whole.rows;
        this.measure = whole.measure;
        this.query = whole.query;
        this.sketch = whole.sketch;
        this.least = whole.least;
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
        look(matches, live, 0, words, Math.max(1, matches.size() / SAMPLE), end);
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
        for (int word = from; word < to; word += stride) {
            int first = word * Long.SIZE;
            long matching = matches.word(word) & live.word(word);
            if (end - first < Long.SIZE) {
                matching &= (1L << (end - first)) - 1;
            }
            addPromising(first, (int) matching);
            addPromising(first + Integer.SIZE, (int) (matching >>> Integer.SIZE));
        }
        compare();
    }

    /// @param first    a multiple of 32
    /// @param matching a bit for each node from there on
    private void addPromising(int first, int matching) {
        int left = matching;
        if (sketch != null && worst <= Float.MAX_VALUE && Integer.bitCount(matching) >= least) {
            left &= sketch.bounds(first / Sketches.BLOCK, Math.nextUp(worst), bounds);
            estimated += Integer.bitCount(matching);
        }
        for (; left != 0; left &= left - 1) {
            add(first + Integer.numberOfTrailingZeros(left));
        }
    }

    private void add(int node) {
        batch[batched++] = node;
        if (batched == BATCH) {
            compare();
        }
    }

    private void compare() {
        touchedInts += rows.touchNear(batch, batched);
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
