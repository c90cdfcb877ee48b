package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.quant.EdgeCodes;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinksTest {
    private static final long SEED = 20251203;
    private static final float[] NOTHING = {};

    private static Links plain(int nodes) {
        Links links = new Links(5, null);
        links.reserve(nodes);
        return links;
    }

    @Test
    void newNodesHaveNoLinks() {
        Links links = plain(100);
        links.store(0, 0, 7, NOTHING, NOTHING);
        links.reserve(200);
        assertTrue(links.capacity() >= 200);
        assertEquals(7, links.slot(0, 0));
        for (int node = 1; node < links.capacity(); node++) {
            assertEquals(0, links.count(node));
            for (int slot = 0; slot < links.slots(); slot++) {
                assertEquals(Links.EMPTY, links.slot(node, slot));
            }
        }
        assertTrue(links.bytes() >= 4L * 5 * 200);
    }

    @Test
    void touchesOneIntOfEachCacheLineOfABlock() {
        Links links = new Links(40, null);
        links.reserve(3);
        for (int slot = 0; slot < 40; slot++) {
            links.store(1, slot, slot * slot, NOTHING, NOTHING);
        }
        assertEquals(16 * 16 + 32 * 32, links.touch(1));
    }

    @Test
    void countsSlotsUpToTheFirstEmptyOne() {
        Links links = plain(3);
        for (int slot = 0; slot < 5; slot++) {
            assertEquals(slot, links.count(1));
            links.store(1, slot, slot | Links.TREE, NOTHING, NOTHING);
        }
        assertEquals(5, links.count(1));
        assertEquals(0, links.count(0));
        assertEquals(0, links.count(2));
        links.clear(1, 3);
        assertEquals(3, links.count(1));
        links.clear(1);
        assertEquals(0, links.count(1));
        assertEquals(Links.EMPTY, links.slot(1, 4));
    }

    @Test
    void marksStayWithTheLink() {
        Links links = plain(2);
        links.store(0, 0, 1 | Links.FRESH, NOTHING, NOTHING);
        links.mark(0, 0, 1 | Links.TREE | Links.FILLER);
        assertEquals(1 | Links.TREE | Links.FILLER, links.slot(0, 0));
        links.store(0, 1, 9, NOTHING, NOTHING);
        links.move(0, 0, 1);
        assertEquals(1 | Links.TREE | Links.FILLER, links.slot(0, 1));
        links.move(0, 1, 1);
        assertEquals(1 | Links.TREE | Links.FILLER, links.slot(0, 1));
        links.mark(0, 4, 3 | Links.TREE);
        assertEquals(3 | Links.TREE, links.slot(0, 4));
    }

    /// Distances from a query at the node's own place estimate the lengths of the edges.
    @Test
    void codesMoveAndGoWithTheirLinks() {
        int dimensions = 64;
        EdgeCodes codes = new EdgeCodes(dimensions, SEED, false);
        Links links = new Links(64, codes);
        assertEquals(2, links.groups());
        links.reserve(3);
        Random random = new Random(SEED);
        float[] centre = rotated(codes, random, dimensions, 1);
        float[][] neighbours = new float[40][];
        for (int slot = 0; slot < neighbours.length; slot++) {
            neighbours[slot] = rotated(codes, random, dimensions, 1 + slot);
            links.store(1, slot, 100 + slot, centre, neighbours[slot]);
        }
        EdgeCodes.Query query = codes.new Query();
        for (int i = 0; i < dimensions; i++) {
            query.rotated[i] = centre[i];
        }
        codes.prepare(query);
        float[] before = estimates(links, codes, query);
        for (int slot = 0; slot < 64; slot++) {
            if (slot < neighbours.length) {
                double square = 0;
                for (int i = 0; i < dimensions; i++) {
                    double d = neighbours[slot][i] - centre[i];
                    square += d * d;
                }
                assertEquals(square, before[slot], square * 0.15, "seed " + SEED + " slot " + slot);
            } else {
                assertEquals(Float.POSITIVE_INFINITY, before[slot]);
            }
        }
        links.move(1, 3, 35);
        links.move(1, 39, 2);
        links.clear(1, 39);
        float[] after = estimates(links, codes, query);
        assertEquals(before[3], after[35]);
        assertEquals(before[39], after[2]);
        assertEquals(Float.POSITIVE_INFINITY, after[39]);
        assertEquals(before[3], after[3]);
        assertEquals(before[38], after[38]);
        assertEquals(103, links.slot(1, 35));
        assertEquals(139, links.slot(1, 2));
        assertEquals(0, links.count(0));
        assertEquals(0, links.count(2));
    }

    private static float[] rotated(EdgeCodes codes, Random random, int dimensions, float scale) {
        float[] vector = new float[codes.rotatedLength()];
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) random.nextGaussian() * scale;
        }
        codes.rotate(vector);
        return vector;
    }

    private static float[] estimates(Links links, EdgeCodes codes, EdgeCodes.Query query) {
        float[] out = new float[64];
        for (int group = 0; group < 2; group++) {
            int at = links.codesOffset(links.offset(1), group * EdgeCodes.SLOTS);
            codes.estimate(links.block(1), at, query, 0, Float.MAX_VALUE, out, group * EdgeCodes.SLOTS);
        }
        return out;
    }

    @Test
    void upperListsAreReplacedLayerByLayer() {
        UpperLayers upper = new UpperLayers();
        upper.reserve(100);
        upper.open(90, 2);
        upper.open(91, 0);
        assertEquals(2, upper.level(90));
        assertEquals(0, upper.level(91));
        assertEquals(0, upper.list(90, 1).length);
        assertEquals(0, upper.list(91, 1).length);
        upper.replace(90, 1, new int[] {4, 5});
        upper.replace(90, 2, new int[] {6});
        assertArrayEquals(new int[] {4, 5}, upper.list(90, 1));
        assertArrayEquals(new int[] {6}, upper.list(90, 2));
        assertEquals(0, upper.list(90, 3).length);
        upper.reserve(1000);
        assertArrayEquals(new int[] {6}, upper.list(90, 2));
        assertThrows(IllegalStateException.class, () -> upper.replace(91, 1, new int[0]));
        upper.close(90);
        assertEquals(0, upper.level(90));
        assertEquals(0, upper.list(90, 1).length);
    }

    @Test
    void upperListsAreCountedInBytes() {
        UpperLayers upper = new UpperLayers();
        assertEquals(4 * 16, upper.bytes());
        upper.open(3, 2);
        upper.replace(3, 1, new int[] {1, 2, 5});
        assertEquals(4 * 16 + (16 + 4 * 2) + 16 + (16 + 4 * 3), upper.bytes());
        upper.reserve(16);
        assertEquals(4 * 16 + (16 + 4 * 2) + 16 + (16 + 4 * 3), upper.bytes());
        upper.close(3);
        upper.reserve(17);
        assertEquals(4 * 18, upper.bytes());
        upper.reserve(100);
        assertEquals(4 * 100, upper.bytes());
    }
}
