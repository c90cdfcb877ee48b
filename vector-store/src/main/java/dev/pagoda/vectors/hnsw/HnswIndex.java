package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Grid;
import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.ByteRows;
import dev.pagoda.vectors.quant.EdgeCodes;
import dev.pagoda.vectors.quant.FlatCodes;
import dev.pagoda.vectors.quant.HalfRows;
import dev.pagoda.vectors.quant.IntTable;
import dev.pagoda.vectors.quant.Rows;
import dev.pagoda.vectors.quant.Sketches;
import dev.pagoda.vectors.quant.SplitRows;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Vectors and a navigable small-world graph over them [1], in memory. Safe from any thread.
///
/// **Concurrency.** Searches take no lock. Writers of different nodes run side by side: each holds the shared
/// side of one lock, and the lock of one node while it changes that node's links. Growing and the end of a
/// repair hold the exclusive side for a moment. See [Links] for what readers may see meanwhile.
///
/// **Reachability.** Every live node but the root has a link to it that is marked and never dropped, from a
/// node that was reachable before it. So every live node can be reached from the root, and a search whose
/// results are not full goes on from there when it finds nothing more.
///
/// **Without links.** A live node may wait to be linked ([Unlinked]): searches compare with it, and what is
/// said here of live nodes in the graph is true of it when [#link] has linked it.
///
/// **Deletion.** A removed node is out of every search that begins afterwards, but stays a way point. When
/// enough have gathered, each write does a share of the [Repair]: nodes linked to removed ones get new links,
/// then the removed leave. Their numbers can be used again when [#isReusable] says so.
///
/// **Determinism.** The layer of a node is a hash of seed and node, the rotation of codes comes from the seed.
/// The same calls in the same order by one thread give the same index and the same scores to the last bit, on
/// machines whose CPUs have registers of the same width, however far the JVM has come with compiling.
///
/// [1] Malkov and Yashunin 2018, https://arxiv.org/abs/1603.09320
public final class HnswIndex {
    static final int MAX_LEVEL = 24;
    /// Rows this many times as long as the mean are few.
    private static final float USUAL_NORMS = 4;

    static final int NONE = -1;

    /// So near to unit length a vector is kept bit by bit, so that what was read can be put again.
    private static final double UNIT_TOLERANCE = 1e-5;

    /// The same for half floats, each of which may be off by 2^-11 of itself.
    static final double HALF_UNIT_TOLERANCE = 1e-3;

    /// Nodes that wait are linked, so many with each new one.
    private static final int LINKED_WITH_A_PUT = 2;

    private final IndexConfig config;
    final Rows rows;
    final Links links;
    final UpperLayers upper = new UpperLayers();
    final @Nullable EdgeCodes codes;
    final @Nullable Sketches sketches;
    final @Nullable FlatCodes flat;
    private final Searches searches;
    final NodeLocks locks;
    final NodeBits present = new NodeBits();

    /// Nodes that were not removed.
    final NodeBits live = new NodeBits();

    /// Those of them that are in the graph.
    final NodeBits linked = new NodeBits();

    final Unlinked unlinked = new Unlinked(this);
    final Epochs epochs = new Epochs();
    final ReentrantReadWriteLock structure = new ReentrantReadWriteLock();
    private final AtomicInteger liveCount = new AtomicInteger();
    private final ArrayBlockingQueue<Walk> walks;
    private final ArrayBlockingQueue<Insertion> insertions;
    private final Repair repair;

    /// Layer and node of the entry point, -1 when empty.
    volatile long entry = NONE;

    /// From here every live node can be reached on the lowest layer.
    volatile int root = NONE;

    /// Nodes are below this.
    private final AtomicInteger nodes = new AtomicInteger();

    /// The greatest length of a vector, for the dot product.
    float greatestNorm;

    /// The mean of the lengths of all vectors that came.
    private volatile float meanNorm;

    private long norms;

    private volatile int capacity;

    public HnswIndex(IndexConfig config) {
        this.config = config;
        this.locks = new NodeLocks(config.hasLinks());
        long seed = config.parameters().seed();
        this.codes = config.hasCodes()
                ? new EdgeCodes(config.dimensions(), seed, config.metric().walkMeasure() == Measure.DOT)
                : null;
        this.sketches = config.hasCodes()
                ? new Sketches(config.dimensions(), seed, config.metric().walkMeasure() == Measure.DOT)
                : null;
        this.flat = codes == null ? null : new FlatCodes(codes, config.metric().walkMeasure() == Measure.DOT);
        if (codes == null) {
            this.rows = rows(config);
            this.links = new Links(config.slots(), null);
        } else {
            int first = SplitRows.halfInts(config.dimensions());
            IntTable table = new IntTable(Grid.of(first + Links.ints(config.slots(), codes)));
            this.rows = new SplitRows(config.dimensions(), table);
            this.links = new Links(table, first, config.slots(), codes);
        }
        this.searches = new Searches(this);
        this.walks = new ArrayBlockingQueue<>(2 * Runtime.getRuntime().availableProcessors());
        this.insertions = new ArrayBlockingQueue<>(2 * Runtime.getRuntime().availableProcessors());
        this.repair = new Repair(this);
    }

