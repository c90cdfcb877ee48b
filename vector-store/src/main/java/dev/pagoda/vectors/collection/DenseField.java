package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.hnsw.ElementType;
import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.HnswParameters;
import dev.pagoda.vectors.hnsw.IndexConfig;
import dev.pagoda.vectors.hnsw.Layout;
import dev.pagoda.vectors.hnsw.Metric;
import dev.pagoda.vectors.hnsw.Neighbours;
import dev.pagoda.vectors.hnsw.Plan;
import dev.pagoda.vectors.hnsw.SearchResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.IntPredicate;

/// The vectors of a dense field by slot.
///
/// Under cosine the zero vector has no direction, and its score with everything is 0. The index takes none; they are
/// kept beside it.
final class DenseField {
    private static final long GRAPH_SEED = 0x9a60da;

    /// What [HnswParameters] takes for a field without a graph, which uses none of it.
    private static final int ANY_M = 16;

    private final DenseConfig config;
    private final HnswIndex index;

    /// Slots whose vector is zero under cosine, and slots of which it was so when they were last put here.
    private final Set<Integer> zeros = new ConcurrentSkipListSet<>();

    DenseField(DenseConfig config, CollectionConfig collection) {
        this.config = config;
        int m = collection.hnsw().m();
        HnswParameters parameters =
                new HnswParameters(m == 0 ? ANY_M : m, collection.hnsw().efConstruction(), GRAPH_SEED);
        this.index = new HnswIndex(new IndexConfig(
                config.size(),
                metric(config.distance()),
                ElementType.FLOAT32,
                m == 0 ? Layout.FLAT : Layout.FAST,
                parameters));
    }

    private static Metric metric(Distance distance) {
        return switch (distance) {
            case COSINE -> Metric.COSINE;
            case DOT -> Metric.DOT;
            case EUCLID -> Metric.L2;
            case MANHATTAN -> Metric.MANHATTAN;
        };
    }

    DenseConfig config() {
        return config;
    }

    HnswIndex index() {
        return index;
    }

    void put(int slot, float[] values) {
        if (isApart(values)) {
            zeros.add(slot);
        } else {
            zeros.remove(slot);
            index.put(slot, values);
        }
    }

    /// Whether a vector is kept beside the index.
    boolean isApart(float[] values) {
        if (config.distance() != Distance.COSINE) {
            return false;
        }
        for (float value : values) {
            if (value != 0) {
                return false;
            }
        }
        return true;
    }

    /// Takes a vector apart that a snapshot has.
    void restoreApart(int slot) {
        zeros.add(slot);
    }

    void remove(int slot) {
        index.remove(slot);
    }

    boolean isReusable(int slot) {
        return index.isReusable(slot);
    }

    /// The vector last put into a slot.
    float[] row(int slot) {
        return zeros.contains(slot) ? new float[config.size()] : index.row(slot);
    }

    boolean holds(int slot, float[] values) {
        return Arrays.equals(row(slot), values);
    }

    long bytes() {
        return index.bytes() + zeros.size() * 50L;
    }

    /// The nearest accepted slots.
    ///
    /// @param all    whether `accept` refuses only what is not visible yet or not any more, and a few more
    /// @param end    slots in use are below this
    SearchResult search(float[] vector, int k, int ef, IntPredicate accept, boolean all, boolean exact, int end) {
        if (isApart(vector)) {
            return new SearchResult(firstAccepted(k, accept, end), Plan.SCAN, 0, 0, 0);
        }
        SearchResult found = all ? searchAll(vector, k, ef, accept, exact) : index.search(vector, k, ef, accept, exact);
        if (zeros.isEmpty()) {
            return found;
        }
        return new SearchResult(
                withZeros(found.neighbours(), k, accept),
                found.plan(),
                found.expansions(),
                found.estimated(),
                found.computations());
    }

    /// Asks `accept` for what was found, which is much less than what was looked at. Only if too little of that
    /// counts, the search is done again and asks on the way.
    private SearchResult searchAll(float[] vector, int k, int ef, IntPredicate accept, boolean exact) {
        int asked = k + 1;
        SearchResult found = index.search(vector, asked, Math.max(asked, ef), null, exact);
        Neighbours neighbours = found.neighbours();
        int[] nodes = new int[Math.min(k, neighbours.size())];
        float[] scores = new float[nodes.length];
        int count = 0;
        for (int i = 0; i < neighbours.size() && count < nodes.length; i++) {
            if (accept.test(neighbours.nodes()[i])) {
                nodes[count] = neighbours.nodes()[i];
                scores[count++] = neighbours.scores()[i];
            }
        }
        if (count < k && neighbours.size() == asked) {
            return index.search(vector, k, ef, accept, exact);
        }
        return new SearchResult(
                new Neighbours(Arrays.copyOf(nodes, count), Arrays.copyOf(scores, count)),
                found.plan(),
                found.expansions(),
                found.estimated(),
                found.computations());
    }

    private static Neighbours firstAccepted(int k, IntPredicate accept, int end) {
        int[] nodes = new int[Math.min(k, end)];
        int count = 0;
        for (int slot = 0; slot < end && count < nodes.length; slot++) {
            if (accept.test(slot)) {
                nodes[count++] = slot;
            }
        }
        return new Neighbours(Arrays.copyOf(nodes, count), new float[count]);
    }

    private Neighbours withZeros(Neighbours found, int k, IntPredicate accept) {
        record Scored(int slot, float score) {}
        List<Scored> all = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            all.add(new Scored(found.nodes()[i], found.scores()[i]));
        }
        for (int slot : zeros) {
            if (accept.test(slot)) {
                all.add(new Scored(slot, 0));
            }
        }
        all.sort(Comparator.comparingDouble(Scored::score).reversed().thenComparingInt(Scored::slot));
        int count = Math.min(k, all.size());
        int[] nodes = new int[count];
        float[] scores = new float[count];
        for (int i = 0; i < count; i++) {
            nodes[i] = all.get(i).slot();
            scores[i] = all.get(i).score();
        }
        return new Neighbours(nodes, scores);
    }
}
