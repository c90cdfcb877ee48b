package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Tag("broad")
class FilteredSearchTest {
    private static final int NODES = 6_000;
    private static final int DIMENSIONS = 40;
    private static final int K = 10;
    private final Random random = new Random(5);

    private HnswIndex built(Metric metric, Layout layout) {
        HnswIndex index = new HnswIndex(
                new IndexConfig(DIMENSIONS, metric, ElementType.FLOAT32, layout, new HnswParameters(16, 60, 3)));
        for (int node = 0; node < NODES; node++) {
            index.put(node, vector());
        }
        return index;
    }

    private float[] vector() {
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            // not around the origin, so that the centre of the sketches counts
            vector[i] = (float) random.nextGaussian() + 0.5f;
        }
        return vector;
    }

    private static double recall(SearchResult found, SearchResult exact) {
        float last = exact.neighbours().scores()[exact.neighbours().size() - 1];
        int right = 0;
        for (float score : found.neighbours().scores()) {
            right += score >= last - 1e-4f * Math.abs(last) ? 1 : 0;
        }
        return (double) right / exact.neighbours().size();
    }

    @ParameterizedTest
    @EnumSource
    void aScanBySketchesFindsNearlyWhatAnExactScanFinds(Metric metric) {
        HnswIndex index = built(metric, Layout.FAST);
        NodeSet matches = NodeSet.of(NODES, node -> node % 6 == 1);
        double recall = 0;
        int computations = 0;
        int queries = 40;
        for (int i = 0; i < queries; i++) {
            float[] query = vector();
            SearchResult found = index.search(query, K, 200, matches, false);
            assertEquals(Plan.SCAN_OF_MATCHES, found.plan());
            recall += recall(found, index.search(query, K, 200, matches, true)) / queries;
            computations += found.computations();
        }
        assertTrue(recall >= 0.97, metric + ": recall " + recall);
        if (metric != Metric.MANHATTAN) {
            assertTrue(computations < queries * matches.size() / 2, metric + ": compared " + computations);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FAST", "COMPACT"})
    void aFilterThatKeepsTheWalkFromTheQueryEndsInAScan(Layout layout) {
        HnswIndex index = built(Metric.L2, layout);
        float[] query = vector();
        SearchResult all = index.search(query, NODES, NODES, null, true);
        float median = all.neighbours().scores()[NODES / 2];
        boolean[] isFar = new boolean[NODES];
        for (int i = 0; i < NODES; i++) {
            isFar[all.neighbours().nodes()[i]] = all.neighbours().scores()[i] < median;
        }
        NodeSet far = NodeSet.of(NODES, node -> isFar[node]);
        SearchResult found = index.search(query, K, 20, far, false);
        if (layout == Layout.FAST) {
            assertEquals(Plan.WALK_THEN_SCAN, found.plan());
        }
        assertTrue(found.expansions() > 0 && found.expansions() < 600, "expansions " + found.expansions());
        assertTrue(recall(found, index.search(query, K, 20, far, true)) >= 0.9);
    }

    @Test
    void aSetAndAPredicateThatAcceptTheSameFindTheSame() {
        HnswIndex index = built(Metric.COSINE, Layout.FAST);
        for (int modulus : new int[] {2, 40, 1_000, NODES, NODES + 1}) {
            IntPredicate predicate = node -> node % modulus == modulus - 1;
            for (int i = 0; i < 10; i++) {
                float[] query = vector();
                SearchResult bySet = index.search(query, K, 64, NodeSet.of(NODES, predicate), false);
                SearchResult byPredicate = index.search(query, K, 64, predicate, false);
                assertArrayEquals(
                        byPredicate.neighbours().nodes(),
                        bySet.neighbours().nodes(),
                        "modulus " + modulus + ", " + byPredicate.plan() + " and " + bySet.plan());
                assertEquals(Math.min(K, NODES / modulus), bySet.neighbours().size());
            }
        }
    }

    /// Matches that lie anywhere, nearest to the query, farthest from it, or around a point far from it, few or
    /// many, with half of the nodes removed or none.
    @ParameterizedTest
    @EnumSource(names = {"L2", "COSINE", "DOT"})
    void findsTheNearestMatchesHoweverTheyLieToTheQuery(Metric metric) {
        HnswIndex index = built(metric, Layout.FAST);
        for (boolean removes : new boolean[] {false, true}) {
            for (int node = 0; removes && node < NODES; node += 2) {
                index.remove(node);
            }
            for (double share : new double[] {0.5, 0.1, 0.01, 0.001, 0.0002}) {
                int count = (int) (share * index.size());
                double[] recalls = new double[4];
                int queries = 12;
                for (int i = 0; i < queries; i++) {
                    float[] query = vector();
                    int[] order = order(index, query);
                    int[] elsewhere = order(index, index.vector(order[order.length - 1]));
                    NodeSet[] sets = {
                        NodeSet.of(random.ints(count, 0, NODES).toArray()),
                        NodeSet.of(Arrays.copyOf(order, count)),
                        NodeSet.of(Arrays.copyOfRange(order, order.length - count, order.length)),
                        NodeSet.of(Arrays.copyOf(elsewhere, count))
                    };
                    for (int kind = 0; kind < sets.length; kind++) {
                        SearchResult exact = index.search(query, K, 64, sets[kind], true);
                        SearchResult found = index.search(query, K, 64, sets[kind], false);
                        assertEquals(
                                exact.neighbours().size(), found.neighbours().size());
                        recalls[kind] += (exact.neighbours().size() == 0 ? 1 : recall(found, exact)) / queries;
                    }
                }
                for (double recall : recalls) {
                    assertTrue(recall >= 0.95, metric + " share " + share + ": " + Arrays.toString(recalls));
                }
            }
        }
    }

    /// Live nodes, nearest first.
    private static int[] order(HnswIndex index, float[] query) {
        return index.search(query, NODES, NODES, null, true).neighbours().nodes();
    }

    @Test
    void theSameSearchDoesTheSame() {
        HnswIndex index = built(Metric.L2, Layout.FAST);
        for (int modulus : new int[] {2, 3, 10}) {
            NodeSet matches = NodeSet.of(NODES, node -> node % modulus == 0);
            float[] query = vector();
            SearchResult first = index.search(query, K, 64, matches, false);
            for (int i = 0; i < 3; i++) {
                index.search(vector(), K, 64, null, false);
                SearchResult again = index.search(query, K, 64, matches, false);
                assertArrayEquals(first.neighbours().nodes(), again.neighbours().nodes());
                assertEquals(first.plan(), again.plan());
                assertEquals(first.expansions(), again.expansions());
                assertEquals(first.computations(), again.computations());
            }
        }
    }

    @Test
    void removedNodesOfASetAreNotFound() {
        HnswIndex index = built(Metric.L2, Layout.FAST);
        NodeSet matches = NodeSet.of(NODES, node -> node % 100 == 0);
        for (int node = 0; node < NODES; node += 200) {
            index.remove(node);
        }
        SearchResult found = index.search(vector(), 50, 50, matches, false);
        assertEquals(NODES / 200, found.neighbours().size());
        for (int node : found.neighbours().nodes()) {
            assertEquals(100, node % 200);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"L2", "DOT", "MANHATTAN"})
    void matchesWhoseDistancesOverflowFillTheAnswer(Metric metric) {
        HnswIndex index = new HnswIndex(
                new IndexConfig(4, metric, ElementType.FLOAT32, Layout.FAST, new HnswParameters(4, 16, 3)));
        for (int node = 0; node < 1_500; node++) {
            float huge = (node % 2 == 0 ? 1 : -1) * 3e38f;
            index.put(node, new float[] {huge, -huge, huge, random.nextFloat()});
        }
        float[] query = {-3e38f, -3e38f, 3e38f, 1};
        for (int modulus : new int[] {2, 100}) {
            NodeSet matches = NodeSet.of(1_500, node -> node % modulus == 0);
            assertEquals(
                    K, index.search(query, K, 16, matches, false).neighbours().size());
        }
    }
}
