package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// When removed nodes leave, write by write.
class RepairStepsTest {
    private static HnswIndex index(int nodes) {
        HnswIndex index = new HnswIndex(
                new IndexConfig(1, Metric.L2, ElementType.FLOAT32, Layout.COMPACT, new HnswParameters(3, 8, 5)));
        for (int node = 0; node < nodes; node++) {
            index.put(node, new float[] {node});
        }
        return index;
    }

    private static void remove(HnswIndex index, int from, int to) {
        for (int node = from; node < to; node++) {
            assertTrue(index.remove(node));
            assertFalse(index.remove(node));
        }
    }

    @Test
    void aBatchLeavesAfterOneSweepOverTheNodes() {
        HnswIndex index = index(200);
        remove(index, 50, 113);
        assertEquals(63, index.leaving());
        assertFalse(index.isLeaving(50));
        remove(index, 113, 114);
        assertTrue(index.isLeaving(50));
        assertTrue(index.isLeaving(113));
        assertFalse(index.isLeaving(114));
        // 200 nodes by 32, seven writes
        for (int node = 200; node < 207; node++) {
            index.put(node, new float[] {node});
            assertEquals(64, index.leaving());
            assertFalse(index.isReusable(60));
        }
        index.put(207, new float[] {207});
        assertEquals(0, index.leaving());
        assertFalse(index.isLeaving(50));
        assertTrue(index.isReusable(50));
        assertTrue(index.isReusable(113));
        assertFalse(index.isReusable(114));
        assertEquals(0, index.unreachable());
        assertEquals(144, index.size());
    }

    @Test
    void whatIsRemovedMeanwhileWaitsForTheNextBatch() {
        HnswIndex index = index(200);
        remove(index, 0, 64);
        assertTrue(index.isLeaving(0));
        remove(index, 100, 108);
        assertEquals(8, index.leaving());
        assertFalse(index.isLeaving(100));
        assertFalse(index.isReusable(100));
        remove(index, 110, 120);
        assertEquals(18, index.leaving());
        index.repair();
        assertEquals(0, index.leaving());
        assertTrue(index.isReusable(119));
        assertEquals(0, index.unreachable());
    }

    @Test
    void aBatchOfALargeIndexIsASixteenthOfIt() {
        HnswIndex index = index(1600);
        remove(index, 0, 93);
        assertFalse(index.isLeaving(0));
        remove(index, 93, 94);
        assertTrue(index.isLeaving(0));
    }

    @Test
    void numbersAreNotReusedWhileAReaderMayKnowThem() {
        HnswIndex index = index(100);
        long before = index.epochs.enter();
        remove(index, 0, 10);
        index.repair();
        assertEquals(0, index.leaving());
        assertFalse(index.isReusable(3));
        index.epochs.exit(before);
        long after = index.epochs.enter();
        assertTrue(index.isReusable(100) && !index.isReusable(50));
        index.epochs.exit(after);
        assertTrue(index.isReusable(3));
        index.put(3, new float[] {3});
        assertFalse(index.isReusable(3));
        index.remove(3);
        assertFalse(index.isReusable(3));
        index.repair();
        assertTrue(index.isReusable(3));
    }

    @Test
    void theHighestNodeLeftBecomesTheEntry() {
        HnswIndex index = index(300);
        while (index.size() > 1) {
            int entry = (int) index.entry;
            assertTrue(index.isLive(entry));
            int level = index.upper.level(entry);
            for (int node = 0; node < 300; node++) {
                assertTrue(!index.isLive(node) || index.upper.level(node) <= level);
            }
            index.remove(entry);
            if (index.isLive(index.root)) {
                index.remove(index.root);
            }
            index.repair();
            assertEquals(0, index.unreachable());
            assertEquals(index.entry >>> 32, index.upper.level((int) index.entry));
            assertTrue(index.isLive(index.root));
        }
    }

