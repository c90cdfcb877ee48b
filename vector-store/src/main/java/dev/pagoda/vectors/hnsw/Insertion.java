package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.EdgeCodes;
import dev.pagoda.vectors.quant.Rows;
import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// Links nodes, by one thread; the shared side of the index's lock is held. One node's lock is held at a time.
final class Insertion {
    private static final float[] NOTHING = {};

    /// Candidates looked at when a node loses neighbours.
    private static final int MOST_HEIRS = 96;

    /// With edge codes a walk of this share of `efConstruction` computes more than `efConstruction` distances.
    private static final double BREADTH = 0.625;

    private final HnswIndex index;
    private final Rows rows;
    private final Links links;
    private final UpperLayers upper;
    private final @Nullable EdgeCodes codes;
    private final HnswParameters parameters;
    private final Measure measure;
    private final Selection selection;

    /// The vector of the node whose links change.
    private final float[] base;

    private final float[] centre;
    private final float[] neighbour;
    private final int[] other = new int[1];
    private final float[] distance = new float[1];

    /// What a node that is linked links to, and what else its walk found, nearest first.
    private final int[] chosen;

    private final int[] fillers;
    private int fillerCount;

    /// The chosen ones, rotated.
    private final float[][] targets;

    private final FullNode full;

    Insertion(HnswIndex index) {
        this.index = index;
        this.rows = index.rows;
        this.links = index.links;
        this.upper = index.upper;
        this.codes = index.codes;
        this.parameters = index.config().parameters();
        this.measure = index.config().metric().walkMeasure();
        this.selection = new Selection(rows, measure);
        this.base = new float[rows.dimensions()];
        this.centre = codes == null ? NOTHING : new float[codes.rotatedLength()];
        this.neighbour = codes == null ? NOTHING : new float[codes.rotatedLength()];
        this.chosen = new int[links.slots()];
        this.fillers = new int[links.slots()];
        this.targets = new float[links.slots()][codes == null ? 0 : codes.rotatedLength()];
        this.full = new FullNode(index, selection);
    }

    /// Links a node whose row is set into all its layers.
    ///
    /// @param walk prepared for the node's vector
    void link(int node, int level, float[] values, Walk walk) {
        long from = index.entry;
        int top = (int) (from >>> 32);
        int near = walk.descend(rows, upper, (int) from, top, level);
        IntPredicate accept = living(node);
        int layers = Math.min(level, top);
        long[][] candidates = new long[layers + 1][];
        for (int layer = layers; layer > 0; layer--) {
            walk.run(
                    links,
                    upper,
                    layer,
                    rows,
                    near,
                    -1,
                    Breadth.only(parameters.efConstruction()),
                    index.end(),
                    accept);
            long[] found = walk.nearest(parameters.efConstruction());
            candidates[layer] = found;
            if (found.length > 0) {
                near = ScoredNodes.node(found[0]);
            }
        }
        if (!linkLowest(node, near, values, walk)) {
            synchronized (index) {
                // two first nodes must not both become the root
                if (!linkLowest(node, near, values, walk)) {
                    crown(node);
                    index.entry = HnswIndex.entry(level, node);
                }
            }
        }
        // last, as others find the node by its upper layers: what they link to must be reachable and have its own links
        for (int layer = layers; layer > 0; layer--) {
            if (candidates[layer].length > 0) {
                linkUpper(node, layer, candidates[layer], values);
            }
        }
    }

    private IntPredicate living(int self) {
        return node -> node != self && index.linked.has(node);
    }

    /// @return false if there is no live node to link to
    private boolean linkLowest(int node, int near, float[] values, Walk walk) {
        int ef = parameters.efConstruction();
        int breadth = codes == null ? ef : Math.max(1, (int) (ef * BREADTH));
        walk.run(links, upper, 0, rows, near, index.root, Breadth.only(breadth), index.end(), living(node));
        long[] found = walk.nearest(ef);
        if (found.length == 0) {
            return false;
        }
        if (codes != null) {
            full.walked(node, walk);
        }
        int diverse = choose(found, values);
        int own = codes == null ? diverse : Math.min(links.slots(), diverse + fillerCount);
        System.arraycopy(fillers, 0, chosen, diverse, own - diverse);
        float[] rotated = codes == null ? NOTHING : rotate(node, centre).clone();
        rotateChosen(own);
        storeChosen(node, diverse, own, rotated);
        boolean reachable = linkFromChosen(node, own, rotated);
        for (int i = 0; i < fillerCount && !reachable; i++) {
            reachable = linkBack(fillers[i], node, true, rotated);
        }
        if (!reachable) {
            adopt(node, rotated);
        }
        return true;
    }

