package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.quant.EdgeCodes;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What must hold of the links after every change, in small narrow graphs that are emptied and filled again.
class GraphTest {
    private static final long SEED = 20251205;
    private static final int RANGE = 200;
    private static final int DIMENSIONS = 4;

    private final Random random = new Random(SEED);

    @Test
    @Tag("broad")
    void fastGraphsAreSound() {
        for (Metric metric : new Metric[] {Metric.L2, Metric.DOT, Metric.COSINE}) {
            check(Layout.FAST, metric, 3);
        }
    }

    @Test
    void aFastGraphIsSoundNowAndThen() {
        check(Layout.FAST, Metric.L2, 3, 350, 70);
    }

    @Test
    void compactGraphsAreSound() {
        for (int m : new int[] {2, 3, 6}) {
            check(Layout.COMPACT, Metric.L2, m);
        }
        check(Layout.COMPACT, Metric.MANHATTAN, 4);
        check(Layout.COMPACT, Metric.DOT, 4);
    }

    @Test
    void graphsOfCodesAreSound() {
        check(Layout.CODES, Metric.COSINE, 3);
        check(Layout.CODES, Metric.L2, 8);
    }

    private void check(Layout layout, Metric metric, int m) {
        check(layout, metric, m, 700, 20);
    }

    private void check(Layout layout, Metric metric, int m, int steps, int every) {
        IndexConfig config = new IndexConfig(
                DIMENSIONS, metric, ElementType.FLOAT32, layout, new HnswParameters(m, 2 * m + 4, SEED));
        HnswIndex index = new HnswIndex(config);
        for (int i = 0; i < steps; i++) {
            int node = random.nextInt(RANGE);
            if (index.isLive(node)) {
                if (i < 300 || random.nextInt(4) > 0) {
                    index.remove(node);
                }
            } else if (index.isReusable(node)) {
                index.put(node, vector());
            }
            if (i % every == 0) {
                checkGraph(index, config + " step " + i);
            }
        }
        for (int node = RANGE - 1; node >= 0; node--) {
            if (index.remove(node) && node % 16 == 0) {
                checkGraph(index, config + " left " + index.size());
            }
        }
        index.repair();
        assertEquals(0, index.leaving());
        assertEquals(-1, index.root);
        assertEquals(-1, index.entry);
        index.put(7, vector());
        assertEquals(7, index.root);
        assertEquals(7, (int) index.entry);
    }

    private float[] vector() {
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    private static void checkGraph(HnswIndex index, String name) {
        String at = "seed " + SEED + " " + name;
        if (index.size() > 0) {
            checkTree(index, at);
        }
        int top = 0;
        for (int node = index.present.next(0); node >= 0; node = index.present.next(node + 1)) {
            checkLowest(index, node, at + " node " + node);
            checkUpper(index, node, at + " node " + node);
            if (index.live.has(node)) {
                top = Math.max(top, index.upper.level(node));
            }
        }
        if (index.size() > 0) {
            int entry = (int) index.entry;
            assertTrue(index.present.has(entry), at);
            assertEquals(index.entry >>> 32, index.upper.level(entry), at);
            assertTrue(index.upper.level(entry) >= top, at);
        }
        assertEquals(0, index.unreachable(), at);
    }

    /// Marked links lead from the root to every live node.
    private static void checkTree(HnswIndex index, String at) {
        int[] order = new int[index.end()];
        BitSet reached = new BitSet();
        assertTrue(index.present.has(index.root), at);
        reached.set(index.root);
        order[0] = index.root;
        int end = 1;
        for (int i = 0; i < end; i++) {
            for (int slot = 0; slot < index.links.slots(); slot++) {
                int link = index.links.slot(order[i], slot);
                int target = link & Links.NODE;
                if ((link & Links.TREE) != 0 && index.present.has(target) && !reached.get(target)) {
                    reached.set(target);
                    order[end++] = target;
                }
            }
        }
        for (int node = index.live.next(0); node >= 0; node = index.live.next(node + 1)) {
            assertTrue(reached.get(node), at + " node " + node);
        }
    }

    private static void checkLowest(HnswIndex index, int node, String at) {
        Links links = index.links;
        BitSet targets = new BitSet();
        int marked = 0;
        int count = links.count(node);
        for (int slot = 0; slot < links.slots(); slot++) {
            int link = links.slot(node, slot);
            int target = link & Links.NODE;
            if (slot >= count) {
                assertEquals(Links.EMPTY, link, at);
                continue;
            }
            assertTrue(target != node, at + " links to itself");
            assertTrue(!targets.get(target), at + " links twice to " + target);
            targets.set(target);
            marked += (link & Links.TREE) != 0 ? 1 : 0;
            assertTrue(index.codes != null || (link & Links.FILLER) == 0, at + " has a filler");
            if (index.live.has(node)) {
                assertTrue(index.present.has(target), at + " links to " + target + ", which has left");
                checkCode(index, node, slot, at + " slot " + slot);
            }
        }
        assertTrue(marked <= Math.max(1, links.slots() / 2), at + " has " + marked + " marks");
    }

    private static void checkCode(HnswIndex index, int node, int slot, String at) {
        EdgeCodes codes = index.codes;
        if (codes == null) {
            return;
        }
        float[] centre = rotated(index, codes, node);
        float[] neighbour = rotated(index, codes, index.links.slot(node, slot) & Links.NODE);
        int[] wanted = new int[codes.blockInts()];
        codes.write(wanted, 0, slot % EdgeCodes.SLOTS, centre, neighbour);
        int[] found = new int[codes.blockInts()];
        int block = index.links.codesOffset(index.links.offset(node), slot);
        System.arraycopy(index.links.block(node), block, found, 0, found.length);
        EdgeCodes.Query query = codes.new Query();
        for (int i = 0; i < query.rotated.length; i++) {
            query.rotated[i] = i - 7;
        }
        codes.prepare(query);
        float[] estimates = new float[2 * EdgeCodes.SLOTS];
        codes.estimate(wanted, 0, query, 0, Float.MAX_VALUE, estimates, 0);
        codes.estimate(found, 0, query, 0, Float.MAX_VALUE, estimates, EdgeCodes.SLOTS);
        int inGroup = slot % EdgeCodes.SLOTS;
        assertEquals(estimates[inGroup], estimates[EdgeCodes.SLOTS + inGroup], at);
    }

    private static float[] rotated(HnswIndex index, EdgeCodes codes, int node) {
        float[] near = new float[DIMENSIONS];
        index.rows.getNear(node, near);
        float[] values = Arrays.copyOf(near, codes.rotatedLength());
        codes.rotate(values);
        return values;
    }

    private static void checkUpper(HnswIndex index, int node, String at) {
        for (int layer = 1; layer <= index.upper.level(node); layer++) {
            int[] list = index.upper.list(node, layer);
            assertTrue(list.length <= index.config().parameters().m(), at);
            assertEquals(list.length, Arrays.stream(list).distinct().count(), at);
            for (int other : list) {
                assertTrue(other != node, at);
                if (index.live.has(node)) {
                    assertTrue(index.present.has(other), at + " layer " + layer + " links to " + other);
                    assertTrue(index.upper.level(other) >= layer, at);
                }
            }
        }
    }
}
