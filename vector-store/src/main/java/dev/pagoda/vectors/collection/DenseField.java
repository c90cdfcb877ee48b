package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Datatype;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.hnsw.ElementType;
import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.HnswParameters;
import dev.pagoda.vectors.hnsw.IndexConfig;
import dev.pagoda.vectors.hnsw.Layout;
import dev.pagoda.vectors.hnsw.Metric;
import dev.pagoda.vectors.hnsw.Neighbours;
import dev.pagoda.vectors.hnsw.NodeSet;
import dev.pagoda.vectors.hnsw.Plan;
import dev.pagoda.vectors.hnsw.Restoration;
import dev.pagoda.vectors.hnsw.ScoredNodes;
import dev.pagoda.vectors.hnsw.Scorer;
import dev.pagoda.vectors.hnsw.SearchResult;
import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The vectors of a dense field by slot.
///
/// **Few vectors** are kept in an index without links and codes, which would take more memory than the vectors and
/// save no time. From [#LEAST_LINKED] on they are in another one. The writer changes the one for the other when it
/// holds all that the first one does; who searches the first one meanwhile sees no less than was there when he came.
///
/// Under cosine the zero vector has no direction, and its score with everything is 0. The index takes none;
/// they are kept beside it.
final class DenseField {
    private static final long GRAPH_SEED = 0x9a60da;

    /// What [HnswParameters] takes for a field without a graph, which uses none of it.
    private static final int ANY_M = 16;

    /// Fewer vectors are compared as fast as a graph is walked, and take much less memory without one.
    static final int LEAST_LINKED = 256;

    /// Candidates for one that is asked for, where the index rounds.
    private static final int OVERSAMPLED = 4;

    private static final String FLAT = "flat";
    private static final Kernel KERNEL = Kernels.best();

    private final String name;
    private final DenseConfig config;

    /// What is wanted of the index when it is large enough.
    private final IndexConfig wanted;

    /// Replaced by the writer once, read by any.
    private volatile HnswIndex index;

    private volatile boolean isHeld;

    /// While a snapshot is read.
    private @Nullable Restoration restoration;

    private int restored;

    /// Whether vectors are kept as given although the index holds them at unit length.
    private final boolean isScaled;

    /// The lengths of the vectors by slot if so; grown and filled by the writer, read by any.
    private volatile float[] lengths = {};

    /// Slots whose vector is zero under cosine, and slots of which it was so when they were last put here.
    private final Set<Integer> zeros = new ConcurrentSkipListSet<>();

    DenseField(String name, CollectionConfig collection) {
        DenseConfig field = collection.dense().get(name);
        if (field == null) {
            throw new IllegalArgumentException("no dense field \"" + name + "\"");
        }
        this.name = name;
        this.config = field;
        this.isScaled = field.distance() == Distance.COSINE && field.datatype() == Datatype.UINT8;
        this.wanted = indexConfig(name, field, collection);
        this.index = new HnswIndex(new IndexConfig(
                wanted.dimensions(), wanted.metric(), wanted.elements(), Layout.FLAT, wanted.parameters()));
    }

    /// An empty index for many vectors.
    private HnswIndex large() {
        HnswIndex large = new HnswIndex(wanted);
        large.linkFrom(LEAST_LINKED);
        large.hold(isHeld);
        return large;
    }

    /// The index that has room for one more.
    private HnswIndex room() {
        HnswIndex small = index;
        if (!isSmall() || small.size() + 1 < LEAST_LINKED) {
            return small;
        }
        HnswIndex large = large();
        for (int slot = 0; slot < small.end(); slot++) {
            if (small.isLive(slot)) {
                large.put(slot, row(slot));
            }
        }
        index = large;
        return large;
    }

    /// Whether there is no graph yet that is to come.
    private boolean isSmall() {
        return index.config().layout() != wanted.layout();
    }

