package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.quant.EdgeCodes;
import java.util.BitSet;

/// Fills an empty index with vectors and, if they are known, the links of an [Image].
///
/// First all vectors. Then either [#build], or all links and [#finish], by one thread, and nobody else uses the
/// index before the end. Or [#open], after which everybody may use the index: searches compare, and new nodes
/// wait for their links, until one thread has set the links that are known and called [#finish], or [#abandon].
public final class Restoration {
    /// Floats of turned vectors that are kept at most.
    private static final long MAX_TURNED = 64L << 20;

    private final HnswIndex index;
    private final BitSet rows = new BitSet();
    private final BitSet living = new BitSet();
    private final BitSet linked = new BitSet();
    private boolean isOpen;

    Restoration(HnswIndex index) {
        if (index.end() > 0) {
            throw new IllegalStateException("the index holds nodes already");
        }
        this.index = index;
    }

    /// Sets a vector as [HnswIndex#row] told it. [Layout#CODES] rounds again, which may change the last bit.
    public void row(int node, float[] values) {
        if (node < 0 || node >= Links.MAX_NODES) {
            throw new IllegalArgumentException("node " + node + " is not from 0 to " + (Links.MAX_NODES - 1));
        }
        IndexConfig.requireVector(values, index.config().dimensions());
        index.reserve(node + 1);
        index.rows.put(node, values);
        index.raiseNorm(values);
        rows.set(node);
    }

    /// Sets in another restoration the vectors that were set here, and which of them live.
    public void moveTo(Restoration other) {
        for (int node = rows.nextSetBit(0); node >= 0; node = rows.nextSetBit(node + 1)) {
            other.row(node, index.row(node));
            if (living.get(node)) {
                other.living(node);
            }
        }
    }

    /// Sets the links of a node as an [Image] told them.
    ///
    /// @throws IllegalArgumentException if the node has no vector, or a link leads to none
    public void links(int node, boolean isLive, int[] lowest, int[][] upper) {
        requireRow(node);
        if (lowest.length > index.links.slots() || upper.length > HnswIndex.MAX_LEVEL) {
            throw new IllegalArgumentException(
                    "node " + node + " has " + lowest.length + " links and " + upper.length + " upper layers");
        }
        index.structure.readLock().lock();
        try {
            linked.set(node);
            setLinks(node, lowest, upper);
        } finally {
            index.structure.readLock().unlock();
        }
        if (!isOpen) {
            living.set(node, isLive);
        }
    }

    private void setLinks(int node, int[] lowest, int[][] upper) {
        for (int slot = 0; slot < lowest.length; slot++) {
            requireRow(lowest[slot] & Links.NODE);
            index.links.mark(node, slot, lowest[slot]);
        }
        index.upper.open(node, upper.length);
        for (int layer = 1; layer <= upper.length; layer++) {
            for (int other : upper[layer - 1]) {
                requireRow(other);
            }
            index.upper.replace(node, layer, upper[layer - 1]);
        }
    }

    /// Says of a vector that was set that it was not removed.
    public void living(int node) {
        requireRow(node);
        living.set(node);
    }

    /// Lets everybody use the index.
    public void open() {
        isOpen = true;
        index.unlinked.restoring(true);
        index.structure.readLock().lock();
        try {
            enter();
        } finally {
            index.structure.readLock().unlock();
        }
    }

    /// Ends without links: every living vector waits for its own.
    public void abandon() {
        index.structure.readLock().lock();
        try {
            for (int node = linked.nextSetBit(0); node >= 0; node = linked.nextSetBit(node + 1)) {
                index.links.clear(node);
                index.upper.close(node);
            }
        } finally {
            index.structure.readLock().unlock();
        }
        linked.clear();
        settle(-1, -1);
    }

    private void enter() {
        for (int node = rows.nextSetBit(0); node >= 0; node = rows.nextSetBit(node + 1)) {
            index.present.add(node);
            if (living.get(node)) {
                index.enter(node);
            }
        }
    }

    /// Takes the vectors into the graph or among those that wait for it; what was removed meanwhile, or before,
    /// leaves.
    private void settle(long entry, int root) {
        boolean hasLinks = index.config().hasLinks();
        index.structure.readLock().lock();
        try {
            for (int node = rows.nextSetBit(0); node >= 0; node = rows.nextSetBit(node + 1)) {
                if (linked.get(node) || !hasLinks) {
                    index.linked.add(node);
                } else {
                    index.unlinked.add(node);
                }
            }
            index.root = root;
            index.entry = entry;
            index.unlinked.restoring(false);
        } finally {
            index.structure.readLock().unlock();
        }
        for (int node = rows.nextSetBit(0); node >= 0; node = rows.nextSetBit(node + 1)) {
            if (!index.live.has(node) && release(node)) {
                index.leave(node);
            }
        }
    }

