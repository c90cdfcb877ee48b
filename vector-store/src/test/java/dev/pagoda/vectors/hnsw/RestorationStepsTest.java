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
import org.junit.jupiter.params.provider.EnumSource;

/// An index that is used while what it had is still being read.
class RestorationStepsTest {
    private static final int DIMENSIONS = 4;
    private static final int NODES = 280;

    private final Random random = new Random(20251213);

    private float[] vector() {
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    private static HnswIndex empty(Layout layout) {
        return new HnswIndex(IndexModel.config(DIMENSIONS, Metric.DOT, ElementType.FLOAT32, layout));
    }

    private HnswIndex original(Layout layout) {
        HnswIndex index = empty(layout);
        for (int node = 0; node < NODES; node++) {
            index.put(node, vector());
        }
        index.remove(11);
        return index;
    }

    private static Restoration rows(HnswIndex original, HnswIndex restored) {
        Restoration restoration = restored.restoration();
        for (int node = 0; node < original.end(); node++) {
            restoration.row(node, original.row(node));
            if (original.isLive(node)) {
                restoration.living(node);
            }
        }
        return restoration;
    }

    private void assertAnswers(HnswIndex expected, HnswIndex index) {
        for (int i = 0; i < 5; i++) {
            float[] query = vector();
            assertArrayEquals(
                    expected.search(query, 10, 40, null, true).neighbours().nodes(),
                    index.search(query, 10, 40, null, true).neighbours().nodes());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FAST", "COMPACT"})
    void anOpenRestorationIsSearchedByComparingAndTakesNewNodes(Layout layout) {
        HnswIndex original = original(layout);
        HnswIndex restored = empty(layout);
        Restoration restoration = rows(original, restored);
        restoration.open();
        assertEquals(NODES - 1, restored.size());
        assertFalse(restored.isLive(11));
        assertFalse(restored.isReusable(11));
        assertEquals(0, restored.image().nodes().length);
        SearchResult compared = restored.search(vector(), 3, 5, null, false);
        assertEquals(Plan.SCAN_OF_MATCHES, compared.plan());
        assertEquals(NODES - 1, compared.computations());
        assertEquals(
                2,
                restored.search(vector(), 3, 5, node -> node < 2, false)
                        .neighbours()
                        .size());
        float[] added = vector();
        restored.put(NODES, added);
        original.put(NODES, added);
        assertEquals(1, restored.waiting());
        assertFalse(restored.link(5));
        restored.remove(20);
        original.remove(20);
        assertEquals(0, restored.leaving());
        restored.repair();
        assertAnswers(original, restored);
        Image image = original.image();
        for (int i = 0; i < NODES; i++) {
            int[] kept = Arrays.stream(image.lowest()[i])
                    .filter(link -> (link & Links.NODE) < NODES)
                    .toArray();
            int[][] upper = image.upper()[i].clone();
            for (int layer = 0; layer < upper.length; layer++) {
                upper[layer] =
                        Arrays.stream(upper[layer]).filter(node -> node < NODES).toArray();
            }
            restoration.links(image.nodes()[i], image.live()[i], kept, upper);
        }
        restoration.finish(image.entry(), image.root());
        assertEquals(Plan.WALK, restored.search(vector(), 3, 5, null, false).plan());
        assertEquals(2, restored.leaving());
        assertEquals(1, restored.waiting());
        assertFalse(restored.link(5));
        assertEquals(0, restored.unreachable());
        assertAnswers(original, restored);
        restored.repair();
        assertTrue(restored.isReusable(11));
        assertTrue(restored.isReusable(20));
        assertEquals(NODES - 1, restored.size());
    }

    @Test
    void withoutItsLinksEveryNodeWaits() {
        HnswIndex original = original(Layout.FAST);
        HnswIndex restored = empty(Layout.FAST);
        Restoration restoration = rows(original, restored);
        restoration.open();
        Image image = original.image();
        restoration.links(image.nodes()[0], true, image.lowest()[0], image.upper()[0]);
        restoration.abandon();
        assertEquals(NODES - 1, restored.waiting());
        assertEquals(0, restored.links.count(0));
        assertEquals(1, restored.leaving());
        assertEquals(-1, restored.root);
        assertEquals(-1, restored.entry);
        assertFalse(restored.link(NODES));
        assertEquals(0, restored.waiting());
        assertEquals(0, restored.unreachable());
        assertAnswers(original, restored);
    }

    @Test
    void onlyRemovedNodesWithoutLinksLeaveNothingToWalk() {
        HnswIndex restored = empty(Layout.COMPACT);
        Restoration restoration = restored.restoration();
        restoration.row(0, vector());
        restoration.links(0, false, new int[0], new int[0][]);
        restoration.finish(-1, -1);
        assertEquals(0, restored.size());
        assertEquals(1, restored.leaving());
        restored.repair();
        assertTrue(restored.isReusable(0));
        HnswIndex nothing = empty(Layout.COMPACT);
        nothing.restoration().finish(-1, -1);
        nothing.put(0, vector());
        assertEquals(0, nothing.root);
    }

    @Test
    void vectorsMoveToAnotherRestoration() {
        HnswIndex original = original(Layout.FAST);
        Restoration from = rows(original, empty(Layout.FAST));
        HnswIndex other = empty(Layout.COMPACT);
        Restoration to = other.restoration();
        from.moveTo(to);
        to.open();
        to.abandon();
        other.link(NODES);
        assertEquals(NODES - 1, other.size());
        assertFalse(other.isLive(11));
        assertAnswers(original, other);
    }

    @Test
    void flatIndexesNeedNoLinks() {
        HnswIndex original = original(Layout.FLAT);
        HnswIndex restored = empty(Layout.FLAT);
        Restoration restoration = rows(original, restored);
        restoration.open();
        restoration.finish(-1, -1);
        assertEquals(NODES - 1, restored.size());
        assertEquals(0, restored.waiting());
        assertEquals(1, restored.leaving());
        assertEquals(0, restored.unreachable());
        assertAnswers(original, restored);
    }

    private static void assertRefused(String part, Runnable call) {
        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, call::run).getMessage());
        assertTrue(message.contains(part), message);
    }

    @Test
    void refusesWhatDoesNotFit() {
        HnswIndex index = empty(Layout.COMPACT);
        Restoration restoration = index.restoration();
        assertRefused("node -1 is not from 0", () -> restoration.row(-1, vector()));
        assertRefused("is not from 0", () -> restoration.row(Links.MAX_NODES, vector()));
        assertRefused("expected dim: 4, got 3", () -> restoration.row(0, new float[3]));
        restoration.row(0, vector());
        restoration.row(1, vector());
        assertRefused("node 2 has no vector", () -> restoration.living(2));
        assertRefused("node -1 has no vector", () -> restoration.living(-1));
        int slots = index.links.slots();
        assertRefused("links", () -> restoration.links(0, true, new int[slots + 1], new int[0][]));
        assertRefused("upper layers", () -> restoration.links(0, true, new int[0], new int[25][0]));
        restoration.links(0, true, new int[slots], new int[24][0]);
        assertRefused("2 nodes have vectors, 1 have links", () -> restoration.finish(0, 0));
        assertRefused("node 9 has no vector", () -> restoration.links(1, true, new int[0], new int[][] {{9}}));
    }

    @Test
    void refusesLinksToNodesWithout() {
        Restoration open = empty(Layout.COMPACT).restoration();
        for (int node = 0; node < 3; node++) {
            open.row(node, vector());
            open.living(node);
        }
        open.open();
        open.links(0, true, new int[] {1}, new int[][] {{}});
        assertRefused("node 1 has no links", () -> open.finish(HnswIndex.entry(1, 0), 0));
        open.links(1, true, new int[0], new int[][] {{2}});
        assertRefused("node 2 has no links", () -> open.finish(HnswIndex.entry(1, 0), 0));
        assertRefused("node 2 has no links", () -> open.finish(HnswIndex.entry(0, 2), 0));
        assertRefused("has no layer 2", () -> open.finish(HnswIndex.entry(2, 0), 0));
        open.links(2, true, new int[0], new int[][] {{}});
        open.finish(HnswIndex.entry(1, 0), 0);
    }
}