    /// How a field is kept. Compressed codes are part of the fast layout and the results are ranked by whole
    /// vectors, so that it stands for every kind of quantization; only who wants neither codes nor the vectors
    /// in memory gets the smaller layout.
    private static IndexConfig indexConfig(String name, DenseConfig field, CollectionConfig collection) {
        HnswConfig hnsw = collection.hnsw(name);
        boolean isSpare = field.isOnDisk() && !collection.isQuantized(name);
        return new IndexConfig(
                field.size(),
                metric(field.distance()),
                switch (field.datatype()) {
                    case FLOAT32, TURBO4 -> ElementType.FLOAT32;
                    case FLOAT16 -> ElementType.FLOAT16;
                    case UINT8 -> ElementType.UINT8;
                },
                hnsw.m() == 0 ? Layout.FLAT : isSpare ? Layout.COMPACT : Layout.FAST,
                new HnswParameters(
                        hnsw.m() == 0 ? ANY_M : Math.clamp(hnsw.m(), 2, 256),
                        Math.clamp(hnsw.efConstruction(), 4, 4_096),
                        GRAPH_SEED));
    }

    /// How the index is built, in words that change when it is to be built anew.
    static String shape(String name, CollectionConfig collection) {
        DenseConfig field = collection.dense().get(name);
        return field == null || field.isMulti() ? "" : shape(indexConfig(name, field, collection));
    }

    private static String shape(IndexConfig index) {
        HnswParameters parameters = index.parameters();
        return index.layout() == Layout.FLAT
                ? FLAT
                : shape(index.layout(), index.elements(), parameters.m(), parameters.efConstruction());
    }

    private static String shape(Layout layout, ElementType elements, int m, int efConstruction) {
        return layout + " " + elements + " " + m + " " + efConstruction;
    }

    String shape() {
        return shape(wanted);
    }

    /// What [#shape] was when every field was of floats in the fast layout.
    static String oldShape(int m, int efConstruction) {
        return m == 0 ? FLAT : shape(Layout.FAST, ElementType.FLOAT32, m, efConstruction);
    }

