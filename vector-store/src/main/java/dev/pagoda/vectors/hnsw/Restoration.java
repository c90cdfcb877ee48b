package dev.pagoda.vectors.hnsw;

import java.util.BitSet;

/// Fills an empty index with vectors and, if they are known, the links of an [Image]. First all vectors, then
/// either all links and [#finish], or [#build]. One thread; nobody else uses the index before the end.
public final class Restoration {
    private final HnswIndex index;
    private final BitSet rows = new BitSet();
    private final BitSet linked = new BitSet();

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
        index.sketch(node, values);
        rows.set(node);
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
        index.restore(node, isLive, index.row(node));
        linked.set(node);
    }

    /// Ends with the links that were set; computes the codes of edges anew.
    ///
    /// @throws IllegalArgumentException if a vector, a link, the entry or the root is without links
    public void finish(long entry, int root) {
        if (!rows.equals(linked)) {
            throw new IllegalArgumentException(
                    rows.cardinality() + " nodes have vectors, " + linked.cardinality() + " have links");
        }
        if (index.config().hasLinks() && !linked.isEmpty()) {
            requireLinked((int) entry);
            requireLinked(root);
            if (entry >>> 32 > index.upper.level((int) entry)) {
                throw new IllegalArgumentException(
                        "the entry point " + (int) entry + " has no layer " + (entry >>> 32));
            }
            for (int node = linked.nextSetBit(0); node >= 0; node = linked.nextSetBit(node + 1)) {
                requireLinkedNeighbours(node);
            }
            encode();
            index.root = root;
            index.entry = entry;
        }
    }

    /// Ends by linking every vector anew.
    public void build() {
        for (int node = rows.nextSetBit(0); node >= 0; node = rows.nextSetBit(node + 1)) {
            index.structure.readLock().lock();
            try {
                index.present.add(node);
                index.insert(node, index.row(node));
            } finally {
                index.structure.readLock().unlock();
            }
        }
    }

    private void encode() {
        if (index.codes == null) {
            return;
        }
        float[] centre = new float[index.codes.rotatedLength()];
        float[] neighbour = new float[centre.length];
        Links links = index.links;
        for (int node = linked.nextSetBit(0); node >= 0; node = linked.nextSetBit(node + 1)) {
            rotate(node, centre);
            int count = links.count(node);
            for (int slot = 0; slot < count; slot++) {
                int link = links.slot(node, slot);
                rotate(link & Links.NODE, neighbour);
                links.store(node, slot, link, centre, neighbour);
            }
        }
    }

    private void rotate(int node, float[] into) {
        index.rows.getNear(node, into);
        if (index.codes != null) {
            index.codes.rotate(into);
        }
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