    private static Rows rows(IndexConfig config) {
        return switch (config.elements()) {
            case UINT8 ->
                config.metric() == Metric.COSINE
                        ? ByteRows.adaptive(config.dimensions())
                        : ByteRows.whole(config.dimensions());
            case FLOAT16 ->
                config.layout() == Layout.CODES
                        ? ByteRows.adaptive(config.dimensions())
                        : new HalfRows(config.dimensions());
            case FLOAT32 ->
                config.layout() == Layout.CODES
                        ? ByteRows.adaptive(config.dimensions())
                        : new SplitRows(config.dimensions());
        };
    }

    public IndexConfig config() {
        return config;
    }

    /// Live nodes.
    public int size() {
        return liveCount.get();
    }

    /// Nodes in use are below this.
    public int end() {
        return nodes.get();
    }

    /// Whether a node is in the index and was not removed.
    public boolean isLive(int node) {
        return node >= 0 && live.has(node);
    }

    /// Whether a node's number was never used, or its removal is finished, so that [#put] takes it.
    public boolean isReusable(int node) {
        return !present.has(node) && repair.isReleased(node);
    }

    /// Memory taken by vectors, links and codes, room for nodes to come included.
    public long bytes() {
        long sketched = (sketches == null ? 0 : sketches.bytes()) + (flat == null ? 0 : flat.bytes());
        return rows.bytes()
                + links.bytes()
                + sketched
                + upper.bytes()
                + present.bytes()
                + live.bytes()
                + linked.bytes()
                + unlinked.bytes();
    }

    /// The vector of a live node as it is kept: of unit length under cosine, rounded where the elements or the
    /// layout round.
    public float[] vector(int node) {
        if (!isLive(node)) {
            throw new IllegalArgumentException("node " + node + " is not in the index");
        }
        float[] values = new float[config.dimensions()];
        rows.get(node, values);
        return values;
    }

    /// The vector last put under a number, removed or not.
    ///
    /// @throws IllegalArgumentException if the number was never used
    public float[] row(int node) {
        if (node < 0 || node >= nodes.get()) {
            throw new IllegalArgumentException("node " + node + " was never in the index");
        }
        float[] values = new float[config.dimensions()];
        rows.get(node, values);
        return values;
    }

    /// How similar nodes that do not change meanwhile are to a vector, as [#search] scores them.
    ///
    /// @throws IllegalArgumentException as [#search]
    public Scorer scorer(float[] query) {
        float[] values = admitted(query);
        Metric metric = config.metric();
        return node -> metric.score(rows.exact(metric.scoreMeasure(), values, node));
    }

    /// How the nodes are linked now. Writers wait meanwhile, searches do not.
    public Image image() {
        structure.writeLock().lock();
        try {
            return Image.of(this);
        } finally {
            structure.writeLock().unlock();
        }
    }

    /// A way to fill this index with what another had; it must be empty, and of the same configuration.
    public Restoration restoration() {
        return new Restoration(this);
    }

    /// Leaves nodes without links while there are fewer than `size` in the index; 0 at first.
    public void linkFrom(int size) {
        unlinked.linkFrom(size);
    }

    /// Leaves all nodes that come without links, until it is called with `false`.
    public void hold(boolean held) {
        unlinked.hold(held);
    }

    /// Nodes that wait for their links.
    public int waiting() {
        return unlinked.count();
    }

    /// Links some of the nodes that wait; safe beside everything else.
    ///
    /// @return whether more should be linked
    public boolean link(int most) {
        for (int i = 0; i < most && unlinked.isDue(); i++) {
            int gone = -1;
            structure.readLock().lock();
            try {
                int node = unlinked.claim();
                if (node >= 0) {
                    float[] values = row(node);
                    sketch(node, values);
                    insert(node, values);
                    unlinked.linked(node);
                    // who removes it meanwhile finds it neither waiting nor linked, and leaves it to this
                    // thread
                    gone = !live.has(node) && linked.remove(node) ? node : -1;
                }
            } finally {
                structure.readLock().unlock();
            }
            if (gone >= 0) {
                repair.removed(gone);
            }
        }
        return unlinked.isDue();
    }

