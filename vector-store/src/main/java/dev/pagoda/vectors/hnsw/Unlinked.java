package dev.pagoda.vectors.hnsw;

import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The live nodes that are not in the graph yet. Searches compare with each of them, so that nothing has to
/// wait for its links: not a node of a small index, which has no use for them, nor one that a restart reads
/// from a log.
///
/// A node is claimed by who links it, and stays here until it is linked.
final class Unlinked {
    private final HnswIndex index;
    private final NodeBits nodes = new NodeBits();
    private final AtomicInteger count = new AtomicInteger();

    /// Those that are being linked; under this object's lock.
    private final BitSet claimed = new BitSet();

    /// Whether the links of other nodes are still being read.
    private volatile boolean isRestoring;

    private volatile boolean isHeld;

    /// An index of fewer nodes goes without links.
    private volatile int least;

    Unlinked(HnswIndex index) {
        this.index = index;
    }

    void hold(boolean held) {
        isHeld = held;
    }

    void linkFrom(int size) {
        least = size;
    }

    void restoring(boolean restoring) {
        isRestoring = restoring;
    }

    boolean isRestoring() {
        return isRestoring;
    }

    /// Whether a new node shall wait here.
    boolean takes() {
        return isRestoring || isHeld || (index.size() < least && count.get() < least);
    }

    /// Whether nodes shall leave for the graph.
    boolean isDue() {
        return count.get() > 0 && !isRestoring && !isHeld && index.size() >= least;
    }

    int count() {
        return count.get();
    }

    /// Whether there are live nodes that have no sketch: they get one with their links.
    boolean hasUnsketched() {
        return isRestoring || count.get() > 0;
    }

    boolean has(int node) {
        return nodes.has(node);
    }

    /// Runs alone among writers.
    void reserve(int room) {
        nodes.reserve(room);
    }

    long bytes() {
        return nodes.bytes();
    }

    /// The shared side of the index's lock is held for this and the next three.
    void add(int node) {
        if (nodes.add(node)) {
            count.incrementAndGet();
        }
    }

    /// Takes out a node that nobody is linking.
    ///
    /// @return whether it was here; then it is the caller's
    synchronized boolean withdraw(int node) {
        return !claimed.get(node) && remove(node);
    }

    /// Claims the first node for linking. It stays until it is [#linked], so that no search misses it.
    ///
    /// @return -1 if there is none
    synchronized int claim() {
        for (int node = nodes.next(0); node >= 0; node = nodes.next(node + 1)) {
            if (!claimed.get(node)) {
                claimed.set(node);
                return node;
            }
        }
        return -1;
    }

    /// Takes out a claimed node.
    synchronized void linked(int node) {
        claimed.clear(node);
        remove(node);
    }

    private boolean remove(int node) {
        if (nodes.remove(node)) {
            count.decrementAndGet();
            return true;
        }
        return false;
    }

    /// Those that are accepted.
    NodeSet matching(int end, @Nullable IntPredicate accept) {
        return NodeSet.of(end, node -> nodes.has(node) && (accept == null || accept.test(node)));
    }

    /// The `k` best of two lists by descending score, which may share nodes.
    static Neighbours merge(Neighbours one, Neighbours other, int k) {
        int[] nodes = new int[Math.min(k, one.size() + other.size())];
        float[] scores = new float[nodes.length];
        int count = 0;
        int a = 0;
        int b = 0;
        while (count < nodes.length && (a < one.size() || b < other.size())) {
            boolean first = b == other.size()
                    || (a < one.size()
                            && ScoredNodes.key(one.scores()[a], one.nodes()[a])
                                    >= ScoredNodes.key(other.scores()[b], other.nodes()[b]));
            int node = first ? one.nodes()[a] : other.nodes()[b];
            float score = first ? one.scores()[a++] : other.scores()[b++];
            boolean isKnown = false;
            for (int i = 0; i < count && !isKnown; i++) {
                isKnown = nodes[i] == node;
            }
            if (!isKnown) {
                nodes[count] = node;
                scores[count++] = score;
            }
        }
        return new Neighbours(Arrays.copyOf(nodes, count), Arrays.copyOf(scores, count));
    }
}
