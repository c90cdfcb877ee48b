package dev.pagoda.vectors.hnsw;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Takes removed nodes out of the graph, a batch at a time and a little with each write.
///
/// 1. *Begin*, alone: what was removed so far becomes the batch. Writers that start later cannot link to it,
/// because they link to live nodes only.
/// 2. *Sweep*, beside other writers: every node drops its links to the batch and chooses new ones among the
/// rest and the neighbours of those that leave (as FreshDiskANN does [1]). Marked links stay for now.
/// 3. *End*, alone: marked links are made a tree from the root again, which gives every live node a marked
/// link; the blocks of the batch are emptied. Their numbers are free when no search that saw them is left.
///
/// [1] Singh et al. 2021, https://arxiv.org/abs/2105.09613, section 4.2
final class Repair {
    /// A batch begins when this share of the live nodes has been removed, and no fewer than [#LEAST].
    private static final int SHARE = 16;

    private static final int LEAST = 64;

    /// Nodes swept with each write.
    private static final int STEP = 32;

    private final HnswIndex index;
    private @Nullable Insertion insertion;

    /// Removed and waiting for a batch.
    private BitSet waiting = new BitSet();

    private int waitingCount;

    /// The batch; not changed while it is swept.
    private volatile @Nullable BitSet batch;

    /// Nodes that still have a marked link to the batch.
    private final BitSet holders = new BitSet();

    private int batchCount;
    private int cursor;
    private int sweepEnd;

    private final AtomicInteger leaving = new AtomicInteger();

    /// By node, 1 + the epoch in which it left; 0 if it never did.
    private volatile long[] left = {};

    Repair(HnswIndex index) {
        this.index = index;
    }

    int leaving() {
        return leaving.get();
    }

    boolean isInBatch(int node) {
        BitSet leavers = batch;
        return leavers != null && leavers.get(node);
    }

    boolean isReleased(int node) {
        long[] epochs = left;
        if (node >= epochs.length || epochs[node] == 0) {
            return true;
        }
        return index.epochs.current() >= epochs[node] - 1 + Epochs.GRACE || advance(epochs[node] - 1);
    }

    // not synchronized: writers ask while they hold the structure's lock, which a repair takes after its own
    private boolean advance(long since) {
        while (index.epochs.current() < since + Epochs.GRACE) {
            if (!index.epochs.advance()) {
                return false;
            }
        }
        return true;
    }

    synchronized void removed(int node) {
        waiting.set(node);
        waitingCount++;
        leaving.incrementAndGet();
    }

    /// Does a share of the work if there is any.
    void step() {
        if (leaving.get() == 0 || index.unlinked.isRestoring()) {
            return;
        }
        synchronized (this) {
            if (batch == null && waitingCount < Math.max(LEAST, index.size() / SHARE)) {
                return;
            }
            advanceBy(STEP);
        }
    }

    /// Does all the work.
    synchronized void finish() {
        while (leaving.get() > 0 && !index.unlinked.isRestoring()) {
            advanceBy(4096);
        }
    }

    private void advanceBy(int nodes) {
        BitSet leavers = batch;
        if (leavers == null) {
            begin();
            return;
        }
        if (cursor < sweepEnd) {
            index.structure.readLock().lock();
            try {
                int end = Math.min(sweepEnd, cursor + nodes);
                Insertion relinking = insertion();
                for (; cursor < end; cursor++) {
                    if (index.linked.has(cursor) && relinking.relink(cursor, leavers)) {
                        holders.set(cursor);
                    }
                }
            } finally {
                index.structure.readLock().unlock();
            }
            return;
        }
        end(leavers);
    }

    private Insertion insertion() {
        Insertion present = insertion;
        if (present == null) {
            present = new Insertion(index);
            insertion = present;
        }
        return present;
    }

    private void begin() {
        index.structure.writeLock().lock();
        try {
            batch = waiting;
            batchCount = waitingCount;
            waiting = new BitSet();
            waitingCount = 0;
            cursor = 0;
            sweepEnd = index.end();
        } finally {
            index.structure.writeLock().unlock();
        }
    }

    private void end(BitSet leavers) {
        index.structure.writeLock().lock();
        try {
            replaceEntry(leavers);
            plantTree(leavers);
            dropHeld(leavers);
            long stamp = index.epochs.stamp() + 1;
            long[] epochs = left.length < index.end() ? Arrays.copyOf(left, index.end()) : left;
            for (int node = leavers.nextSetBit(0); node >= 0; node = leavers.nextSetBit(node + 1)) {
                index.links.clear(node);
                index.upper.close(node);
                epochs[node] = stamp;
            }
            left = epochs;
            // who sees that a node is not present must see when it left
            for (int node = leavers.nextSetBit(0); node >= 0; node = leavers.nextSetBit(node + 1)) {
                index.present.remove(node);
            }
            leaving.addAndGet(-batchCount);
            batch = null;
            insertion = null;
        } finally {
            index.structure.writeLock().unlock();
        }
    }

