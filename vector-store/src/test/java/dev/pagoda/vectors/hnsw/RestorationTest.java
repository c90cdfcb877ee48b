package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RestorationTest {
    private static final int DIMENSIONS = 20;

    @ParameterizedTest
    @CsvSource({"FAST,L2", "FAST,DOT", "FAST,COSINE", "COMPACT,MANHATTAN", "COMPACT,L2", "FLAT,COSINE"})
    void restoredIndexAnswersAndGrowsAsTheOriginal(Layout layout, Metric metric) {
        Random random = new Random(4);
        HnswIndex original = index(layout, metric, 300, random);
        HnswIndex restored = restored(original);
        assertSameAnswers(original, restored, random);
        for (int node = 300; node < 340; node++) {
            float[] vector = gaussian(random);
            original.put(node, vector);
            restored.put(node, vector);
        }
        assertEquals(describe(original.image()), describe(restored.image()));
        assertSameAnswers(original, restored, random);
    }

    @Test
    void removedNodesThatHadNotLeftGoOnLeaving() {
        Random random = new Random(5);
        HnswIndex original = index(Layout.FAST, Metric.L2, 300, random);
        for (int node = 0; node < 300; node += 1 + random.nextInt(4)) {
            original.remove(node);
        }
        assertTrue(original.leaving() > 0);
        HnswIndex restored = restored(original);
        assertEquals(original.size(), restored.size());
        assertEquals(original.leaving(), restored.leaving());
        assertEquals(0, restored.unreachable());
        for (int node = 0; node < 300; node++) {
            assertEquals(original.isLive(node), restored.isLive(node));
        }
        restored.repair();
        assertEquals(0, restored.leaving());
        assertEquals(0, restored.unreachable());
        assertTrue(restored.isReusable(0));
        restored.put(0, gaussian(random));
    }

    @Test
    void withoutLinksEveryVectorIsLinkedAnew() {
        Random random = new Random(6);
        HnswIndex original = index(Layout.FAST, Metric.COSINE, 150, random);
        HnswIndex built = new HnswIndex(original.config());
        Restoration restoration = built.restoration();
        for (int node = 0; node < 150; node++) {
            restoration.row(node, original.row(node));
        }
        restoration.build();
        assertEquals(describe(original.image()), describe(built.image()));
    }

    @Test
    void refusesLinksEntriesAndVectorsThatLeadToNowhere() {
        assertRefused("node 7 has no vector", restoration -> {
            restoration.row(0, new float[DIMENSIONS]);
            restoration.links(0, true, new int[] {7}, new int[0][]);
        });
        assertRefused("node 3 has no vector", restoration -> restoration.links(3, true, new int[0], new int[0][]));
        assertRefused("1 nodes have vectors, 0 have links", restoration -> {
            restoration.row(0, new float[DIMENSIONS]);
            restoration.finish(0, 0);
        });
        assertRefused("node 5 has no links", restoration -> {
            restoration.row(0, new float[DIMENSIONS]);
            restoration.links(0, true, new int[0], new int[0][]);
            restoration.finish(0, 5);
        });
        assertRefused("has no layer 2", restoration -> {
            restoration.row(0, new float[DIMENSIONS]);
            restoration.links(0, true, new int[0], new int[0][]);
            restoration.finish(HnswIndex.entry(2, 0), 0);
        });
        HnswIndex used = index(Layout.FAST, Metric.L2, 1, new Random(1));
        assertThrows(IllegalStateException.class, used::restoration);
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void flatIndexesAreExactAndGiveNumbersBack(Metric metric) {
        Random random = new Random(7);
        HnswIndex index = index(Layout.FLAT, metric, 700, random);
        float[] query = gaussian(random);
        Neighbours found =
                index.search(query, 10, 10, node -> node % 2 == 0, false).neighbours();
        assertArrayEquals(
                index.search(query, 10, 10, node -> node % 2 == 0, true)
                        .neighbours()
                        .nodes(),
                found.nodes());
        for (int node = 0; node < 200; node++) {
            index.remove(node);
        }
        index.repair();
        assertEquals(500, index.size());
        assertTrue(index.isReusable(0));
        index.put(0, gaussian(random));
        assertTrue(index.isLive(0));
        assertFalse(index.isLive(1));
    }

    private interface Filling {
        void fill(Restoration restoration);
    }

    private static void assertRefused(String part, Filling filling) {
        HnswIndex index = new HnswIndex(config(Layout.FAST, Metric.L2));
        Restoration restoration = index.restoration();
        String message = assertThrows(IllegalArgumentException.class, () -> filling.fill(restoration))
                .getMessage();
        assertTrue(String.valueOf(message).contains(part), message);
    }

    private static void assertSameAnswers(HnswIndex original, HnswIndex restored, Random random) {
        for (int i = 0; i < 10; i++) {
            float[] query = gaussian(random);
            SearchResult expected = original.search(query, 10, 40, null, false);
            SearchResult actual = restored.search(query, 10, 40, null, false);
            assertArrayEquals(expected.neighbours().nodes(), actual.neighbours().nodes());
            assertArrayEquals(
                    expected.neighbours().scores(), actual.neighbours().scores());
            assertEquals(expected.computations(), actual.computations());
            assertEquals(expected.estimated(), actual.estimated());
        }
    }

    private static HnswIndex restored(HnswIndex original) {
        Image image = original.image();
        HnswIndex restored = new HnswIndex(original.config());
        Restoration restoration = restored.restoration();
        for (int node : image.nodes()) {
            restoration.row(node, original.row(node));
        }
        for (int i = 0; i < image.nodes().length; i++) {
            restoration.links(image.nodes()[i], image.live()[i], image.lowest()[i], image.upper()[i]);
        }
        restoration.finish(image.entry(), image.root());
        return restored;
    }

    private static HnswIndex index(Layout layout, Metric metric, int count, Random random) {
        HnswIndex index = new HnswIndex(config(layout, metric));
        for (int node = 0; node < count; node++) {
            index.put(node, gaussian(random));
        }
        return index;
    }

    private static IndexConfig config(Layout layout, Metric metric) {
        return new IndexConfig(DIMENSIONS, metric, ElementType.FLOAT32, layout, new HnswParameters(8, 40, 7));
    }

    private static float[] gaussian(Random random) {
        float[] row = new float[DIMENSIONS];
        for (int d = 0; d < DIMENSIONS; d++) {
            row[d] = (float) random.nextGaussian();
        }
        return row;
    }

    private static String describe(Image image) {
        return Arrays.toString(image.nodes())
                + Arrays.toString(image.live())
                + Arrays.deepToString(image.lowest())
                + Arrays.deepToString(image.upper())
                + image.entry()
                + "/"
                + image.root();
    }
}