    /// Adds a node.
    ///
    /// @param node   0 to 536,870,846; reusable by [#isReusable]
    /// @param vector read only during the call
    /// @throws IllegalArgumentException if the vector has the wrong length, holds NaN or infinity, is zero
    ///     under cosine, or does not fit the element type, or if the number is in use; nothing has changed then
    public void put(int node, float[] vector) {
        if (config.elements() == ElementType.UINT8) {
            ByteRows.requireBytes(vector);
        }
        float[] values = admitted(vector);
        if (node < 0 || node >= Links.MAX_NODES) {
            throw new IllegalArgumentException("node " + node + " is not from 0 to " + (Links.MAX_NODES - 1));
        }
        reserve(node + 1);
        structure.readLock().lock();
        try {
            if (!isReusable(node)) {
                throw new IllegalArgumentException("node " + node + " is in use");
            }
            if (!present.add(node)) {
                throw new IllegalArgumentException("node " + node + " is put by another thread");
            }
            boolean waits = config.hasLinks() && unlinked.takes();
            keep(node, values, waits && rows instanceof SplitRows);
            if (waits) {
                raiseNorm(values);
                unlinked.add(node);
            } else {
                sketch(node, values);
            }
            live.add(node);
            liveCount.incrementAndGet();
            if (!waits) {
                insert(node, values);
            }
        } finally {
            structure.readLock().unlock();
        }
        if (unlinked.isDue()) {
            link(LINKED_WITH_A_PUT);
        }
        repair.step();
    }

    /// Writes a row and reads what is kept of it, unless all of it is.
    private void keep(int node, float[] values, boolean isWhole) {
        boolean kept = false;
        try {
            rows.put(node, values);
            kept = true;
        } finally {
            if (!kept) {
                present.remove(node);
            }
        }
        if (!isWhole) {
            rows.get(node, values);
        }
    }

    /// Sets the sketch and the code of a row that is set.
    void sketch(int node, float[] values) {
        if (sketches != null) {
            sketches.put(node, values);
        }
        if (flat != null) {
            flat.put(node, values);
        }
    }

    /// Removes a node: no search that begins after the call finds it.
    ///
    /// @return whether it was live
    public boolean remove(int node) {
        if (node < 0 || !live.has(node)) {
            return false;
        }
        boolean isMine;
        // growing copies the set, and would lose a change made meanwhile
        structure.readLock().lock();
        try {
            if (!live.remove(node)) {
                return false;
            }
            isMine = linked.remove(node) || unlinked.withdraw(node);
        } finally {
            structure.readLock().unlock();
        }
        liveCount.decrementAndGet();
        if (isMine) {
            repair.removed(node);
        }
        repair.step();
        return true;
    }

    /// Finishes all repair that removals have left, so that removed nodes have left the graph.
    public void repair() {
        repair.finish();
    }

    /// Removed nodes that have not left the graph yet.
    public int leaving() {
        return repair.leaving();
    }

    /// Live nodes that no walk from the root can reach on the lowest layer; always 0. Takes time proportional
    /// to the size; for tests and diagnosis.
    public int unreachable() {
        if (!config.hasLinks()) {
            return 0;
        }
        structure.writeLock().lock();
        try {
            return repair.unreachable();
        } finally {
            structure.writeLock().unlock();
        }
    }

    /// The live nodes nearest to a query.
    ///
    /// @param query  read only during the call
    /// @param k      results wanted, at least 1
    /// @param ef     breadth of the walk, `ef >= k`; recall and time both grow with it
    /// @param accept which nodes count, null for all; asked from this thread only. A [NodeSet] is searched
    ///     faster than a predicate, which has to be asked about every node
    /// @param exact  whether to compare with every accepted node
    /// @return `k` nodes, fewer only when fewer live nodes are accepted
    /// @throws IllegalArgumentException if the query has the wrong length, holds NaN or infinity or is zero
    ///     under cosine, or `ef < k`, or `k < 1`
    public SearchResult search(float[] query, int k, int ef, @Nullable IntPredicate accept, boolean exact) {
        if (k < 1) {
            throw new IllegalArgumentException("k " + k + " is below 1");
        }
        if (ef < k) {
            throw new IllegalArgumentException("ef " + ef + " is below k " + k);
        }
        float[] values = admitted(query);
        long entered = epochs.enter();
        try {
            return searches.answer(values, k, ef, accept, exact);
        } finally {
            epochs.exit(entered);
        }
    }

    /// Whether a removed node is in the batch that leaves now, so that nothing may link to it any more. Does
    /// not change while any side of the structure's lock is held.
    boolean isLeaving(int node) {
        return repair.isInBatch(node);
    }

