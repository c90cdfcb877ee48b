package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Indexes just large enough to be walked, against brute force.
class SmallIndexTest {
    private static final long SEED = 20251210;
    private static final int NODES = 330;

    private static IndexModel model(Layout layout, Metric metric, ElementType elements, int nodes) {
        IndexModel model = new IndexModel(IndexModel.config(6, metric, elements, layout), SEED);
        for (int node = 0; node < nodes; node++) {
            model.put(node, model.randomVector());
        }
        return model;
    }

    private static double recall(IndexModel model, int ef) {
        double recall = 0;
        for (int i = 0; i < 20; i++) {
            recall += model.search(model.randomVector(), 10, ef, null, false) / 20;
        }
        return recall;
    }

    @ParameterizedTest
    @CsvSource({
        "FAST,L2,FLOAT32",
        "FAST,DOT,FLOAT32",
        "FAST,COSINE,FLOAT32",
        "COMPACT,MANHATTAN,FLOAT32",
        "COMPACT,COSINE,FLOAT16",
        "COMPACT,L2,UINT8",
        "CODES,L2,FLOAT32"
    })
    void whatGrowsAndShrinksStaysAsItShould(Layout layout, Metric metric, ElementType elements) {
        IndexModel model = model(layout, metric, elements, NODES);
        model.checkState();
        assertTrue(recall(model, 40) >= 0.95, "grown");
        for (int i = 0; i < 16; i++) {
            model.checkRandomSearch();
        }
        for (int node = 0; node < NODES; node += 3) {
            model.remove(node);
        }
        model.index.repair();
        model.checkState();
        for (int node = 0; node < NODES; node += 3) {
            model.put(node, model.randomVector());
        }
        model.checkState();
        assertTrue(recall(model, 40) >= 0.95, "replaced");
        for (int i = 0; i < 8; i++) {
            model.checkRandomSearch();
        }
    }

    @Test
    void theSameCallsGiveTheSameIndex() {
        for (Layout layout : new Layout[] {Layout.FAST, Layout.COMPACT}) {
            Image one =
                    model(layout, Metric.DOT, ElementType.FLOAT32, 200).index.image();
            Image other =
                    model(layout, Metric.DOT, ElementType.FLOAT32, 200).index.image();
            assertTrue(Arrays.deepEquals(one.lowest(), other.lowest()));
            assertTrue(Arrays.deepEquals(one.upper(), other.upper()));
            assertEquals(one.entry(), other.entry());
        }
    }

    @Test
    void equalVectorsAreAllFound() {
        for (Layout layout : new Layout[] {Layout.FAST, Layout.COMPACT}) {
            IndexModel model = new IndexModel(IndexModel.config(6, Metric.L2, ElementType.FLOAT32, layout), SEED);
            float[] same = model.randomVector();
            for (int node = 0; node < NODES; node++) {
                model.put(node, node % 50 == 0 ? model.randomVector() : same);
            }
            assertEquals(0, model.index.unreachable());
            assertEquals(1, model.search(same, 20, NODES, null, false));
            for (int node = 0; node < NODES; node += 5) {
                model.remove(node);
            }
            model.index.repair();
            assertEquals(0, model.index.unreachable());
            assertEquals(1, model.search(same, 20, NODES, null, false));
        }
    }

    @Test
    void aSmallIndexIsScannedAndALargerOneWalked() {
        IndexModel model = model(Layout.COMPACT, Metric.L2, ElementType.FLOAT32, 256);
        float[] query = model.randomVector();
        SearchResult scanned = model.index.search(query, 5, 10, null, false);
        assertEquals(Plan.SCAN, scanned.plan());
        assertEquals(256, scanned.computations());
        assertEquals(0, scanned.expansions());
        model.put(256, model.randomVector());
        assertEquals(Plan.WALK, model.index.search(query, 5, 10, null, false).plan());
        assertEquals(Plan.SCAN, model.index.search(query, 5, 10, null, true).plan());
        assertEquals(Plan.SCAN, model.index.search(query, 257, 300, null, false).plan());
        assertEquals(Plan.WALK, model.index.search(query, 256, 300, null, false).plan());
    }

    @Test
    void anExactSearchComparesWithWhatIsAcceptedOnly() {
        IndexModel model = model(Layout.FAST, Metric.COSINE, ElementType.FLOAT32, NODES);
        model.remove(30);
        float[] query = model.randomVector();
        for (boolean asSet : new boolean[] {false, true}) {
            SearchResult tens = model.index.search(
                    query, 50, 50, asSet ? NodeSet.of(NODES, node -> node % 10 == 0) : node -> node % 10 == 0, true);
            assertEquals(NODES / 10 - 1, tens.computations());
            assertEquals(NODES / 10 - 1, tens.neighbours().size());
        }
        SearchResult beyond = model.index.search(query, 5, 5, NodeSet.of(3, 5, NODES + 70), true);
        assertEquals(2, beyond.neighbours().size());
        assertEquals(2, beyond.computations());
    }

