package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import org.junit.jupiter.api.Test;

class MetricTest {
    @Test
    void aGreaterScoreIsCloser() {
        assertEquals(-3, Metric.L2.score(3));
        assertEquals(-3, Metric.MANHATTAN.score(3));
        assertEquals(3, Metric.DOT.score(3));
        assertEquals(0.5f, Metric.COSINE.score(0.5f));
    }

    @Test
    void whatIsNoNumberIsInfinitelyFar() {
        for (Metric metric : Metric.values()) {
            assertEquals(Float.NEGATIVE_INFINITY, metric.score(Float.NaN));
        }
    }

    @Test
    void cosineWalksByDistanceAndScoresByProduct() {
        assertEquals(Measure.SQUARED_L2, Metric.COSINE.walkMeasure());
        assertEquals(Measure.DOT, Metric.COSINE.scoreMeasure());
        assertEquals(Measure.DOT, Metric.DOT.walkMeasure());
        assertEquals(Measure.DOT, Metric.DOT.scoreMeasure());
        assertEquals(Measure.SQUARED_L2, Metric.L2.scoreMeasure());
        assertEquals(Measure.MANHATTAN, Metric.MANHATTAN.scoreMeasure());
    }

    @Test
    void parametersHaveBounds() {
        for (int m : new int[] {2, 256}) {
            assertEquals(m, new HnswParameters(m, 4, 1).m());
        }
        for (int ef : new int[] {4, 4096}) {
            assertEquals(ef, new HnswParameters(2, ef, 1).efConstruction());
        }
        for (int m : new int[] {-1, 1, 257}) {
            assertThrows(IllegalArgumentException.class, () -> new HnswParameters(m, 100, 1));
        }
        for (int ef : new int[] {0, 3, 4097}) {
            assertThrows(IllegalArgumentException.class, () -> new HnswParameters(16, ef, 1));
        }
        for (int dimensions : new int[] {1, 65_536}) {
            assertEquals(dimensions, config(dimensions, Layout.FAST, 16).dimensions());
        }
        for (int dimensions : new int[] {0, 65_537}) {
            assertThrows(IllegalArgumentException.class, () -> config(dimensions, Layout.FAST, 16));
        }
    }

    @Test
    void theLayoutDecidesTheSlots() {
        assertEquals(32, config(8, Layout.FAST, 2).slots());
        assertEquals(32, config(8, Layout.FAST, 16).slots());
        assertEquals(64, config(8, Layout.FAST, 17).slots());
        assertEquals(28, config(8, Layout.COMPACT, 16).slots());
        assertEquals(3, config(8, Layout.COMPACT, 2).slots());
        assertEquals(14, config(8, Layout.CODES, 16).slots());
        assertEquals(2, config(8, Layout.CODES, 2).slots());
        assertEquals(1, config(8, Layout.FLAT, 16).slots());
        HnswParameters parameters = new HnswParameters(20, 4, 1);
        for (ElementType elements : ElementType.values()) {
            for (Metric metric : Metric.values()) {
                IndexConfig config = new IndexConfig(8, metric, elements, Layout.FAST, parameters);
                boolean hasCodes = elements == ElementType.FLOAT32 && metric != Metric.MANHATTAN;
                assertEquals(hasCodes, config.hasCodes());
                assertEquals(hasCodes ? 64 : 40, config.slots());
            }
        }
        for (Layout layout : Layout.values()) {
            assertEquals(layout != Layout.FLAT, config(8, layout, 16).hasLinks());
            assertEquals(layout == Layout.FAST, config(8, layout, 16).hasCodes());
        }
    }

    private static IndexConfig config(int dimensions, Layout layout, int m) {
        return new IndexConfig(dimensions, Metric.L2, ElementType.FLOAT32, layout, new HnswParameters(m, 40, 1));
    }
}