    /// Sets `chosen` and `fillers`.
    ///
    /// @return how many are chosen
    private int choose(long[] found, float[] values) {
        int slots = links.slots();
        int most = codes == null ? Math.min(slots, parameters.m()) : slots;
        int diverse = 0;
        int left = 0;
        selection.begin(slots);
        for (long key : found) {
            int candidate = ScoredNodes.node(key);
            if (diverse < most && selection.offer(candidate, toBase(key, values))) {
                chosen[diverse++] = candidate;
            } else if (left < slots) {
                fillers[left++] = candidate;
            }
        }
        fillerCount = left;
        return diverse;
    }

    // small methods of one loop each, since the JIT compiler leaves vectors in memory where a method grows large

    private void rotateChosen(int own) {
        for (int slot = 0; slot < own && codes != null; slot++) {
            rotate(chosen[slot], targets[slot]);
        }
    }

    /// Links the node to the chosen ones.
    private void storeChosen(int node, int diverse, int own, float[] rotated) {
        synchronized (index.locks.of(node)) {
            for (int slot = 0; slot < own; slot++) {
                links.store(node, slot, chosen[slot] | (slot < diverse ? 0 : Links.FILLER), rotated, targets[slot]);
            }
        }
    }

    /// Links the chosen ones to the node.
    ///
    /// @return whether a marked link was made
    private boolean linkFromChosen(int node, int own, float[] rotated) {
        boolean reachable = false;
        for (int slot = 0; slot < own; slot++) {
            int owner = chosen[slot];
            reachable |= index.linked.has(owner) && linkFrom(owner, targets[slot], node, !reachable, rotated);
        }
        return reachable;
    }

    /// Gives a node a marked link from the root or, where that has no room, from the first node below it in the
    /// tree that has. When no live node has, a removed one does that does not leave yet; when there is none
    /// either, the node becomes the root.
    private void adopt(int node, float[] rotated) {
        int[] queue = new int[64];
        int end = 0;
        BitSet seen = new BitSet();
        seen.set(node);
        seen.set(index.root);
        queue[end++] = index.root;
        for (int at = 0; at < end; at++) {
            if (linkBack(queue[at], node, true, rotated)) {
                return;
            }
            for (int slot = 0; slot < links.slots(); slot++) {
                int link = links.slot(queue[at], slot);
                if ((link & Links.TREE) != 0 && !seen.get(link & Links.NODE)) {
                    if (end == queue.length) {
                        queue = Arrays.copyOf(queue, end * 2);
                    }
                    seen.set(link & Links.NODE);
                    queue[end++] = link & Links.NODE;
                }
            }
        }
        for (int at = 0; at < end; at++) {
            if (!index.isLeaving(queue[at]) && linkFrom(queue[at], node, true, rotated)) {
                return;
            }
        }
        synchronized (index) {
            crown(node);
        }
    }

    /// Makes a live node the root, from which the old one can be reached.
    private void crown(int node) {
        int old = index.root;
        if (old >= 0 && old != node && !index.isLeaving(old)) {
            linkFrom(node, old, true, rotated(old));
        }
        index.root = node;
    }

    /// Distance of the candidate and the base, as the selection wants it.
    private float toBase(long key, float[] values) {
        if (measure != Measure.DOT) {
            return -ScoredNodes.score(key);
        }
        other[0] = ScoredNodes.node(key);
        rows.near(measure, values, other, 0, 1, distance);
        return -distance[0];
    }

    private float[] rotated(int node) {
        return codes == null ? NOTHING : rotate(node, neighbour);
    }

    private float[] rotate(int node, float[] into) {
        rows.getNear(node, base);
        System.arraycopy(base, 0, into, 0, base.length);
        if (codes != null) {
            codes.rotate(into);
        }
        return into;
    }

    /// Links `owner` to `node`.
    ///
    /// @param tree    whether the link shall be marked so that it is never dropped
    /// @param rotated the rotated vector of `node`
    /// @return whether a marked link was made
    private boolean linkBack(int owner, int node, boolean tree, float[] rotated) {
        return index.linked.has(owner) && linkFrom(owner, node, tree, rotated);
    }

    private boolean linkFrom(int owner, int node, boolean tree, float[] rotated) {
        return linkFrom(owner, codes == null ? NOTHING : rotate(owner, centre), node, tree, rotated);
    }