    private void replaceEntry(BitSet leavers) {
        if (index.entry >= 0 && leavers.get((int) index.entry)) {
            int best = -1;
            int level = -1;
            for (int node = index.linked.next(0); node >= 0; node = index.linked.next(node + 1)) {
                if (index.upper.level(node) > level) {
                    best = node;
                    level = index.upper.level(node);
                }
            }
            index.entry = best < 0 ? -1 : HnswIndex.entry(level, best);
        }
        if (index.root >= 0 && leavers.get(index.root)) {
            index.root = index.entry < 0 ? -1 : (int) index.entry;
        }
    }

    private void dropHeld(BitSet leavers) {
        for (int node = holders.nextSetBit(0); node >= 0; node = holders.nextSetBit(node + 1)) {
            insertion().dropLeavers(node, leavers);
        }
        holders.clear();
    }

    /// Marks links so that they are a tree over all live nodes and those removed ones that lead to them.
    private void plantTree(BitSet leavers) {
        if (index.root < 0) {
            return;
        }
        int[] order = new int[index.end()];
        BitSet reached = new BitSet(index.end());
        reached.or(leavers);
        reached.set(index.root);
        order[0] = index.root;
        int end = followMarked(order, 0, 1, reached);
        end = followUnmarked(order, end, reached);
        for (int node = index.linked.next(0); node >= 0; node = index.linked.next(node + 1)) {
            if (!reached.get(node)) {
                insertion().adoptAnew(node, reached);
                reached.set(node);
                order[end] = node;
                int from = end;
                end = followMarked(order, from, from + 1, reached);
                end = followUnmarkedFrom(order, from, end, reached);
            }
        }
    }

    private int followMarked(int[] order, int from, int to, BitSet reached) {
        Links links = index.links;
        int end = to;
        for (int at = from; at < end; at++) {
            int node = order[at];
            for (int slot = 0; slot < links.slots(); slot++) {
                int link = links.slot(node, slot);
                int target = link & Links.NODE;
                if (target == Links.EMPTY) {
                    break;
                }
                if ((link & Links.TREE) != 0) {
                    if (reached.get(target)) {
                        links.mark(node, slot, target);
                    } else {
                        reached.set(target);
                        order[end++] = target;
                    }
                }
            }
        }
        return end;
    }

    private int followUnmarked(int[] order, int to, BitSet reached) {
        return followUnmarkedFrom(order, 0, to, reached);
    }

    private int followUnmarkedFrom(int[] order, int from, int to, BitSet reached) {
        Links links = index.links;
        int most = Math.max(1, links.slots() / 2);
        int end = to;
        for (int at = from; at < end; at++) {
            int node = order[at];
            int marked = 0;
            for (int slot = 0; slot < links.slots(); slot++) {
                marked += (links.slot(node, slot) >>> 30) & 1;
            }
            for (int slot = 0; slot < links.slots() && marked < most; slot++) {
                int link = links.slot(node, slot);
                int target = link & Links.NODE;
                if (target == Links.EMPTY) {
                    break;
                }
                if (!reached.get(target)) {
                    links.mark(node, slot, target | Links.TREE);
                    marked++;
                    reached.set(target);
                    order[end] = target;
                    end = followMarked(order, end, end + 1, reached);
                }
            }
        }
        return end;
    }

    /// Live nodes without a path from the root. Alone among writers.
    int unreachable() {
        if (index.root < 0) {
            return index.size();
        }
        Links links = index.links;
        BitSet reached = new BitSet(index.end());
        ArrayDeque<Integer> queue = new ArrayDeque<>();
        reached.set(index.root);
        queue.add(index.root);
        while (!queue.isEmpty()) {
            int node = queue.remove();
            for (int slot = 0; slot < links.slots(); slot++) {
                int target = links.slot(node, slot) & Links.NODE;
                if (target == Links.EMPTY) {
                    break;
                }
                if (!reached.get(target)) {
                    reached.set(target);
                    queue.add(target);
                }
            }
        }
        int missing = 0;
        for (int node = index.linked.next(0); node >= 0; node = index.linked.next(node + 1)) {
            if (!reached.get(node)) {
                missing++;
            }
        }
        return missing;
    }
}