    private boolean release(int node) {
        index.structure.readLock().lock();
        try {
            return index.linked.remove(node) || index.unlinked.withdraw(node);
        } finally {
            index.structure.readLock().unlock();
        }
    }

    /// Ends with the links that were set; computes the codes of edges anew.
    ///
    /// @throws IllegalArgumentException if a vector, a link, the entry or the root is without links
    public void finish(long entry, int root) {
        if (!isOpen) {
            if (!rows.equals(linked)) {
                throw new IllegalArgumentException(
                        rows.cardinality() + " nodes have vectors, " + linked.cardinality() + " have links");
            }
            enter();
        }
        if (!index.config().hasLinks() || linked.isEmpty()) {
            settle(-1, -1);
            return;
        }
        if (entry < 0 && root < 0) {
            // only removed nodes were left, and none of them had links
            abandon();
            return;
        }
        requireLinked((int) entry);
        requireLinked(root);
        if (entry >>> 32 > index.upper.level((int) entry)) {
            throw new IllegalArgumentException("the entry point " + (int) entry + " has no layer " + (entry >>> 32));
        }
        for (int node = linked.nextSetBit(0); node >= 0; node = linked.nextSetBit(node + 1)) {
            requireLinkedNeighbours(node);
        }
        sketch();
        encode();
        settle(entry, root);
    }

    /// Ends by linking every vector anew.
    public void build() {
        for (int node = rows.nextSetBit(0); node >= 0; node = rows.nextSetBit(node + 1)) {
            index.structure.readLock().lock();
            try {
                float[] values = index.row(node);
                index.present.add(node);
                index.enter(node);
                index.sketch(node, values);
                index.insert(node, values);
            } finally {
                index.structure.readLock().unlock();
            }
        }
    }

    private void sketch() {
        for (int node = linked.nextSetBit(0); node >= 0; node = linked.nextSetBit(node + 1)) {
            index.structure.readLock().lock();
            try {
                index.sketch(node, index.row(node));
            } finally {
                index.structure.readLock().unlock();
            }
        }
    }

    private void encode() {
        EdgeCodes codes = index.codes;
        if (codes == null) {
            return;
        }
        int length = codes.rotatedLength();
        // each vector is the neighbour of many: turning it once is worth the memory where there is enough of
        // that
        float[][] turned = (long) rows.length() * length < MAX_TURNED ? new float[rows.length()][] : new float[0][];
        for (int node = linked.nextSetBit(0); node >= 0; node = linked.nextSetBit(node + 1)) {
            // growing copies the links, and would lose what is written meanwhile
            index.structure.readLock().lock();
            try {
                float[] centre = turned(node, turned, codes);
                int count = index.links.count(node);
                for (int slot = 0; slot < count; slot++) {
                    int link = index.links.slot(node, slot);
                    index.links.store(node, slot, link, centre, turned(link & Links.NODE, turned, codes));
                }
            } finally {
                index.structure.readLock().unlock();
            }
        }
    }

    private float[] turned(int node, float[][] known, EdgeCodes codes) {
        if (node < known.length && known[node] != null) {
            return known[node];
        }
        float[] values = new float[codes.rotatedLength()];
        float[] near = new float[index.config().dimensions()];
        index.rows.getNear(node, near);
        System.arraycopy(near, 0, values, 0, near.length);
        codes.rotate(values);
        if (node < known.length) {
            known[node] = values;
        }
        return values;
    }

    private void requireLinkedNeighbours(int node) {
        int count = index.links.count(node);
        for (int slot = 0; slot < count; slot++) {
            requireLinked(index.links.slot(node, slot) & Links.NODE);
        }
        for (int layer = 1; layer <= index.upper.level(node); layer++) {
            for (int other : index.upper.list(node, layer)) {
                requireLinked(other);
            }
        }
    }

    private void requireRow(int node) {
        if (node < 0 || !rows.get(node)) {
            throw new IllegalArgumentException("node " + node + " has no vector");
        }
    }

    private void requireLinked(int node) {
        if (node < 0 || !linked.get(node)) {
            throw new IllegalArgumentException("node " + node + " has no links");
        }
    }
}