    /// @param from the rotated vector of `owner`
    private boolean linkFrom(int owner, float[] from, int node, boolean tree, float[] rotated) {
        synchronized (index.locks.of(owner)) {
            int count = links.count(owner);
            int marked = 0;
            int fresh = 0;
            for (int slot = 0; slot < count; slot++) {
                int link = links.slot(owner, slot);
                marked += (link >>> 30) & 1;
                fresh += link >>> 31;
                if ((link & Links.NODE) == node) {
                    return mark(owner, slot, tree);
                }
            }
            boolean mark = tree && marked < mostMarked();
            int link = mark ? node | Links.TREE : node;
            int slot = count;
            int weight = Links.FRESH;
            if (count == links.slots()) {
                slot = full.makeRoom(owner, from, node, mark, fresh > 0);
                weight = full.weight();
            }
            if (slot >= 0) {
                links.store(owner, slot, link | weight, from, rotated);
            }
            return mark;
        }
    }

    /// Marks a link that is there, if it shall be and may be.
    private boolean mark(int owner, int slot, boolean tree) {
        int link = links.slot(owner, slot);
        if (!tree || (link & Links.TREE) != 0) {
            return tree;
        }
        int marked = 0;
        for (int i = 0; i < links.slots(); i++) {
            marked += (links.slot(owner, i) >>> 30) & 1;
        }
        if (marked >= mostMarked()) {
            return false;
        }
        links.mark(owner, slot, (link & Links.NODE) | Links.TREE);
        return true;
    }

    private int mostMarked() {
        return Math.max(1, links.slots() / 2);
    }

    private void linkUpper(int node, int layer, long[] found, float[] values) {
        int m = parameters.m();
        selection.begin(m);
        int[] chosen = new int[m];
        int count = 0;
        for (int i = 0; i < found.length && count < m; i++) {
            int candidate = ScoredNodes.node(found[i]);
            if (selection.offer(candidate, toBase(found[i], values))) {
                chosen[count++] = candidate;
            }
        }
        int[] own = Arrays.copyOf(chosen, count);
        synchronized (index.locks.of(node)) {
            upper.replace(node, layer, own);
        }
        for (int other : own) {
            linkUpperBack(other, node, layer);
        }
    }

    private void linkUpperBack(int owner, int node, int layer) {
        synchronized (index.locks.of(owner)) {
            int[] old = upper.list(owner, layer);
            if (upper.level(owner) < layer || !index.linked.has(owner)) {
                return;
            }
            int[] grown = Arrays.copyOf(old, old.length + 1);
            grown[old.length] = node;
            upper.replace(owner, layer, grown.length <= parameters.m() ? grown : chooseUpper(owner, grown));
        }
    }

    int[] chooseUpper(int owner, int[] candidates) {
        rows.getNear(owner, base);
        float[] computed = new float[candidates.length];
        rows.near(measure, base, candidates, 0, candidates.length, computed);
        long[] keys = new long[candidates.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = ~ScoredNodes.key(measure == Measure.DOT ? computed[i] : -computed[i], candidates[i]);
        }
        Arrays.sort(keys);
        int[] chosen = new int[parameters.m()];
        int count = 0;
        selection.begin(parameters.m());
        for (int i = 0; i < keys.length && count < chosen.length; i++) {
            int candidate = ScoredNodes.node(~keys[i]);
            if (selection.offer(candidate, -ScoredNodes.score(~keys[i]))) {
                chosen[count++] = candidate;
            }
        }
        return Arrays.copyOf(chosen, count);
    }

