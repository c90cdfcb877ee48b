package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Nodes that are searched before they are linked.
class UnlinkedTest {
    private static final long SEED = 20251211;

    private final IndexModel model =
            new IndexModel(IndexModel.config(5, Metric.L2, ElementType.FLOAT32, Layout.FAST), SEED);
    private final HnswIndex index = model.index;

    private void put(int from, int to) {
        for (int node = from; node < to; node++) {
            model.put(node, model.randomVector());
        }
    }

    private static Neighbours neighbours(Object... nodesAndScores) {
        int[] nodes = new int[nodesAndScores.length / 2];
        float[] scores = new float[nodes.length];
        for (int i = 0; i < nodes.length; i++) {
            nodes[i] = (Integer) nodesAndScores[2 * i];
            scores[i] = ((Number) nodesAndScores[2 * i + 1]).floatValue();
        }
        return new Neighbours(nodes, scores);
    }

    private static void assertMerged(Neighbours one, Neighbours other, int k, int... nodes) {
        assertArrayEquals(nodes, Unlinked.merge(one, other, k).nodes());
        assertArrayEquals(nodes, Unlinked.merge(other, one, k).nodes());
    }

    @Test
    void mergesByScoreThenByNumberEachNodeOnce() {
        Neighbours none = neighbours();
        Neighbours some = neighbours(4, 9, 2, 7, 8, 3);
        assertMerged(none, none, 3);
        assertMerged(none, some, 2, 4, 2);
        assertMerged(some, none, 9, 4, 2, 8);
        assertMerged(some, neighbours(1, 10, 3, 8, 5, 1), 9, 1, 4, 3, 2, 8, 5);
        assertMerged(some, neighbours(1, 7, 3, 7), 4, 4, 1, 2, 3);
        assertMerged(some, neighbours(4, 9, 8, 3), 9, 4, 2, 8);
        assertMerged(some, neighbours(4, 9, 5, 8), 2, 4, 5);
        assertArrayEquals(
                new float[] {9, 8, 7}, Unlinked.merge(some, neighbours(5, 8), 3).scores());
    }

    @Test
    void aSmallIndexGoesWithoutLinksAndIsThenLinkedLittleByLittle() {
        index.linkFrom(100);
        put(0, 99);
        assertEquals(99, index.waiting());
        assertEquals(-1, index.root);
        assertFalse(index.link(5));
        assertEquals(99, index.waiting());
        for (int i = 0; i < 8; i++) {
            model.checkRandomSearch();
        }
        // the hundredth waits as well, and two are linked with it
        put(99, 100);
        assertEquals(98, index.waiting());
        put(100, 101);
        assertEquals(96, index.waiting());
        assertTrue(index.link(10));
        assertEquals(86, index.waiting());
        assertFalse(index.link(1000));
        assertEquals(0, index.waiting());
        assertEquals(0, index.unreachable());
        model.checkState();
        assertEquals(101, index.image().nodes().length);
    }

    @Test
    void nodesThatAreHeldWaitUntilTheyAreLetGo() {
        put(0, 10);
        index.hold(true);
        put(10, 20);
        assertEquals(10, index.waiting());
        assertFalse(index.link(3));
        assertEquals(10, index.waiting());
        assertEquals(10, index.image().nodes().length);
        model.remove(15);
        assertEquals(9, index.waiting());
        assertEquals(1, index.leaving());
        assertFalse(index.isReusable(15));
        index.hold(false);
        assertTrue(index.link(3));
        assertEquals(6, index.waiting());
        put(20, 21);
        assertEquals(4, index.waiting());
        assertFalse(index.link(4));
        model.checkState();
        index.repair();
        assertTrue(index.isReusable(15));
    }

    @Test
    void searchesFindWhatWaitsAndWhatIsLinked() {
        put(0, 300);
        index.hold(true);
        put(300, 340);
        assertEquals(40, index.waiting());
        for (IntPredicate accept : new @Nullable IntPredicate[] {
            null, node -> node % 2 == 0, node -> node >= 290, node -> node == 339, node -> node < 20
        }) {
            double recall = 0;
            for (int i = 0; i < 6; i++) {
                recall += model.search(model.randomVector(), 10, 60, accept, false) / 6;
            }
            assertTrue(recall >= 0.95, "recall " + recall);
        }
        float[] last = index.vector(339);
        SearchResult result = index.search(last, 1, 30, null, false);
        assertEquals(339, result.neighbours().nodes()[0]);
        assertEquals(Plan.WALK, result.plan());
        assertTrue(result.computations() >= 40 + result.expansions(), "computed " + result.computations());
        assertTrue(result.estimated() > 0);
    }

    @Test
    void whoClaimsANodeHasItAlone() {
        index.hold(true);
        put(0, 3);
        Unlinked unlinked = index.unlinked;
        assertTrue(unlinked.hasUnsketched());
        assertEquals(0, unlinked.claim());
        assertEquals(1, unlinked.claim());
        assertFalse(unlinked.withdraw(0));
        assertTrue(unlinked.has(0));
        assertTrue(unlinked.withdraw(2));
        assertFalse(unlinked.withdraw(2));
        assertFalse(unlinked.has(2));
        assertEquals(-1, unlinked.claim());
        assertEquals(2, unlinked.count());
        unlinked.linked(0);
        unlinked.linked(1);
        assertEquals(0, unlinked.count());
        assertFalse(unlinked.hasUnsketched());
        unlinked.add(7);
        unlinked.add(7);
        assertEquals(1, unlinked.count());
        assertEquals(1, unlinked.matching(8, null).size());
        assertEquals(0, unlinked.matching(7, null).size());
        assertEquals(0, unlinked.matching(8, node -> node != 7).size());
        assertTrue(unlinked.bytes() >= 8);
        unlinked.restoring(true);
        assertTrue(unlinked.isRestoring());
        assertTrue(unlinked.takes());
        assertFalse(unlinked.isDue());
        unlinked.restoring(false);
        index.hold(false);
        assertFalse(unlinked.takes());
        assertTrue(unlinked.isDue());
    }
}
