package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class HnswIndexInputTest {
    private final HnswIndex index = index(Metric.L2, ElementType.FLOAT32, Layout.FAST);

    private static HnswIndex index(Metric metric, ElementType elements, Layout layout) {
        HnswIndex index = new HnswIndex(IndexModel.config(3, metric, elements, layout));
        index.put(0, new float[] {1, 2, 3});
        index.put(1, new float[] {3, 2, 1});
        return index;
    }

    private static void checkUnchanged(HnswIndex index) {
        assertEquals(2, index.size());
        assertEquals(0, index.unreachable());
        assertEquals(0, index.leaving());
        assertFalse(index.isLive(2));
        assertTrue(index.isReusable(2));
        assertEquals(
                2,
                index.search(new float[] {1, 1, 1}, 5, 5, null, false)
                        .neighbours()
                        .size());
        index.put(2, new float[] {5, 6, 7});
        assertTrue(index.isLive(2));
    }

    private static void checkRefused(HnswIndex index, int node, float... vector) {
        float[] first = index.vector(0);
        assertThrows(IllegalArgumentException.class, () -> index.put(node, vector));
        assertArrayEquals(first, index.vector(0));
        checkUnchanged(index);
    }

    @Test
    void refusesAVectorOfAnotherDimension() {
        checkRefused(index, 2, 1, 2);
        assertThrows(IllegalArgumentException.class, () -> index.put(3, new float[] {1, 2, 3, 4}));
        assertThrows(IllegalArgumentException.class, () -> index.put(3, new float[0]));
    }

    @Test
    void refusesNaN() {
        checkRefused(index, 2, 1, Float.NaN, 3);
    }

    @Test
    void refusesInfinity() {
        checkRefused(index, 2, Float.NEGATIVE_INFINITY, 2, 3);
    }

    @Test
    void refusesTheZeroVectorUnderCosineOnly() {
        checkRefused(index(Metric.COSINE, ElementType.FLOAT32, Layout.FAST), 2, 0, -0f, 0);
        checkRefused(index(Metric.COSINE, ElementType.UINT8, Layout.FAST), 2, 0, 0, 0);
        index.put(2, new float[3]);
        assertArrayEquals(new float[3], index.vector(2));
    }

    @Test
    void refusesANodeInUse() {
        checkRefused(index, 0, 9, 9, 9);
    }

    @Test
    void refusesARemovedNodeThatHasNotLeft() {
        assertTrue(index.remove(1));
        assertFalse(index.isReusable(1));
        assertThrows(IllegalArgumentException.class, () -> index.put(1, new float[] {9, 9, 9}));
        assertFalse(index.isLive(1));
        index.repair();
        assertTrue(index.isReusable(1));
        index.put(1, new float[] {9, 9, 9});
        assertArrayEquals(new float[] {9, 9, 9}, index.vector(1));
    }

    @Test
    void refusesNodesOutOfRange() {
        checkRefused(index, -1, 9, 9, 9);
        assertThrows(IllegalArgumentException.class, () -> index.put(Links.MAX_NODES, new float[] {9, 9, 9}));
        assertThrows(IllegalArgumentException.class, () -> index.put(Integer.MAX_VALUE, new float[] {9, 9, 9}));
    }

    @Test
    void refusesWhatNoHalfFloatHolds() {
        checkRefused(index(Metric.L2, ElementType.FLOAT16, Layout.COMPACT), 2, 1, 65_505, 3);
    }

    @Test
    void refusesWhatNoByteHolds() {
        for (Metric metric : Metric.values()) {
            checkRefused(index(metric, ElementType.UINT8, Layout.COMPACT), 2, 1, 2.5f, 3);
            checkRefused(index(metric, ElementType.UINT8, Layout.CODES), 2, 1, -1, 3);
            checkRefused(index(metric, ElementType.UINT8, Layout.FAST), 2, 1, 256, 3);
        }
    }

    @Test
    void refusesBadQueries() {
        HnswIndex cosine = index(Metric.COSINE, ElementType.FLOAT32, Layout.FAST);
        float[] query = {1, 1, 1};
        assertThrows(IllegalArgumentException.class, () -> index.search(query, 0, 5, null, false));
        assertThrows(IllegalArgumentException.class, () -> index.search(query, -3, 5, null, true));
        assertThrows(IllegalArgumentException.class, () -> index.search(query, 5, 4, null, false));
        assertThrows(IllegalArgumentException.class, () -> index.search(new float[2], 1, 4, null, false));
        assertThrows(
                IllegalArgumentException.class, () -> index.search(new float[] {1, Float.NaN, 1}, 1, 4, null, false));
        assertThrows(
                IllegalArgumentException.class,
                () -> index.search(new float[] {1, 1, Float.POSITIVE_INFINITY}, 1, 4, null, false));
        assertThrows(IllegalArgumentException.class, () -> cosine.search(new float[3], 1, 4, null, false));
        checkUnchanged(index);
    }

    @Test
    void anEmptyIndexFindsNothing() {
        HnswIndex empty = new HnswIndex(IndexModel.config(3, Metric.L2, ElementType.FLOAT32, Layout.FAST));
        for (boolean exact : new boolean[] {false, true}) {
            SearchResult result = empty.search(new float[3], 10, 20, node -> true, exact);
            assertEquals(0, result.neighbours().size());
        }
        assertEquals(0, empty.size());
        assertEquals(0, empty.unreachable());
        assertFalse(empty.remove(0));
        assertFalse(empty.remove(-1));
        assertFalse(empty.isLive(-1));
        empty.repair();
        assertThrows(IllegalArgumentException.class, () -> empty.vector(0));
    }

    @Test
    void refusesImpossibleConfigurations() {
        assertThrows(
                IllegalArgumentException.class,
                () -> IndexModel.config(0, Metric.L2, ElementType.FLOAT32, Layout.FAST));
        assertThrows(
                IllegalArgumentException.class,
                () -> IndexModel.config(65_537, Metric.L2, ElementType.FLOAT32, Layout.FAST));
    }

    @Test
    @Tag("broad")
    void holdsVectorsOfTheMostDimensions() {
        for (Layout layout : Layout.values()) {
            HnswIndex wide = new HnswIndex(IndexModel.config(65_536, Metric.L2, ElementType.FLOAT32, layout));
            for (int node = 0; node < 3; node++) {
                float[] vector = new float[65_536];
                vector[node] = 255;
                wide.put(node, vector);
            }
            float[] query = new float[65_536];
            query[1] = 255;
            assertEquals(1, wide.search(query, 1, 5, null, false).neighbours().nodes()[0]);
        }
    }

    @Test
    void keepsTheCallersArray() {
        HnswIndex cosine = index(Metric.COSINE, ElementType.FLOAT32, Layout.FAST);
        float[] vector = {0, 3, 4};
        cosine.put(2, vector);
        cosine.search(vector, 1, 1, null, false);
        assertArrayEquals(new float[] {0, 3, 4}, vector);
        assertArrayEquals(new float[] {0, 0.6f, 0.8f}, cosine.vector(2), 1e-6f);
    }
}