    /// Replaces a live node's links to nodes that leave. Marked ones stay, so that what can be reached through
    /// them only still can.
    ///
    /// @return whether a link to a node that leaves has stayed
    boolean relink(int node, BitSet leavers) {
        for (int layer = upper.level(node); layer > 0; layer--) {
            relinkUpper(node, layer, leavers);
        }
        int count = links.count(node);
        boolean lostChosen = false;
        boolean lost = false;
        for (int slot = 0; slot < count; slot++) {
            int link = links.slot(node, slot);
            if (leavers.get(link & Links.NODE)) {
                lost = true;
                lostChosen |= (link & Links.FILLER) == 0;
            }
        }
        if (!lost) {
            return false;
        }
        int[] heirs = lostChosen ? heirs(node, leavers) : new int[0];
        float[] own = codes == null ? NOTHING : rotate(node, centre).clone();
        synchronized (index.locks.of(node)) {
            boolean held = dropLeavers(node, leavers, Links.TREE);
            int present = links.count(node);
            rows.getNear(node, base);
            float[] values = base.clone();
            float[] computed = new float[heirs.length];
            rows.near(measure, values, heirs, 0, heirs.length, computed);
            long[] keys = new long[heirs.length];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = ~ScoredNodes.key(measure == Measure.DOT ? computed[i] : -computed[i], heirs[i]);
            }
            Arrays.sort(keys);
            selection.begin(links.slots());
            for (int slot = 0; slot < present; slot++) {
                int link = links.slot(node, slot);
                if ((link & Links.FILLER) == 0 && !leavers.get(link & Links.NODE)) {
                    selection.add(link & Links.NODE);
                }
            }
            int free = present;
            for (int i = 0; i < keys.length && free < links.slots(); i++) {
                int heir = ScoredNodes.node(~keys[i]);
                boolean diverse =
                        selection.count() < links.slots() && selection.offer(heir, -ScoredNodes.score(~keys[i]));
                if (diverse || codes != null) {
                    links.store(node, free++, heir | (diverse ? 0 : Links.FILLER), own, rotated(heir));
                }
            }
            return held;
        }
    }

    /// Drops a node's links to nodes that leave. Alone among writers.
    void dropLeavers(int node, BitSet leavers) {
        dropLeavers(node, leavers, 0);
    }

    /// Live neighbours of the leaving neighbours of a node that are not its own.
    private int[] heirs(int node, BitSet leavers) {
        int[] found = new int[MOST_HEIRS];
        int count = 0;
        BitSet seen = new BitSet();
        seen.set(node);
        int own = links.count(node);
        for (int slot = 0; slot < own; slot++) {
            // another writer may empty a slot meanwhile, and a set that holds EMPTY would take 64 MB
            int neighbour = links.slot(node, slot) & Links.NODE;
            if (neighbour != Links.EMPTY) {
                seen.set(neighbour);
            }
        }
        for (int slot = 0; slot < links.slots(); slot++) {
            int link = links.slot(node, slot);
            int leaver = link & Links.NODE;
            if (leaver == Links.EMPTY) {
                break;
            }
            if ((link & Links.FILLER) == 0 && leavers.get(leaver)) {
                for (int s = 0; s < links.slots() && count < found.length; s++) {
                    int heir = links.slot(leaver, s) & Links.NODE;
                    if (heir != Links.EMPTY && !seen.get(heir) && index.linked.has(heir)) {
                        seen.set(heir);
                        found[count++] = heir;
                    }
                }
            }
        }
        return Arrays.copyOf(found, count);
    }

    /// @param held the mark of links that stay
    /// @return whether such a link to a node that leaves has stayed
    private boolean dropLeavers(int node, BitSet leavers, int held) {
        int count = links.count(node);
        int to = 0;
        boolean stayed = false;
        for (int slot = 0; slot < count; slot++) {
            int link = links.slot(node, slot);
            boolean leaves = leavers.get(link & Links.NODE);
            if (!leaves || (link & held) != 0) {
                links.move(node, slot, to++);
                stayed |= leaves;
            }
        }
        for (int slot = to; slot < count; slot++) {
            links.clear(node, slot);
        }
        return stayed;
    }

    private void relinkUpper(int node, int layer, BitSet leavers) {
        int[] old = upper.list(node, layer);
        BitSet candidates = new BitSet();
        boolean lost = false;
        for (int other : old) {
            if (leavers.get(other)) {
                lost = true;
                for (int heir : upper.list(other, layer)) {
                    if (heir != node && index.linked.has(heir)) {
                        candidates.set(heir);
                    }
                }
            } else {
                candidates.set(other);
            }
        }
        if (lost) {
            int[] chosen = chooseUpper(node, candidates.stream().toArray());
            synchronized (index.locks.of(node)) {
                upper.replace(node, layer, chosen);
            }
        }
    }

    /// Gives a node that no marked link leads to a new one, from a node near it. Alone among writers.
    ///
    /// @param reached nodes that marked links lead to from the root
    void adoptAnew(int node, BitSet reached) {
        rows.getNear(node, base);
        float[] values = base.clone();
        Walk walk = index.take();
        walk.prepare(values, measure, index.ceiling(values));
        float[] rotated = codes == null ? NOTHING : rotate(node, centre).clone();
        IntPredicate living = candidate -> reached.get(candidate) && index.linked.has(candidate);
        walk.run(links, upper, 0, rows, index.root, -1, Breadth.only(links.slots()), index.end(), living);
        boolean adopted = false;
        for (long key : walk.nearest(links.slots())) {
            adopted = linkBack(ScoredNodes.node(key), node, true, rotated);
            if (adopted) {
                break;
            }
        }
        if (!adopted) {
            adopt(node, rotated);
        }
        index.giveBack(walk);
    }
}
