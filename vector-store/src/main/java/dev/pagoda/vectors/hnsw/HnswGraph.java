package dev.pagoda.vectors.hnsw;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// A navigable small-world graph over [FloatRows] in layers, after [1], with the neighbour heuristic of its algorithm
/// 4.
///
/// **Concurrency.** One writer at a time inserts; any number of threads search meanwhile without locks. A list of
/// neighbours is never changed, only replaced: the writer stores the new list with release, a reader loads it with
/// acquire, so that whatever a list names (rows, lists, the grown table) is visible to who reads the list. The entry
/// point is volatile and moves only to a node that is linked already.
///
/// **Deletion** is the caller's: a dead node stays as a way point and the caller's `accept` leaves it out of the
/// results. When too many are dead, the caller builds a new graph. So no deletion ever takes away a path.
///
/// **Reachability.** On the lowest layer every node but the first has a parent, a near node that was there before it.
/// The links between child and parent, both ways, are never pruned, so the lowest layer contains a tree over all nodes
/// and every node can be reached from every other. A node has at most `m` children; where the near nodes are full,
/// the search for a parent goes down the tree. A search whose results are not full never stops early, hence it
/// fills its limit whenever enough nodes are accepted.
///
/// **Determinism.** The layer of a node is a hash of seed and node. The same insertions in the same order give the same
/// graph.
///
/// [1] Malkov and Yashunin 2018, https://arxiv.org/abs/1603.09320
public final class HnswGraph {
    private static final VarHandle LISTS = MethodHandles.arrayElementVarHandle(int[][].class);
    private static final int MAX_LEVEL = 24;
    private static final int NONE = -1;
    private static final Scratch.Pool SCRATCHES =
            new Scratch.Pool(2 * Runtime.getRuntime().availableProcessors());

    private final HnswParameters parameters;
    private final FloatRows rows;
    private final Metric metric;

    /// By node and layer; written by the writer, read by any.
    private volatile int[] @Nullable [][] lists = new int[16][][];

    /// Layer and node of the entry point, -1 when empty; written by the writer, read by any.
    private volatile long entry = NONE;

    /// By node; the writer's own.
    private int[] parents = new int[16];

    private int[] children = new int[16];
    private long links;
    private int size;

    public HnswGraph(HnswParameters parameters, FloatRows rows, Metric metric) {
        this.parameters = parameters;
        this.rows = rows;
        this.metric = metric;
    }

    /// Nodes, dead ones included. The writer's view.
    public int size() {
        return size;
    }

    /// Estimate of the memory that the links take. The writer's view.
    public long bytes() {
        return links * Integer.BYTES + size * 56L;
    }

    /// Links a node whose row is set. The writer's.
    ///
    /// @throws IllegalArgumentException if the node is in the graph already
    public void insert(int node) {
        reserve(node);
        if (lists[node] != null) {
            throw new IllegalArgumentException("node " + node + " is in the graph already");
        }
        int level = levelOf(node);
        int[][] own = new int[level + 1][];
        Arrays.fill(own, new int[0]);
        parents[node] = NONE;
        long start = entry;
        if (start == NONE) {
            publish(node, own);
            entry = entry(level, node);
            return;
        }
        float[] chunk = rows.chunk(node);
        int offset = rows.offset(node);
        int top = (int) (start >>> 32);
        int near = (int) start;
        for (int layer = top; layer > level; layer--) {
            near = greedy(chunk, offset, near, layer);
        }
        Scratch scratch = SCRATCHES.take();
        for (int layer = Math.min(level, top); layer >= 0; layer--) {
            walk(chunk, offset, near, layer, parameters.efConstruction(), null, scratch);
            long[] found = scratch.results.drainDescending();
            near = ScoredNodes.node(found[0]);
            own[layer] = select(found, NONE, capacity(layer) / (layer == 0 ? 2 : 1));
            if (layer == 0) {
                int parent = adopt(found, node);
                own[0] = including(own[0], parent);
            }
        }
        SCRATCHES.giveBack(scratch);
        publish(node, own);
        for (int layer = Math.min(level, top); layer >= 0; layer--) {
            for (int neighbour : own[layer]) {
                linkBack(neighbour, node, layer);
            }
        }
        if (level > top) {
            entry = entry(level, node);
        }
    }

    /// The accepted nodes nearest to a query, by a walk over the graph.
    ///
    /// @param query  read only during the call
    /// @param k      results wanted, at least 1
    /// @param ef     breadth of the walk, `ef >= k`; recall and time both grow with it
    /// @param accept which nodes count; may be asked from this thread only, once a node
    /// @return `k` nodes, fewer only when fewer are accepted in the whole graph
    /// @throws IllegalArgumentException if the query has the wrong length or is not finite, or `ef < k`, or `k < 1`
    public Neighbours search(float[] query, int k, int ef, IntPredicate accept) {
        FloatRows.requireVector(query, rows.dimensions());
        if (k < 1) {
            throw new IllegalArgumentException("k " + k + " is below 1");
        }
        if (ef < k) {
            throw new IllegalArgumentException("ef " + ef + " is below k " + k);
        }
        long start = entry;
        if (start == NONE) {
            return new Neighbours(new int[0], new float[0]);
        }
        int near = (int) start;
        for (int layer = (int) (start >>> 32); layer > 0; layer--) {
            near = greedy(query, 0, near, layer);
        }
        Scratch scratch = SCRATCHES.take();
        walk(query, 0, near, 0, ef, accept, scratch);
        Neighbours found = scratch.results.drain(k);
        SCRATCHES.giveBack(scratch);
        return found;
    }

