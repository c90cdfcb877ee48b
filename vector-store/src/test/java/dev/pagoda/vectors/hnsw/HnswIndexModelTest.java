package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class HnswIndexModelTest {
    private static final long SEED = 20251126;
    private static final int[] DIMENSIONS = {1, 3, 17, 64, 100, 384};

    @Test
    @Tag("broad")
    void fastAgreesWithTheModel() {
        checkLayout(Layout.FAST, new int[] {17});
    }

    @Test
    @Tag("broad")
    void compactAgreesWithTheModel() {
        checkLayout(Layout.COMPACT, new int[] {3});
    }

    @Test
    @Tag("broad")
    void codesAgreeWithTheModel() {
        checkLayout(Layout.CODES, new int[] {17});
    }

    @Test
    @Tag("slow")
    void fastAgreesWithTheModelInFewDimensions() {
        checkLayout(Layout.FAST, new int[] {1, 3, 17});
    }

    @Test
    @Tag("slow")
    void fastAgreesWithTheModelInManyDimensions() {
        checkLayout(Layout.FAST, new int[] {64, 100, 384});
    }

    @Test
    @Tag("slow")
    void compactAgreesWithTheModelInAllDimensions() {
        checkLayout(Layout.COMPACT, DIMENSIONS);
    }

    @Test
    @Tag("slow")
    void codesAgreeWithTheModelInAllDimensions() {
        checkLayout(Layout.CODES, DIMENSIONS);
    }

    private void checkLayout(Layout layout, int[] dimensions) {
        long seed = SEED;
        for (int d : dimensions) {
            for (Metric metric : Metric.values()) {
                for (ElementType elements : ElementType.values()) {
                    IndexModel model = new IndexModel(IndexModel.config(d, metric, elements, layout), ++seed);
                    model.churn(dimensions.length == 1 ? 800 : 1500, 1000);
                    model.churn(400, 700);
                    model.index.repair();
                    assertEquals(0, model.index.leaving());
                    for (int node = 0; node < 1000; node++) {
                        assertEquals(!model.expected.containsKey(node), model.index.isReusable(node));
                    }
                    model.checkState();
                    model.churn(300, 1000);
                    new ArrayList<>(model.expected.keySet()).forEach(model::remove);
                    model.checkState();
                    model.index.repair();
                    assertEquals(0, model.index.leaving());
                    model.churn(100, 1000);
                }
            }
        }
    }

    @Test
    @Tag("slow")
    void narrowGraphsStayReachableDuringEveryStepOfRepair() {
        for (Layout layout : Layout.values()) {
            for (int m : new int[] {2, 3, 5}) {
                long seed = SEED + m;
                Random random = new Random(seed);
                IndexConfig config =
                        new IndexConfig(4, Metric.L2, ElementType.FLOAT32, layout, new HnswParameters(m, 8, seed));
                IndexModel model = new IndexModel(config, seed);
                model.churn(2000, 2000);
                for (int i = 0; i < 3000; i++) {
                    int node = random.nextInt(2000);
                    if (model.expected.containsKey(node)) {
                        model.remove(node);
                    } else if (random.nextInt(3) > 0 && model.index.isReusable(node)) {
                        model.put(node, model.randomVector());
                    }
                    if (i % 8 == 0) {
                        assertEquals(0, model.index.unreachable(), layout + " m " + m + " step " + i);
                    }
                }
                for (int node : new ArrayList<>(model.expected.keySet())) {
                    model.remove(node);
                    assertEquals(0, model.index.unreachable(), layout + " m " + m + " left " + model.expected.size());
                }
            }
        }
    }

    @Test
    @Tag("slow")
    void findsNineOfTenAmongTwoThousand() {
        for (int dimensions : new int[] {3, 100, 384}) {
            for (Metric metric : Metric.values()) {
                for (Layout layout : Layout.values()) {
                    long seed = SEED + dimensions;
                    IndexConfig config = new IndexConfig(
                            dimensions, metric, ElementType.FLOAT32, layout, new HnswParameters(16, 100, 3));
                    IndexModel model = new IndexModel(config, seed);
                    for (int node = 0; node < 2000; node++) {
                        model.put(node, model.randomVector());
                    }
                    assertEquals(0, model.index.unreachable());
                    // noise of many dimensions is the hardest data: half as many links need twice the breadth
                    int ef = layout == Layout.CODES && dimensions > 100 ? 200 : 100;
                    double recall = 0;
                    for (int i = 0; i < 100; i++) {
                        recall += model.search(model.randomVector(), 10, ef, null, false) / 100;
                    }
                    assertTrue(recall >= 0.9, "seed " + seed + " recall " + recall + " " + config);
                }
            }
        }
    }

    @Test
    @Tag("slow")
    void tenRoundsOfReplacingHalfLeaveTheIndexAsGoodAsNew() {
        for (Layout layout : Layout.values()) {
            IndexConfig config =
                    new IndexConfig(24, Metric.L2, ElementType.FLOAT32, layout, new HnswParameters(12, 60, 3));
            IndexModel model = new IndexModel(config, SEED);
            for (int node = 0; node < 3000; node++) {
                model.put(node, model.randomVector());
            }
            long fresh = model.index.bytes();
            Random random = new Random(SEED);
            for (int round = 0; round < 10; round++) {
                List<Integer> nodes = new ArrayList<>(model.expected.keySet());
                Collections.shuffle(nodes, random);
                nodes.subList(0, 1500).forEach(model::remove);
                assertEquals(0, model.index.unreachable(), layout + " round " + round);
                model.index.repair();
                assertEquals(0, model.index.leaving());
                assertEquals(0, model.index.unreachable(), layout + " round " + round);
                for (int node : nodes.subList(0, 1500)) {
                    model.put(node, model.randomVector());
                }
                assertEquals(0, model.index.unreachable(), layout + " round " + round);
            }
            assertTrue(model.index.bytes() <= 1.1 * fresh, layout + " " + model.index.bytes() + " of " + fresh);
            IndexModel anew = new IndexModel(config, SEED + 1);
            model.expected.forEach(anew::put);
            double worn = recall(model, 40);
            double unworn = recall(anew, 40);
            assertTrue(worn >= unworn - 0.01, "seed " + SEED + " " + layout + " " + worn + " against " + unworn);
        }
    }

    private static double recall(IndexModel model, int ef) {
        Random random = new Random(SEED + 2);
        double recall = 0;
        for (int i = 0; i < 300; i++) {
            float[] query = new float[24];
            for (int j = 0; j < query.length; j++) {
                query[j] = (float) random.nextGaussian();
            }
            recall += model.search(query, 10, ef, null, false) / 300;
        }
        return recall;
    }

    @Test
    @Tag("slow")
    void thePlaceOfAStoredVectorIsFoundWithoutSeeingTheWholeGraph() {
        for (Layout layout : Layout.values()) {
            for (Metric metric : Metric.values()) {
                for (float scale : new float[] {1e-3f, 1000}) {
                    IndexConfig config =
                            new IndexConfig(32, metric, ElementType.FLOAT32, layout, new HnswParameters(16, 60, 3));
                    HnswIndex index = new HnswIndex(config);
                    Random random = new Random(SEED);
                    float[][] vectors = new float[1500][32];
                    for (int node = 0; node < vectors.length; node++) {
                        for (int i = 0; i < 32; i++) {
                            vectors[node][i] = (float) random.nextGaussian() * scale;
                        }
                        index.put(node, vectors[node]);
                    }
                    int found = 0;
                    for (int node = 0; node < vectors.length; node += 10) {
                        SearchResult result = index.search(vectors[node], 5, 20, null, false);
                        String at = config + " scale " + scale + " node " + node + " " + result;
                        assertTrue(layout == Layout.FLAT || result.computations() < 900, at);
                        found += result.neighbours().nodes()[0] == node ? 1 : 0;
                    }
                    assertTrue(metric == Metric.DOT || found >= 140, config + " found " + found + " of 150");
                }
            }
        }
    }

    @Test
    @Tag("slow")
    void hugeAndTinyVectorsAreAllFound() {
        for (Layout layout : Layout.values()) {
            for (Metric metric : Metric.values()) {
                for (float scale : new float[] {1e-30f, 1e-20f, 1e15f, 1e19f, 1e25f, 1e37f}) {
                    IndexConfig config = IndexModel.config(8, metric, ElementType.FLOAT32, layout);
                    HnswIndex index = new HnswIndex(config);
                    Random random = new Random(SEED);
                    for (int node = 0; node < 400; node++) {
                        index.put(node, scaled(random, scale));
                    }
                    String at = config + " scale " + scale;
                    assertEquals(0, index.unreachable(), at);
                    SearchResult result = index.search(scaled(random, scale), 10, 400, null, false);
                    assertEquals(10, result.neighbours().size(), at);
                    result = index.search(scaled(random, 1), 10, 10, null, false);
                    assertEquals(10, result.neighbours().size(), at);
                }
            }
        }
    }

    private static float[] scaled(Random random, float scale) {
        float[] vector = new float[8];
        for (int i = 0; i < vector.length; i++) {
            vector[i] = (float) random.nextGaussian() * scale;
        }
        return vector;
    }

    @Test
    @Tag("broad")
    void duplicatesAreAllFound() {
        for (Layout layout : Layout.values()) {
            for (Metric metric : Metric.values()) {
                IndexModel model = new IndexModel(IndexModel.config(6, metric, ElementType.FLOAT32, layout), SEED);
                float[] same = model.randomVector();
                for (int node = 0; node < 500; node++) {
                    model.put(node, node % 50 == 0 ? model.randomVector() : same);
                }
                model.checkState();
                assertEquals(1, model.search(same, 20, 500, null, false));
                for (int node = 0; node < 500; node += 2) {
                    model.remove(node);
                }
                model.checkState();
                model.index.repair();
                model.checkState();
                assertEquals(1, model.search(same, 20, 500, null, false));
            }
        }
    }

    @Test
    @Tag("broad")
    void oneThreadBuildsTheSameIndexTwice() {
        for (Layout layout : Layout.values()) {
            IndexModel first = new IndexModel(IndexModel.config(20, Metric.COSINE, ElementType.FLOAT32, layout), SEED);
            IndexModel second = new IndexModel(IndexModel.config(20, Metric.COSINE, ElementType.FLOAT32, layout), SEED);
            first.churn(1500, 1000);
            second.churn(1500, 1000);
            for (int i = 0; i < 20; i++) {
                float[] query = first.randomVector();
                SearchResult a = first.index.search(query, 10, 20, null, false);
                SearchResult b = second.index.search(query, 10, 20, null, false);
                assertArrayEquals(a.neighbours().nodes(), b.neighbours().nodes());
                assertArrayEquals(a.neighbours().scores(), b.neighbours().scores());
                assertEquals(a.computations(), b.computations());
                assertEquals(a.expansions(), b.expansions());
            }
        }
    }
}