    @Test
    void nodesOnALineAreLinkedToWhatIsNextToThemAfterARepair() {
        HnswIndex index = index(200);
        for (int node = 0; node < 200; node++) {
            if (node % 3 != 0) {
                index.remove(node);
            }
        }
        index.repair();
        int near = 0;
        for (int node = 0; node < 200; node += 3) {
            int[] links = new int[index.links.count(node)];
            for (int slot = 0; slot < links.length; slot++) {
                links[slot] = index.links.slot(node, slot) & Links.NODE;
                assertTrue(index.isLive(links[slot]), node + " is linked to " + links[slot]);
            }
            int at = node;
            near += Arrays.stream(links).anyMatch(other -> Math.abs(other - at) == 3) ? 1 : 0;
        }
        assertTrue(near >= 60, near + " of 67 are linked to what is next to them");
        for (int node = 0; node < 200; node += 3) {
            int[] found = index.search(new float[] {node + 1}, 2, 300, null, true)
                    .neighbours()
                    .nodes();
            assertArrayEquals(node + 3 < 200 ? new int[] {node, node + 3} : new int[] {node, node - 3}, found);
        }
    }

    @Test
    void imagesLeaveOutWhatHasLeftAndWhatWaits() {
        HnswIndex index = index(60);
        index.remove(7);
        Image leaving = index.image();
        assertEquals(60, leaving.nodes().length);
        for (int i = 0; i < 60; i++) {
            assertEquals(i, leaving.nodes()[i]);
            assertEquals(i != 7, leaving.live()[i]);
            assertEquals(index.links.count(i), leaving.lowest()[i].length);
            assertEquals(index.upper.level(i), leaving.upper()[i].length);
            for (int layer = 1; layer <= index.upper.level(i); layer++) {
                assertArrayEquals(index.upper.list(i, layer), leaving.upper()[i][layer - 1]);
            }
        }
        index.repair();
        index.hold(true);
        index.put(60, new float[] {60});
        Image left = index.image();
        assertEquals(59, left.nodes().length);
        assertEquals(8, left.nodes()[7]);
        for (int[] links : left.lowest()) {
            assertTrue(Arrays.stream(links).allMatch(link -> index.isLive(link & Links.NODE)));
        }
    }

    @Test
    void aNodePutWhenAllOthersAreRemovedBecomesTheRoot() {
        for (Layout layout : new Layout[] {Layout.COMPACT, Layout.FAST}) {
            HnswIndex index = new HnswIndex(
                    new IndexConfig(1, Metric.L2, ElementType.FLOAT32, layout, new HnswParameters(3, 8, 5)));
            for (int node = 0; node < 6; node++) {
                index.put(node, new float[] {node});
            }
            int old = index.root;
            remove(index, 0, 6);
            index.put(6, new float[] {6});
            assertEquals(6, index.root);
            assertEquals(HnswIndex.entry(index.upper.level(6), 6), index.entry);
            assertEquals(1, index.links.count(6));
            assertEquals(old | Links.TREE, index.links.slot(6, 0) & (Links.NODE | Links.TREE));
            index.put(7, new float[] {7});
            assertEquals(6, index.root);
            assertEquals(0, index.unreachable());
            index.repair();
            assertEquals(6, index.root);
            assertEquals(1, index.links.count(6));
            assertEquals(7, index.links.slot(6, 0) & Links.NODE);
            assertEquals(0, index.unreachable());
        }
    }

    @Test
    void nothingIsLinkedToWhatLeavesNow() {
        HnswIndex index = index(64);
        assertEquals(0, index.root);
        remove(index, 0, 64);
        assertTrue(index.isLeaving(0));
        index.put(64, new float[] {64});
        assertEquals(64, index.root);
        assertEquals(0, index.links.count(64));
        index.put(65, new float[] {65});
        assertEquals(1, index.links.count(65));
        assertEquals(65 | Links.TREE, index.links.slot(64, 0) & (Links.NODE | Links.TREE));
        index.repair();
        assertEquals(0, index.leaving());
        assertEquals(0, index.unreachable());
        assertArrayEquals(new int[] {64, 65}, index.image().nodes());
    }
}
