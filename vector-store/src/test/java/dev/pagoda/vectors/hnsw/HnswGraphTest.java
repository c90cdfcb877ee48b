package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class HnswGraphTest {
    private static final HnswParameters DEFAULTS = new HnswParameters(16, 100, 1);

    @ParameterizedTest
    @CsvSource({
        "DOT,    true,  true", "DOT,    true,  false",
        "DOT,    false, true", "DOT,    false, false",
        "L2,     false, true", "L2,     false, false",
        "MANHATTAN, false, true", "MANHATTAN, false, false"
    })
    void findsNineteenOfTwentyNearestAtDefaults(Metric metric, boolean unit, boolean clustered) {
        long seed = 42;
        double recall = recall(metric, unit, clustered, 6_000, 48, seed);
        assertTrue(recall >= 0.95, "recall@10 " + recall + " seed " + seed);
    }

    @ParameterizedTest
    @CsvSource({"DOT,true,true", "DOT,true,false", "DOT,false,true", "L2,false,true", "L2,false,false"})
    @Tag("slow")
    void findsNineteenOfTwentyNearestInAGreaterGraph(Metric metric, boolean unit, boolean clustered) {
        double recall = recall(metric, unit, clustered, 30_000, 32, 7);
        System.out.printf("recall@10 %.4f %s unit=%s clustered=%s 30000x32%n", recall, metric, unit, clustered);
        assertTrue(recall >= 0.95, "recall@10 " + recall);
    }

    @Test
    void fillsTheLimitForAnyFilterAndNeverAnswersARefusedNode() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(400);
            int dimensions = 1 + random.nextInt(12);
            // few distinct values make many equal rows, the hard case for pruning
            FloatRows rows = new FloatRows(dimensions);
            HnswParameters parameters = new HnswParameters(2 + random.nextInt(4), 4 + random.nextInt(20), seed);
            HnswGraph graph = new HnswGraph(parameters, rows, Metric.L2);
            for (int i = 0; i < count; i++) {
                float[] row = new float[dimensions];
                for (int d = 0; d < dimensions; d++) {
                    row[d] = random.nextInt(2);
                }
                rows.set(i, row);
                graph.insert(i);
            }
            BitSet accepted = new BitSet();
            for (int i = 0; i < count; i++) {
                accepted.set(i, random.nextInt(10) == 0);
            }
            int matching = accepted.cardinality();
            for (int k : new int[] {1, 3, 50}) {
                Neighbours found = graph.search(rows.get(random.nextInt(count)), k, k, accepted::get);
                assertEquals(Math.min(k, matching), found.size(), "seed " + seed + " k " + k);
                assertTrue(IntStream.of(found.nodes()).allMatch(accepted::get), "seed " + seed);
                assertEquals(
                        found.size(), IntStream.of(found.nodes()).distinct().count(), "seed " + seed);
            }
        }
    }

    @Test
    void findsEveryNodeByItsOwnRow() {
        long seed = 11;
        FloatRows rows = rows(4_000, 16, true, false, new Random(seed));
        HnswGraph graph = graph(rows, 4_000, Metric.L2);
        for (int node = 0; node < 4_000; node++) {
            assertEquals(node, graph.search(rows.get(node), 1, 100, n -> true).nodes()[0], "seed " + seed);
        }
    }

    @Test
    void keepsListsBoundedAmongEqualRows() {
        FloatRows rows = new FloatRows(4);
        HnswGraph graph = new HnswGraph(DEFAULTS, rows, Metric.DOT);
        for (int i = 0; i < 3_000; i++) {
            rows.set(i, new float[] {1, 0, 0, 0});
            graph.insert(i);
        }
        for (int[][] byLayer : graph.image().lists()) {
            assertTrue(byLayer[0].length <= 32, "list of " + byLayer[0].length);
        }
        assertEquals(
                500,
                graph.search(new float[] {1, 0, 0, 0}, 500, 500, n -> n % 2 == 1)
                        .size());
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void exactScanOrdersAsTheMetricSays(Metric metric) {
        FloatRows rows = new FloatRows(2);
        rows.set(0, new float[] {1, 0});
        rows.set(1, new float[] {3, 0});
        rows.set(2, new float[] {3, 0});
        rows.set(3, new float[] {0, 9});
        Neighbours found = ExactScan.search(rows, metric, new float[] {2.9f, 0}, 3, 4, n -> true);
        assertArrayEquals(new int[] {1, 2, 0}, found.nodes());
    }

    @Test
    void sameInsertionsMakeTheSameGraph() {
        FloatRows rows = rows(500, 8, true, false, new Random(3));
        assertEquals(
                describe(graph(rows, 500, Metric.L2).image()),
                describe(graph(rows, 500, Metric.L2).image()));
    }

    @Test
    void restoredGraphAnswersAndGrowsAsTheOriginal() {
        FloatRows rows = rows(1_200, 8, true, false, new Random(4));
        HnswGraph original = graph(rows, 1_000, Metric.L2);
        HnswGraph restored = HnswGraph.restore(DEFAULTS, rows, Metric.L2, original.image());
        for (int node = 1_000; node < 1_200; node++) {
            original.insert(node);
            restored.insert(node);
        }
        assertEquals(describe(original.image()), describe(restored.image()));
        assertEquals(original.bytes(), restored.bytes());
    }

    @Test
    void refusesAnImageThatLinksToNowhere() {
        FloatRows rows = rows(2, 2, false, false, new Random(4));
        var image = new HnswGraph.Image(new int[] {0, 1}, new int[][][] {{{1}}, {{7}}}, new int[] {-1, 0}, 0);
        assertThrows(IllegalArgumentException.class, () -> HnswGraph.restore(DEFAULTS, rows, Metric.L2, image));
    }

    @Test
    void refusesBadArguments() {
        FloatRows rows = new FloatRows(2);
        HnswGraph graph = new HnswGraph(DEFAULTS, rows, Metric.L2);
        assertEquals(0, graph.search(new float[] {1, 2}, 1, 1, n -> true).size());
        assertRefused("expected dim: 2, got 3", () -> rows.set(0, new float[3]));
        assertRefused("NaN at 1", () -> rows.set(0, new float[] {1, Float.NaN}));
        assertRefused("-Infinity at 0", () -> rows.set(0, new float[] {Float.NEGATIVE_INFINITY, 1}));
        assertRefused("expected dim: 2, got 1", () -> graph.search(new float[1], 1, 1, n -> true));
        assertRefused("NaN at 0", () -> graph.search(new float[] {Float.NaN, 1}, 1, 1, n -> true));
        assertRefused("ef 5 is below k 10", () -> graph.search(new float[2], 10, 5, n -> true));
        assertRefused("k 0 is below 1", () -> graph.search(new float[2], 0, 5, n -> true));
        assertRefused("m 1 is not", () -> new HnswParameters(1, 100, 1));
        assertRefused("efConstruction 3 is not", () -> new HnswParameters(16, 3, 1));
    }

    @Test
    void searchesWhileAWriterInserts() throws InterruptedException {
        int count = 4_000;
        FloatRows rows = new FloatRows(8);
        HnswGraph graph = new HnswGraph(DEFAULTS, rows, Metric.L2);
        float[][] data = new float[count][];
        Random random = new Random(8);
        for (int i = 0; i < count; i++) {
            data[i] = gaussian(random, 8);
        }
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicInteger inserted = new AtomicInteger();
        List<Thread> readers = new ArrayList<>();
        for (int r = 0; r < 3; r++) {
            int seed = r;
            Thread reader = Thread.ofPlatform().start(() -> {
                Random mine = new Random(seed);
                try {
                    while (inserted.get() < count) {
                        int known = inserted.get();
                        int k = Math.min(10, known);
                        if (known > 0) {
                            Neighbours found = graph.search(data[mine.nextInt(known)], k, 100, n -> true);
                            assertEquals(k, found.size());
                        }
                    }
                } catch (Throwable thrown) {
                    failure.set(thrown);
                }
            });
            readers.add(reader);
        }
        for (int i = 0; i < count; i++) {
            rows.set(i, data[i]);
            graph.insert(i);
            inserted.set(i + 1);
        }
        for (Thread reader : readers) {
            reader.join();
        }
        assertEquals(null, failure.get());
    }

    private static void assertRefused(String part, Runnable call) {
        String message = assertThrows(IllegalArgumentException.class, call::run).getMessage();
        assertTrue(String.valueOf(message).contains(part), message);
    }

    private static double recall(Metric metric, boolean unit, boolean clustered, int count, int dimensions, long seed) {
        Random random = new Random(seed);
        int queries = 100;
        FloatRows rows = rows(count + queries, dimensions, clustered, unit, random);
        HnswGraph graph = graph(rows, count, metric);
        int found = 0;
        for (int q = 0; q < queries; q++) {
            float[] query = rows.get(count + q);
            BitSet truth = new BitSet();
            for (int node :
                    ExactScan.search(rows, metric, query, 10, count, n -> true).nodes()) {
                truth.set(node);
            }
            for (int node : graph.search(query, 10, 100, n -> true).nodes()) {
                found += truth.get(node) ? 1 : 0;
            }
        }
        return found / (10.0 * queries);
    }

    private static HnswGraph graph(FloatRows rows, int count, Metric metric) {
        HnswGraph graph = new HnswGraph(DEFAULTS, rows, metric);
        for (int i = 0; i < count; i++) {
            graph.insert(i);
        }
        return graph;
    }

    private static FloatRows rows(int count, int dimensions, boolean clustered, boolean unit, Random random) {
        FloatRows rows = new FloatRows(dimensions);
        float[][] centres = new float[Math.max(1, count / 100)][];
        for (int c = 0; c < centres.length; c++) {
            centres[c] = gaussian(random, dimensions);
        }
        for (int i = 0; i < count; i++) {
            float[] row = gaussian(random, dimensions);
            if (clustered) {
                float[] centre = centres[random.nextInt(centres.length)];
                for (int d = 0; d < dimensions; d++) {
                    row[d] = centre[d] + 0.3f * row[d];
                }
            }
            if (unit) {
                double norm = 0;
                for (float x : row) {
                    norm += x * x;
                }
                for (int d = 0; d < dimensions; d++) {
                    row[d] /= (float) Math.sqrt(norm);
                }
            }
            rows.set(i, row);
        }
        return rows;
    }

    private static float[] gaussian(Random random, int dimensions) {
        float[] row = new float[dimensions];
        for (int d = 0; d < dimensions; d++) {
            row[d] = (float) random.nextGaussian();
        }
        return row;
    }

    private static String describe(HnswGraph.Image image) {
        return Arrays.deepToString(image.lists()) + Arrays.toString(image.parents()) + image.entry();
    }
}