    /// The graph as plain arrays, to be stored. The inner lists are the graph's own and must not be changed.
    /// The writer's.
    public Image image() {
        int[][][] copy = new int[size][][];
        int[] nodes = new int[size];
        int at = 0;
        for (int node = 0; node < lists.length; node++) {
            if (lists[node] != null) {
                nodes[at] = node;
                copy[at++] = lists[node].clone();
            }
        }
        int[] parentOf = new int[size];
        for (int i = 0; i < size; i++) {
            parentOf[i] = parents[nodes[i]];
        }
        return new Image(nodes, copy, parentOf, entry);
    }

    /// A graph from its image, over the same rows.
    ///
    /// @throws IllegalArgumentException if the image names nodes that it does not hold
    public static HnswGraph restore(HnswParameters parameters, FloatRows rows, Metric metric, Image image) {
        HnswGraph graph = new HnswGraph(parameters, rows, metric);
        for (int i = 0; i < image.nodes.length; i++) {
            int node = image.nodes[i];
            graph.reserve(node);
            graph.parents[node] = image.parents[i];
            graph.publish(node, image.lists[i]);
        }
        for (int i = 0; i < image.nodes.length; i++) {
            graph.requireKnown(image.lists[i]);
            int parent = image.parents[i];
            if (parent != NONE) {
                graph.requireNode(parent, 0);
                graph.children[parent]++;
            }
        }
        if (image.entry != NONE) {
            graph.requireNode((int) image.entry, (int) (image.entry >>> 32));
        }
        graph.entry = image.entry;
        return graph;
    }

    private void requireKnown(int[][] byLayer) {
        for (int layer = 0; layer < byLayer.length; layer++) {
            for (int neighbour : byLayer[layer]) {
                requireNode(neighbour, layer);
            }
        }
    }

    private void requireNode(int node, int layer) {
        if (node < 0 || node >= lists.length || lists[node] == null || lists[node].length <= layer || layer < 0) {
            throw new IllegalArgumentException("the image links to node " + node + ", which has no layer " + layer);
        }
    }

    private void walk(
            float[] query, int offset, int start, int layer, int ef, @Nullable IntPredicate accept, Scratch scratch) {
        scratch.begin();
        ScoredNodes candidates = scratch.candidates;
        ScoredNodes results = scratch.results;
        scratch.visit(start);
        long first = ScoredNodes.key(similarity(query, offset, start), start);
        candidates.push(~first);
        if (accept == null || accept.test(start)) {
            results.push(first);
        }
        while (!candidates.isEmpty()) {
            long candidate = ~candidates.pop();
            if (results.size() >= ef && candidate < results.top()) {
                return;
            }
            for (int neighbour : list(ScoredNodes.node(candidate), layer)) {
                if (!scratch.visit(neighbour)) {
                    continue;
                }
                long key = ScoredNodes.key(similarity(query, offset, neighbour), neighbour);
                if (results.size() >= ef && key <= results.top()) {
                    continue;
                }
                candidates.push(~key);
                if (accept == null || accept.test(neighbour)) {
                    results.offer(key, ef);
                }
            }
        }
    }

    private int greedy(float[] query, int offset, int start, int layer) {
        int best = start;
        long bestKey = ScoredNodes.key(similarity(query, offset, start), start);
        for (boolean moved = true; moved; ) {
            moved = false;
            for (int neighbour : list(best, layer)) {
                long key = ScoredNodes.key(similarity(query, offset, neighbour), neighbour);
                if (key > bestKey) {
                    bestKey = key;
                    best = neighbour;
                    moved = true;
                }
            }
        }
        return best;
    }

    /// Algorithm 4: the best candidates that are nearer to the base than to any neighbour chosen before them. The tree
    /// links of `owner` are always chosen.
    ///
    /// @param found keys of candidates with their similarity to the base, best first
    /// @param owner the node whose tree links count, [#NONE] for none
    private int[] select(long[] found, int owner, int capacity) {
        int room = capacity;
        if (owner != NONE) {
            for (long key : found) {
                if (isTreeLink(owner, ScoredNodes.node(key))) {
                    room--;
                }
            }
        }
        int[] chosen = new int[Math.max(capacity, found.length)];
        int count = 0;
        for (long key : found) {
            int node = ScoredNodes.node(key);
            if (owner != NONE && isTreeLink(owner, node)) {
                chosen[count++] = node;
            } else if (room > 0 && isDiverse(node, ScoredNodes.score(key), chosen, count)) {
                chosen[count++] = node;
                room--;
            }
        }
        return Arrays.copyOf(chosen, count);
    }