    String name() {
        return name;
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

    /// Whether it is to be searched by a graph when it is large enough.
    boolean hasGraph() {
        return wanted.layout() != Layout.FLAT;
    }

    /// Whether there is a graph now.
    boolean isLinked() {
        return index.config().layout() != Layout.FLAT;
    }

    HnswIndex index() {
        return index;
    }

    void put(int slot, float[] values) {
        if (isApart(values)) {
            zeros.add(slot);
        } else {
            zeros.remove(slot);
            keepLength(slot, values);
            room().put(slot, values);
        }
    }

    private void keepLength(int slot, float[] values) {
        if (!isScaled) {
            return;
        }
        if (slot >= lengths.length) {
            lengths = Arrays.copyOf(lengths, Math.max(slot + 1, lengths.length + (lengths.length >> 1)));
        }
        lengths[slot] = length(values);
    }

    private static float length(float[] values) {
        double square = 0;
        for (float value : values) {
            square += (double) value * value;
        }
        return (float) Math.sqrt(square);
    }

    /// Leaves new vectors without links until it is called with `false`.
    void hold(boolean held) {
        isHeld = held;
        index.hold(held);
    }

    /// Links some of the vectors that wait.
    ///
    /// @return whether more should be linked
    boolean link(int most) {
        return index.link(most);
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

    /// Takes a vector as a snapshot has it, which is as [#row] told it, of a living point or of a free slot.
    void restore(int slot, float[] values, boolean isLiving) {
        if (isApart(values)) {
            zeros.add(slot);
            return;
        }
        float[] kept = values;
        if (isScaled) {
            keepLength(slot, values);
            kept = values.clone();
            for (int i = 0; i < kept.length; i++) {
                kept[i] /= lengths[slot];
            }
        }
        Restoration filled = restoration();
        if (isSmall() && ++restored == LEAST_LINKED) {
            index = large();
            Restoration larger = index.restoration();
            filled.moveTo(larger);
            restoration = larger;
            filled = larger;
        }
        filled.row(slot, kept);
        if (isLiving) {
            filled.living(slot);
        }
    }

    /// How the index is filled.
    private Restoration restoration() {
        Restoration present = restoration;
        if (present == null) {
            present = index.restoration();
            restoration = present;
        }
        return present;
    }

    /// What the restored vectors still need: to be opened, and links if there are.
    Restoration restored() {
        Restoration filled = restoration();
        restoration = null;
        return filled;
    }

    void remove(int slot) {
        index.remove(slot);
    }

    boolean isReusable(int slot) {
        return index.isReusable(slot);
    }

    /// Whether a slot has a vector here. False for the slot of a point that a reader still has from before the
    /// field was dropped, and made again.
    boolean has(int slot) {
        return index.isLive(slot) || zeros.contains(slot);
    }

    /// The vector last put into a slot.
    float[] row(int slot) {
        if (zeros.contains(slot)) {
            return new float[config.size()];
        }
        float[] row = index.row(slot);
        if (isScaled) {
            // the index rounds by less than half a step of whole numbers
            float length = lengths[slot];
            for (int i = 0; i < row.length; i++) {
                row[i] = Math.round(row[i] * length);
            }
        }
        return row;
    }

    boolean holds(int slot, float[] values) {
        return Arrays.equals(row(slot), values);
    }

    /// Whether the index may lack a vector.
    boolean hasApart() {
        return !zeros.isEmpty();
    }

    long bytes() {
        return index.bytes() + zeros.size() * 50L + lengths.length * (long) Float.BYTES;
    }

    /// How similar the vectors here are to one, as [#search] scores them.
    Scorer scorer(float[] vector) {
        if (isApart(vector)) {
            return _ -> 0;
        }
        if (isScaled) {
            float norm = length(vector);
            return guarded(index, slot -> {
                float[] row = row(slot);
                return KERNEL.dot(vector, 0, row, 0, row.length) / (norm * length(row));
            });
        }
        HnswIndex compared = index;
        return guarded(compared, compared.scorer(vector));
    }

    private Scorer guarded(HnswIndex compared, Scorer scorer) {
        return slot -> zeros.contains(slot) ? 0 : compared.isLive(slot) ? scorer.score(slot) : Float.NEGATIVE_INFINITY;
    }

    /// The nearest accepted slots.
    ///
    /// @param all    whether `accept` refuses only what is not visible yet or not any more, and a few more
    /// @param end    slots in use are below this
    SearchResult search(float[] vector, int k, int ef, IntPredicate accept, boolean all, boolean exact, int end) {
        if (isApart(vector)) {
            return new SearchResult(firstAccepted(k, accept, end), Plan.SCAN, 0, 0, 0);
        }
        if (isScaled) {
            return searchScaled(vector, k, ef, accept, all, exact, end);
        }
        SearchResult found = all ? searchAll(vector, k, ef, accept, exact) : index.search(vector, k, ef, accept, exact);
        return zeros.isEmpty() ? found : with(found, withZeros(found.neighbours(), k, accept));
    }

    private static SearchResult with(SearchResult found, Neighbours neighbours) {
        return new SearchResult(neighbours, found.plan(), found.expansions(), found.estimated(), found.computations());
    }

    /// Looks for more than is asked, since the index rounds, and ranks them by the vectors as they were given.
    private SearchResult searchScaled(
            float[] vector, int k, int ef, IntPredicate accept, boolean all, boolean exact, int end) {
        if (exact) {
            ScoredNodes best = new ScoredNodes();
            Scorer scorer = scorer(vector);
            int computations = 0;
            for (int slot = next(accept, 0); slot >= 0 && slot < end; slot = next(accept, slot + 1)) {
                if (index.isLive(slot) && accept.test(slot)) {
                    best.offer(ScoredNodes.key(scorer.score(slot), slot), k);
                    computations++;
                }
            }
            Neighbours nearest = withZeros(best.drain(k), k, accept);
            return new SearchResult(nearest, Plan.SCAN, 0, 0, computations);
        }
        int wide = Math.max(k, Math.min(OVERSAMPLED * k + OVERSAMPLED, end));
        int breadth = Math.max(ef, wide);
        SearchResult found = all
                ? searchAll(vector, wide, breadth, accept, false)
                : index.search(vector, wide, breadth, accept, false);
        return with(found, withZeros(rescored(vector, found.neighbours()), k, accept));
    }

    private static int next(IntPredicate accept, int from) {
        return accept instanceof NodeSet set ? set.next(from) : from;
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

    /// With the scores of the vectors as they were given, which the index rounds a little.
    private Neighbours rescored(float[] vector, Neighbours found) {
        float norm = length(vector);
        float[] scores = new float[found.size()];
        for (int i = 0; i < scores.length; i++) {
            float[] row = row(found.nodes()[i]);
            scores[i] = KERNEL.dot(vector, 0, row, 0, row.length) / (norm * length(row));
        }
        return new Neighbours(found.nodes(), scores);
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