    @Test
    void filtersFindTheNearestMatchesInEveryLayout() {
        for (Layout layout : new Layout[] {Layout.FAST, Layout.COMPACT}) {
            for (Metric metric : new Metric[] {Metric.L2, Metric.DOT}) {
                IndexModel model = model(layout, metric, ElementType.FLOAT32, 420);
                double recall = 0;
                for (int i = 0; i < 9; i++) {
                    int rest = i % 3;
                    recall += model.search(model.randomVector(), 10, 30, node -> node % 3 == rest, false);
                    recall += model.search(
                            model.randomVector(), 10, 30, NodeSet.of(420, node -> node % 3 != rest), false);
                }
                assertTrue(recall / 18 >= 0.95, layout + " " + metric + " recall " + recall / 18);
            }
        }
    }

    @Test
    void sizesCountNodesOnce() {
        IndexModel model = model(Layout.COMPACT, Metric.L2, ElementType.FLOAT32, 20);
        assertEquals(20, model.index.size());
        assertEquals(20, model.index.end());
        assertEquals(0, model.index.waiting());
        model.remove(19);
        assertEquals(19, model.index.size());
        assertEquals(20, model.index.end());
        assertEquals(1, model.index.leaving());
        assertThrows(IllegalArgumentException.class, () -> model.index.vector(19));
        assertEquals(6, model.index.row(19).length);
        assertThrows(IllegalArgumentException.class, () -> model.index.row(20));
        assertThrows(IllegalArgumentException.class, () -> model.index.row(-1));
        model.index.repair();
        assertEquals(0, model.index.leaving());
    }

    @Test
    void scorersScoreAsSearchesDo() {
        for (Metric metric : Metric.values()) {
            IndexModel model = model(Layout.COMPACT, metric, ElementType.FLOAT32, 40);
            float[] query = model.randomVector();
            Scorer scorer = model.index.scorer(query);
            Neighbours found = model.index.search(query, 40, 40, null, true).neighbours();
            for (int i = 0; i < 40; i++) {
                assertEquals(found.scores()[i], scorer.score(found.nodes()[i]));
            }
        }
    }

    @Test
    void vectorsOfUnitLengthAreKeptBitByBit() {
        HnswIndex index = new HnswIndex(IndexModel.config(3, Metric.COSINE, ElementType.FLOAT32, Layout.COMPACT));
        float[] nearlyUnit = {0.6f, 0.8f, 0.001f};
        index.put(0, nearlyUnit);
        assertEquals(0.8f, index.vector(0)[1]);
        float[] longer = {0.6f, 0.8f, 0.01f};
        index.put(1, longer);
        assertTrue(index.vector(1)[1] < 0.8f);
        index.put(2, new float[] {0, 0, -7});
        assertEquals(-1, index.vector(2)[2]);
    }

    @Test
    void memoryIsThatOfAllParts() {
        for (Layout layout : new Layout[] {Layout.FAST, Layout.COMPACT}) {
            HnswIndex index = model(layout, Metric.L2, ElementType.FLOAT32, 70).index;
            long parts = index.rows.bytes() + index.links.bytes() + index.upper.bytes();
            parts += index.present.bytes() + index.live.bytes() + index.linked.bytes() + index.unlinked.bytes();
            parts += index.sketches == null ? 0 : index.sketches.bytes();
            parts += index.flat == null ? 0 : index.flat.bytes();
            assertEquals(parts, index.bytes());
            assertEquals(layout == Layout.FAST, index.sketches != null && index.flat != null);
        }
    }

    @Test
    void productsAreBoundedByTheLongestVector() {
        HnswIndex index = new HnswIndex(IndexModel.config(2, Metric.DOT, ElementType.FLOAT32, Layout.COMPACT));
        index.put(0, new float[] {3, 4});
        assertEquals(5, index.greatestNorm);
        index.put(1, new float[] {-6, 8});
        index.put(2, new float[] {1, 1});
        assertEquals(10, index.greatestNorm);
        assertEquals(130, index.ceiling(new float[] {5, 12}), 0.1);
        assertTrue(index.ceiling(new float[] {5, 12}) > 130);
        HnswIndex other = new HnswIndex(IndexModel.config(2, Metric.L2, ElementType.FLOAT32, Layout.COMPACT));
        other.put(0, new float[] {3, 4});
        assertEquals(0, other.greatestNorm);
        assertEquals(0, other.ceiling(new float[] {5, 12}));
    }

    @Test
    void aNewNodeChoosesAtMostMWithoutCodesAndAsManyAsItHasSlotsWithThem() {
        for (Layout layout : new Layout[] {Layout.COMPACT, Layout.FAST}) {
            IndexModel model = new IndexModel(
                    new IndexConfig(24, Metric.L2, ElementType.FLOAT32, layout, new HnswParameters(4, 100, 3)), SEED);
            int most = 0;
            for (int node = 0; node < 60; node++) {
                model.put(node, model.randomVector());
                Links links = model.index.links;
                int chosen = 0;
                for (int slot = 0; slot < links.count(node); slot++) {
                    chosen += (links.slot(node, slot) & Links.FILLER) == 0 ? 1 : 0;
                }
                most = Math.max(most, chosen);
            }
            assertTrue(layout == Layout.COMPACT ? most == 4 : most > 8 && most <= 32, layout + " chose " + most);
        }
    }
}