    private boolean isDiverse(int node, float toBase, int[] chosen, int count) {
        float[] chunk = rows.chunk(node);
        int offset = rows.offset(node);
        for (int i = 0; i < count; i++) {
            if (similarity(chunk, offset, chosen[i]) > toBase) {
                return false;
            }
        }
        return true;
    }

    /// Makes the best found node that has room the parent of `node`.
    private int adopt(long[] found, int node) {
        int parent = NONE;
        for (long key : found) {
            int near = ScoredNodes.node(key);
            if (children[near] < parameters.m()) {
                parent = near;
                break;
            }
        }
        if (parent == NONE) {
            parent = descend(ScoredNodes.node(found[0]), node);
        }
        parents[node] = parent;
        children[parent]++;
        return parent;
    }

    /// Down the tree from a full node, by turns that the node's number decides, to one with room: a leaf has it.
    private int descend(int from, int node) {
        int at = from;
        long turns = mix(node);
        while (children[at] >= parameters.m()) {
            int turn = (int) Long.remainderUnsigned(turns, children[at]);
            turns = mix(turns);
            int full = at;
            for (int neighbour : list(full, 0)) {
                if (parents[neighbour] == full && turn-- == 0) {
                    at = neighbour;
                    break;
                }
            }
        }
        return at;
    }

    private void linkBack(int from, int to, int layer) {
        int[] old = list(from, layer);
        if (old.length < capacity(layer)) {
            replace(from, layer, append(old, to));
            return;
        }
        float[] chunk = rows.chunk(from);
        int offset = rows.offset(from);
        long[] keys = new long[old.length + 1];
        for (int i = 0; i < old.length; i++) {
            keys[i] = ~ScoredNodes.key(similarity(chunk, offset, old[i]), old[i]);
        }
        keys[old.length] = ~ScoredNodes.key(similarity(chunk, offset, to), to);
        Arrays.sort(keys);
        for (int i = 0; i < keys.length; i++) {
            keys[i] = ~keys[i];
        }
        replace(from, layer, select(keys, layer == 0 ? from : NONE, capacity(layer)));
    }

    private boolean isTreeLink(int a, int b) {
        return parents[a] == b || parents[b] == a;
    }

    private int capacity(int layer) {
        return layer == 0 ? 2 * parameters.m() : parameters.m();
    }

    private float similarity(float[] query, int offset, int node) {
        return metric.similarity(query, offset, rows.chunk(node), rows.offset(node), rows.dimensions());
    }

    private int[] list(int node, int layer) {
        // acquire: pairs with the release in replace() and the volatile store in publish()
        return (int[]) LISTS.getAcquire(lists[node], layer);
    }

    private void replace(int node, int layer, int[] list) {
        links += list.length - lists[node][layer].length;
        // release: pairs with the acquire in list(); rows and lists of the named nodes must be visible before
        LISTS.setRelease(lists[node], layer, list);
    }

    private void publish(int node, int[][] own) {
        int[][][] table = lists;
        table[node] = own;
        // the volatile store makes the element visible to who learns of the node later
        lists = table;
        size++;
        for (int[] list : own) {
            links += list.length;
        }
    }

    private void reserve(int node) {
        if (node < lists.length) {
            return;
        }
        int length = Math.max(node + 1, lists.length + (lists.length >> 1));
        parents = Arrays.copyOf(parents, length);
        children = Arrays.copyOf(children, length);
        lists = Arrays.copyOf(lists, length);
    }

    private int levelOf(int node) {
        // 53 random bits as a fraction in (0, 1]
        double uniform = ((mix(parameters.seed() + node) >>> 11) + 1) * 0x1.0p-53;
        return (int) Math.min(MAX_LEVEL, -Math.log(uniform) / Math.log(parameters.m()));
    }

    /// The finaliser of SplitMix64, https://prng.di.unimi.it/splitmix64.c
    private static long mix(long value) {
        long z = value + 0x9e3779b97f4a7c15L;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private static long entry(int level, int node) {
        return ((long) level << 32) | node;
    }

    private static int[] append(int[] list, int node) {
        int[] longer = Arrays.copyOf(list, list.length + 1);
        longer[list.length] = node;
        return longer;
    }

    private static int[] including(int[] list, int node) {
        for (int present : list) {
            if (present == node) {
                return list;
            }
        }
        return append(list, node);
    }

    /// A graph as plain arrays.
    ///
    /// @param nodes   the nodes, ascending
    /// @param lists   neighbours by position in `nodes` and layer
    /// @param parents by position in `nodes`, -1 for the first node
    /// @param entry   layer and node of the entry point, -1 when empty
    public record Image(int[] nodes, int[][][] lists, int[] parents, long entry) {}
}
