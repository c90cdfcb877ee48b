package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// How good and how dear searches of small indexes are: bounds that a wrong choice of neighbours, of layers or
/// of the plan would miss.
class SearchQualityTest {
    private static final long SEED = 20251206;
    private static final int NODES = 900;
    private static final int QUERIES = 60;

    private static IndexModel filled(Layout layout, Metric metric, int dimensions) {
        IndexConfig config =
                new IndexConfig(dimensions, metric, ElementType.FLOAT32, layout, new HnswParameters(6, 30, 5));
        IndexModel model = new IndexModel(config, SEED);
        for (int node = 0; node < NODES; node++) {
            model.put(node, model.randomVector());
        }
        return model;
    }

    private static void checkQuality(IndexModel model, int ef, double least, int most) {
        double recall = 0;
        int computations = 0;
        for (int i = 0; i < QUERIES; i++) {
            float[] query = model.randomVector();
            recall += model.search(query, 10, ef, null, false) / QUERIES;
            SearchResult result = model.index.search(query, 10, ef, null, false);
            assertEquals(Plan.WALK, result.plan());
            computations += result.computations();
        }
        String at = "seed " + SEED + " " + model.index.config() + " recall " + recall + " computed "
                + computations / QUERIES;
        assertTrue(recall >= least, at);
        assertTrue(computations / QUERIES <= most, at);
    }

    @Test
    void fewComparisonsFindTheNearest() {
        checkQuality(filled(Layout.COMPACT, Metric.L2, 6), 20, 0.97, 130);
        checkQuality(filled(Layout.FAST, Metric.L2, 6), 20, 0.98, 55);
    }

    @Test
    @Tag("broad")
    void fewComparisonsFindTheNearestByOtherMetrics() {
        checkQuality(filled(Layout.COMPACT, Metric.DOT, 6), 20, 0.94, 160);
        checkQuality(filled(Layout.CODES, Metric.COSINE, 6), 24, 0.96, 100);
    }

    @Test
    @Tag("broad")
    void replacedNodesAreLinkedAsWell() {
        for (Layout layout : new Layout[] {Layout.COMPACT, Layout.FAST}) {
            IndexModel model = filled(layout, Metric.L2, 6);
            for (int node = 0; node < NODES; node += 2) {
                model.remove(node);
            }
            model.index.repair();
            checkQuality(model, 20, 0.96, layout == Layout.FAST ? 55 : 130);
            for (int node = 0; node < NODES; node += 2) {
                model.put(node, model.randomVector());
            }
            checkQuality(model, 20, 0.96, layout == Layout.FAST ? 55 : 130);
        }
    }

    @Test
    @Tag("broad")
    void queriesStrangeToTheNodesAreSearchedMoreWidely() {
        int dimensions = 64;
        for (Layout layout : new Layout[] {Layout.COMPACT, Layout.FAST}) {
            IndexConfig config =
                    new IndexConfig(dimensions, Metric.L2, ElementType.FLOAT32, layout, new HnswParameters(8, 60, 5));
            IndexModel model = new IndexModel(config, SEED);
            List<float[]> centres =
                    Stream.generate(model::randomVector).limit(60).toList();
            for (int node = 0; node < 2 * NODES; node++) {
                model.put(node, plus(centres.get(node % 60), 0.3f, model.randomVector()));
            }
            double recall = 0;
            int usual = 0;
            int wide = 0;
            for (int i = 0; i < 60; i++) {
                float[] known = plus(centres.get(i), 0.3f, model.randomVector());
                usual += model.index.search(known, 10, 40, null, false).expansions();
                // far from all clusters, and about as far from one as from another
                float[] strange = plus(new float[dimensions], 4, model.randomVector());
                recall += model.search(strange, 10, 40, null, false) / 60;
                wide += model.index.search(strange, 10, 40, null, false).expansions();
            }
            String at = "seed " + SEED + " " + layout + " recall " + recall + " hops " + usual / 60 + " " + wide / 60;
            // 0.81 where every walk is 40 wide
            assertTrue(recall >= 0.95, at);
            assertTrue(usual / 60 <= 50 && wide / 60 <= 200, at);
            for (int node = 0; node < 2 * NODES; node += 2) {
                model.remove(node);
            }
            int scanned = 0;
            for (int i = 0; i < 60; i++) {
                float[] strange = plus(new float[dimensions], 4, model.randomVector());
                recall += model.search(strange, 10, 40, null, false) / 60;
                Plan plan = model.index.search(strange, 10, 40, null, false).plan();
                scanned += plan == Plan.WALK_THEN_CODES ? 1 : 0;
            }
            assertTrue(recall >= 1.9, "with half removed, twice " + recall / 2);
            assertTrue(layout == Layout.FAST ? scanned > 30 : scanned == 0, layout + " scanned codes " + scanned);
        }
    }

    private static float[] plus(float[] centre, float scale, float[] direction) {
        float[] sum = centre.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += scale * direction[i];
        }
        return sum;
    }

    @Test
    @Tag("broad")
    void matchesOfNarrowFiltersAreScanned() {
        IndexModel model = filled(Layout.COMPACT, Metric.L2, 6);
        for (int share : new int[] {2, 5, 50, 300}) {
            IntPredicate accept = node -> node % share == 1;
            int matches = NODES / share;
            for (int i = 0; i < 20; i++) {
                float[] query = model.randomVector();
                double recall = model.search(query, 5, 8, accept, false);
                SearchResult result = model.index.search(query, 5, 8, accept, false);
                if (share > 2) {
                    assertEquals(Plan.SCAN_OF_MATCHES, result.plan(), "one of " + share);
                }
                if (result.plan() == Plan.SCAN_OF_MATCHES) {
                    assertEquals(1, recall);
                    assertEquals(matches, result.computations());
                    assertEquals(0, result.expansions());
                }
            }
            assertEquals(
                    Math.min(7, matches),
                    model.index
                            .search(model.randomVector(), 7, 7, accept, false)
                            .neighbours()
                            .size());
        }
        SearchResult exact = model.index.search(model.randomVector(), 5, 5, null, true);
        assertEquals(Plan.SCAN, exact.plan());
        assertEquals(NODES, exact.computations());
    }

    @Test
    void layersThinOutByTheNumberOfLinks() {
        HnswIndex index = new HnswIndex(
                new IndexConfig(1, Metric.L2, ElementType.FLOAT32, Layout.COMPACT, new HnswParameters(4, 8, SEED)));
        int[] above = new int[HnswIndex.MAX_LEVEL + 2];
        for (int node = 0; node < 4000; node++) {
            index.put(node, new float[] {node});
            for (int layer = 0; layer <= index.upper.level(node); layer++) {
                above[layer]++;
            }
        }
        assertEquals(1000, above[1], 120);
        assertEquals(250, above[2], 60);
        assertEquals(62, above[3], 30);
        assertTrue(above[8] <= 2);
        assertTrue(index.bytes() > 4000 * 4 * (1 + 7) && index.bytes() < 4000 * 4 * (1 + 7) * 2.5, "" + index.bytes());
    }
}
