package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.EdgeCodes;
import dev.pagoda.vectors.quant.Rows;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Decides which link a full node gives up for a new one, by one thread; the node's lock is held.
///
/// Links that keep the graph connected ([Links#TREE]) stay. Of the others those go first that a walk needs
/// least: fillers, whose direction another link covers, and of these the farthest.
final class FullNode {
    private final Rows rows;
    private final Links links;
    private final @Nullable EdgeCodes codes;
    private final EdgeCodes.@Nullable Query lengths;
    private final Measure measure;
    private final Selection selection;

    /// The vector of the node whose links change.
    private final float[] base;

    private final float[] newcomer;
    private final int[] others;
    private final float[] distances;
    private final float[] between;
    private final float[] estimates;
    private final int[] places;
    private final ComputedDistances computed = new ComputedDistances();

    /// The node that `computed` is about.
    private int walked = -1;

    private int weight;

    /// @param selection free to be used by this class between two calls
    FullNode(HnswIndex index, Selection selection) {
        this.rows = index.rows;
        this.links = index.links;
        this.codes = index.codes;
        this.lengths = codes == null ? null : codes.new Query();
        this.measure = index.config().metric().walkMeasure();
        this.selection = selection;
        this.base = new float[rows.dimensions()];
        this.newcomer = new float[rows.dimensions()];
        this.others = new int[links.slots() + 1];
        this.between = new float[links.slots()];
        this.distances = new float[links.slots() + 1];
        this.estimates = new float[links.slots()];
        this.places = new int[links.slots()];
    }

    /// Keeps the distances that a walk for a node has computed, for when that node's links are weighed.
    void walked(int node, Walk walk) {
        walk.copyComputed(computed);
        walked = node;
    }

    /// Makes room for a link to `node`.
    ///
    /// @param from  the rotated vector of `owner`, with edge codes
    /// @param force whether the new link must be kept
    /// @param anew  whether some of its links were never weighed, so that all have to be
    /// @return the slot that became free, or -1 if the new link is the one left out
    int makeRoom(int owner, float[] from, int node, boolean force, boolean anew) {
        weight = Links.FRESH;
        return codes == null || lengths == null || anew
                ? choose(owner, node, force)
                : weigh(owner, from, node, force, codes, lengths);
    }

    /// The mark of the link that [#makeRoom] made room for: none, [Links#FILLER], or [Links#FRESH] where
    /// fillers are not kept.
    int weight() {
        return weight;
    }

    /// Weighs a new link of a full node against the others, each of which was weighed before: whether it is
    /// a filler, and which become fillers by it. Then the farthest filler goes, or if there is none, the
    /// farthest link without a mark. How long the links are is estimated by their codes; how far the new node
    /// is from the others is mostly known from the walk that found the owner.
    ///
    /// @param from  the rotated vector of `owner`
    /// @param force whether the new link must be kept
    /// @return the slot that became free, or -1 if the new link is the one left out
    private int weigh(int owner, float[] from, int node, boolean force, EdgeCodes by, EdgeCodes.Query query) {
        int slots = links.slots();
        int[] block = links.block(owner);
        int offset = links.offset(owner);
        System.arraycopy(from, 0, query.rotated, 0, from.length);
        by.prepare(query);
        float origin = measure == Measure.DOT ? -square(from) : 0;
        for (int first = 0; first < slots; first += EdgeCodes.SLOTS) {
            by.estimate(
                    block, links.codesOffset(offset, first), query, origin, Float.POSITIVE_INFINITY, distances, first);
        }
        float own = walked == node ? computed.get(owner) : Float.NaN;
        if (Float.isNaN(own)) {
            own = distance(owner, node);
        }
        distances[slots] = own;
        float bound = walked == node ? computed.bound() : Float.NEGATIVE_INFINITY;
        boolean isFiller = !force && isOvershadowed(node, block, offset, own, bound);
        if (!isFiller) {
            overshadow(node, block, offset, own, bound);
        }
        int farthestFiller = isFiller ? slots : -1;
        int farthest = force ? -1 : slots;
        for (int slot = 0; slot < slots; slot++) {
            int link = links.slot(block, offset, slot);
            if ((link & Links.TREE) != 0) {
                continue;
            }
            if (!isFiller && between[slot] < distances[slot] && (link & Links.FILLER) == 0) {
                links.mark(owner, slot, link | Links.FILLER);
                link |= Links.FILLER;
            }
            if ((link & Links.FILLER) != 0 && isFarther(slot, farthestFiller)) {
                farthestFiller = slot;
            }
            if (isFarther(slot, farthest)) {
                farthest = slot;
            }
        }
        weight = isFiller ? Links.FILLER : 0;
        int leaves = farthestFiller >= 0 ? farthestFiller : farthest;
        return leaves == slots ? -1 : leaves;
    }