    private float[] admitted(float[] vector) {
        IndexConfig.requireVector(vector, config.dimensions());
        float[] values = vector.clone();
        if (config.metric() == Metric.COSINE) {
            double square = 0;
            for (float value : values) {
                square += (double) value * value;
            }
            if (square == 0) {
                throw new IllegalArgumentException("the zero vector has no direction, which cosine asks for");
            }
            double norm = Math.sqrt(square);
            double tolerance = config.elements() == ElementType.FLOAT16 ? HALF_UNIT_TOLERANCE : UNIT_TOLERANCE;
            if (Math.abs(norm - 1) > tolerance) {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) (values[i] / norm);
                }
            }
        }
        return values;
    }

    /// For the dot product a bound of what `values` can give with nearly any row; 0 for other metrics.
    ///
    /// Distances are what is missing from it, and a walk tells them apart if one is a 128th more than the
    /// other. So a bound that few long rows set would make all others alike. Of rows beyond it a walk
    /// expands all that it meets.
    float ceiling(float[] values) {
        if (config.metric().walkMeasure() != Measure.DOT) {
            return 0;
        }
        return Rounding.length(values) * Math.min(greatestNorm * 1.0001f, USUAL_NORMS * meanNorm);
    }

    /// Makes room for the nodes below `count`. Only growing takes the exclusive lock, not each new number.
    void reserve(int count) {
        if (count > capacity) {
            structure.writeLock().lock();
            try {
                grow(count);
            } finally {
                structure.writeLock().unlock();
            }
        }
        nodes.accumulateAndGet(count, Math::max);
    }

    private void grow(int count) {
        if (count <= capacity) {
            return;
        }
        rows.reserve(count);
        links.reserve(count);
        int room = links.capacity();
        rows.reserve(room);
        if (sketches != null) {
            sketches.reserve(room);
        }
        if (flat != null) {
            flat.reserve(room);
        }
        upper.reserve(room);
        present.reserve(room);
        live.reserve(room);
        linked.reserve(room);
        unlinked.reserve(room);
        capacity = room;
    }

    /// Links a live node; the shared side of the structure's lock is held.
    void insert(int node, float[] values) {
        if (!config.hasLinks()) {
            linked.add(node);
            return;
        }
        raiseNorm(values);
        int level = levelOf(node);
        upper.open(node, level);
        linked.add(node);
        if (entry == NONE) {
            synchronized (this) {
                if (entry == NONE) {
                    root = node;
                    entry = entry(level, node);
                    return;
                }
            }
        }
        Insertion insertion = takeInsertion();
        Walk walk = take();
        walk.prepare(values, config.metric().walkMeasure(), ceiling(values));
        insertion.link(node, level, values, walk);
        giveBack(walk);
        giveBack(insertion);
        if (level > (int) (entry >>> 32)) {
            synchronized (this) {
                if (level > (int) (entry >>> 32)) {
                    entry = entry(level, node);
                }
            }
        }
    }

    /// Makes a node live that has a row and is not linked yet; the shared side of the structure's lock is held.
    void enter(int node) {
        if (live.add(node)) {
            liveCount.incrementAndGet();
        }
    }

    /// A node that is neither live nor linked any more starts to leave; no side of the structure's lock is
    /// held.
    void leave(int node) {
        repair.removed(node);
    }

    void raiseNorm(float[] values) {
        if (config.metric().walkMeasure() == Measure.DOT) {
            raiseNorm(Rounding.length(values));
        }
    }

    private synchronized void raiseNorm(float norm) {
        greatestNorm = Math.max(greatestNorm, norm);
        norms++;
        meanNorm += (norm - meanNorm) / norms;
    }

    @SuppressWarnings("ReturnValueIgnored") // a full pool lets it go
    private void giveBack(Insertion insertion) {
        insertions.offer(insertion);
    }

    private Insertion takeInsertion() {
        Insertion insertion = insertions.poll();
        return insertion == null ? new Insertion(this) : insertion;
    }

    Walk take() {
        Walk walk = walks.poll();
        return walk == null ? new Walk(config.dimensions(), links.groups(), codes) : walk;
    }

    @SuppressWarnings("ReturnValueIgnored") // a full pool lets the walk go
    void giveBack(Walk walk) {
        walks.offer(walk);
    }

    private int levelOf(int node) {
        // 53 random bits as a fraction in (0, 1]
        double uniform = ((mix(config.parameters().seed() + node) >>> 11) + 1) * 0x1.0p-53;
        return (int) Math.min(
                MAX_LEVEL, -Math.log(uniform) / Math.log(config.parameters().m()));
    }

    /// The finaliser of SplitMix64, https://prng.di.unimi.it/splitmix64.c
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    static long entry(int level, int node) {
        return ((long) level << 32) | node;
    }
}
