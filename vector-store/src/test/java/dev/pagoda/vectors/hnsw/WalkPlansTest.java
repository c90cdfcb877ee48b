package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The plans that only large indexes follow, brought about in small ones: by vectors so long that a walk under a filter
/// costs less than a scan, and by queries strange to all nodes.
class WalkPlansTest {
    private static final long SEED = 20251216;

    private static IndexModel model(Layout layout, int dimensions, int nodes) {
        IndexConfig config =
                new IndexConfig(dimensions, Metric.L2, ElementType.FLOAT32, layout, new HnswParameters(6, 24, 3));
        IndexModel model = new IndexModel(config, SEED);
        for (int node = 0; node < nodes; node++) {
            float[] vector = model.randomVector();
            // of few degrees of freedom, as vectors of texts are
            for (int i = 4; i < dimensions; i++) {
                vector[i] = vector[i % 4] + vector[i] / 8;
            }
            model.put(node, vector);
        }
        return model;
    }

    private static float[] near(IndexModel model, int node) {
        float[] query = model.index.vector(node);
        float[] noise = model.randomVector();
        for (int i = 0; i < query.length; i++) {
            query[i] += noise[i] / 4;
        }
        return query;
    }

    @ParameterizedTest
    @EnumSource(names = {"FAST", "COMPACT"})
    void longVectorsAreWalkedUnderAFilter(Layout layout) {
        int nodes = 400;
        IndexModel model = model(layout, 400, nodes);
        Map<Plan, Integer> plans = new EnumMap<>(Plan.class);
        double recall = 0;
        int queries = 24;
        for (int i = 0; i < queries; i++) {
            float[] query = near(model, 7 * i);
            IntPredicate some = i % 2 == 0 ? node -> node % 2 == 0 : node -> node % 3 != 0;
            IntPredicate accept = i % 3 == 0 ? NodeSet.of(nodes, some) : some;
            SearchResult result = model.index.search(query, 5, 10, accept, false);
            plans.merge(result.plan(), 1, Integer::sum);
            recall += model.search(query, 5, 10, accept, false) / queries;
            if (result.plan() == Plan.WALK) {
                assertTrue(result.expansions() > 0 && result.expansions() < 80, "expanded " + result.expansions());
                assertEquals(layout == Layout.FAST, result.estimated() > 0);
                assertTrue(result.computations() < nodes);
            }
        }
        assertTrue(plans.getOrDefault(Plan.WALK, 0) >= 18, plans.toString());
        assertTrue(recall >= 0.93, layout + " recall " + recall);
    }

    @Test
    void matchesFarFromTheQueryAreFoundAllTheSame() {
        int nodes = 600;
        IndexModel model = model(Layout.FAST, 320, nodes);
        Map<Plan, Integer> plans = new EnumMap<>(Plan.class);
        double recall = 0;
        int queries = 8;
        for (int i = 0; i < queries; i++) {
            float[] query = near(model, 11 * i);
            int[] order = model.index
                    .search(query, nodes, nodes, null, true)
                    .neighbours()
                    .nodes();
            boolean[] isFar = new boolean[nodes];
            for (int at = nodes / 2; at < nodes; at++) {
                isFar[order[at]] = true;
            }
            NodeSet far = NodeSet.of(nodes, node -> isFar[node]);
            SearchResult result = model.index.search(query, 10, 10, far, false);
            plans.merge(result.plan(), 1, Integer::sum);
            recall += model.search(query, 10, 10, far, false) / queries;
            if (result.plan() == Plan.WALK_THEN_SCAN) {
                assertTrue(result.computations() >= nodes / 2, "computed " + result.computations());
                assertTrue(result.expansions() >= Effort.FIRST_LOOK && result.expansions() < 200);
            }
        }
        assertTrue(plans.getOrDefault(Plan.WALK_THEN_SCAN, 0) >= 4, plans.toString());
        assertTrue(recall >= 0.9, "recall " + recall);
    }

    @Test
    void strangeQueriesEndInALookAtAllCodes() {
        int dimensions = 32;
        int nodes = 500;
        IndexConfig config =
                new IndexConfig(dimensions, Metric.L2, ElementType.FLOAT32, Layout.FAST, new HnswParameters(6, 24, 3));
        IndexModel model = new IndexModel(config, SEED);
        for (int node = 0; node < nodes; node++) {
            float[] vector = model.randomVector();
            for (int i = 0; i < dimensions; i++) {
                vector[i] = vector[i] / 8 + (i == node % 16 ? 1 : 0);
            }
            model.put(node, vector);
        }
        int scanned = 0;
        double recall = 0;
        for (int i = 0; i < 12; i++) {
            float[] strange = model.randomVector();
            for (int j = 0; j < dimensions; j++) {
                strange[j] *= 4;
            }
            SearchResult result = model.index.search(strange, 10, 40, null, false);
            if (result.plan() == Plan.WALK_THEN_CODES) {
                scanned++;
                assertTrue(result.expansions() >= Effort.FIRST_LOOK, "expanded " + result.expansions());
                assertTrue(result.estimated() >= nodes + 32 * result.expansions());
                // eight for each to expand
                assertTrue(result.computations() > 320 && result.computations() < 320 + 300);
            }
            recall += model.search(strange, 10, 40, null, false) / 12;
        }
        assertTrue(scanned >= 8, "scanned " + scanned);
        assertTrue(recall >= 0.95, "recall " + recall);
    }
}