    /// Whether one of the links keeps a new one at distance `own` from being chosen.
    private boolean isOvershadowed(int node, int[] block, int offset, float own, float bound) {
        int asked = 0;
        for (int slot = 0; slot < links.slots(); slot++) {
            int link = links.slot(block, offset, slot);
            if ((link & Links.TREE) != 0 || ((link & Links.FILLER) == 0 && distances[slot] <= own)) {
                float known = walked == node ? computed.get(link & Links.NODE) : Float.NaN;
                if (known < own) {
                    return true;
                }
                if (Float.isNaN(known) && bound < own) {
                    others[asked++] = link & Links.NODE;
                }
            }
        }
        fromNode(node, asked);
        for (int i = 0; i < asked; i++) {
            if (estimates[i] < own) {
                return true;
            }
        }
        return false;
    }

    /// Sets `between` of the links that a new one at distance `own` may keep from being chosen.
    private void overshadow(int node, int[] block, int offset, float own, float bound) {
        int asked = 0;
        for (int slot = 0; slot < links.slots(); slot++) {
            int link = links.slot(block, offset, slot);
            between[slot] = Float.POSITIVE_INFINITY;
            if ((link & (Links.TREE | Links.FILLER)) == 0 && distances[slot] > own) {
                float known = walked == node ? computed.get(link & Links.NODE) : Float.NaN;
                if (!Float.isNaN(known)) {
                    between[slot] = known;
                } else if (bound < distances[slot]) {
                    places[asked] = slot;
                    others[asked++] = link & Links.NODE;
                }
            }
        }
        fromNode(node, asked);
        for (int i = 0; i < asked; i++) {
            between[places[i]] = estimates[i];
        }
    }

    /// Computes the distances of a node and the first of `others`.
    private void fromNode(int node, int count) {
        if (count == 0) {
            return;
        }
        rows.getNear(node, newcomer);
        rows.near(measure, newcomer, others, 0, count, estimates);
        if (measure == Measure.DOT) {
            negate(estimates);
        }
    }

    private float distance(int owner, int node) {
        rows.getNear(owner, base);
        others[0] = node;
        rows.near(measure, base, others, 0, 1, estimates);
        return measure == Measure.DOT ? -estimates[0] : estimates[0];
    }

    private static float square(float[] vector) {
        float sum = 0;
        for (float value : vector) {
            sum += value * value;
        }
        return sum;
    }

    private boolean isFarther(int slot, int than) {
        return than < 0 || distances[slot] > distances[than];
    }

    private static void negate(float[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = -values[i];
        }
    }

    /// Chooses anew among all links of a full node and a new one.
    ///
    /// @param force whether the new link must be kept
    /// @return the slot that became free, or -1 if the new link is the one left out
    private int choose(int owner, int node, boolean force) {
        int slots = links.slots();
        rows.getNear(owner, base);
        for (int slot = 0; slot < slots; slot++) {
            others[slot] = links.slot(owner, slot) & Links.NODE;
        }
        others[slots] = node;
        rows.near(measure, base, others, 0, slots + 1, distances);
        long[] keys = new long[slots + 1];
        selection.begin(slots + 1);
        for (int i = 0; i <= slots; i++) {
            float distance = measure == Measure.DOT ? -distances[i] : distances[i];
            keys[i] = ~ScoredNodes.key(-distance, i);
            boolean kept = i < slots ? (links.slot(owner, i) & Links.TREE) != 0 : force;
            if (kept) {
                selection.add(others[i]);
            }
        }
        Arrays.sort(keys);
        boolean[] chosen = new boolean[slots + 1];
        int farthest = -1;
        for (long complement : keys) {
            int i = ScoredNodes.node(~complement);
            boolean kept = i < slots ? (links.slot(owner, i) & Links.TREE) != 0 : force;
            boolean hasRoom = selection.count() < slots;
            chosen[i] = kept || (hasRoom && selection.offer(others[i], -ScoredNodes.score(~complement)));
            if (!chosen[i]) {
                farthest = i;
            }
        }
        if (farthest < 0) {
            // all are needed; the farthest that is not marked goes
            for (int at = slots; at >= 0 && farthest < 0; at--) {
                int i = ScoredNodes.node(~keys[at]);
                if (i < slots ? (links.slot(owner, i) & Links.TREE) == 0 : !force) {
                    farthest = i;
                }
            }
        }
        if (codes == null) {
            return compact(owner, chosen, farthest);
        }
        for (int slot = 0; slot < slots; slot++) {
            int tree = links.slot(owner, slot) & Links.TREE;
            links.mark(owner, slot, others[slot] | tree | (chosen[slot] ? 0 : Links.FILLER));
        }
        weight = chosen[slots] ? 0 : Links.FILLER;
        return farthest == slots ? -1 : farthest;
    }

    /// Moves the chosen links together; the rest is emptied.
    ///
    /// @return the first empty slot, or -1 if the new link is not chosen
    private int compact(int owner, boolean[] chosen, int farthest) {
        int slots = links.slots();
        int to = 0;
        for (int slot = 0; slot < slots; slot++) {
            if (chosen[slot] && slot != farthest) {
                links.move(owner, slot, to++);
            }
        }
        for (int slot = to; slot < slots; slot++) {
            links.clear(owner, slot);
        }
        return chosen[slots] && farthest != slots && to < slots ? to : -1;
    }
}
