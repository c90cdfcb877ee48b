package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// An index and beside it a map of what it must hold, searched by brute force in double precision.
final class IndexModel {
    final HnswIndex index;
    final Map<Integer, float[]> expected = new TreeMap<>();
    private final IndexConfig config;
    private final Random random;
    private final String name;

    IndexModel(IndexConfig config, long seed) {
        this.config = config;
        this.random = new Random(seed);
        this.index = new HnswIndex(config);
        this.name = "seed " + seed + " " + config;
    }

    static IndexConfig config(int dimensions, Metric metric, ElementType elements, Layout layout) {
        return new IndexConfig(dimensions, metric, elements, layout, new HnswParameters(8, 40, 7));
    }

    float[] randomVector() {
        float[] vector = new float[config.dimensions()];
        for (int i = 0; i < vector.length; i++) {
            vector[i] =
                    config.elements() == ElementType.UINT8 ? 1 + random.nextInt(255) : (float) random.nextGaussian();
        }
        return vector;
    }

    void put(int node, float[] vector) {
        index.put(node, vector);
        float[] kept = index.vector(node);
        checkKept(vector, kept);
        expected.put(node, kept);
    }

    void remove(int node) {
        assertEquals(expected.remove(node) != null, index.remove(node), name);
        assertFalse(index.isLive(node), name);
    }

    /// Puts, removes and searches by chance.
    void churn(int operations, int range) {
        for (int i = 0; i < operations; i++) {
            int node = random.nextInt(range);
            if (expected.containsKey(node)) {
                remove(node);
            } else if (index.isReusable(node)) {
                put(node, randomVector());
            } else {
                assertThrows(IllegalArgumentException.class, () -> index.put(node, randomVector()), name);
            }
            if (i % 16 == 0) {
                checkRandomSearch();
            }
        }
        checkState();
    }

    void checkState() {
        assertEquals(expected.size(), index.size(), name);
        assertEquals(0, index.unreachable(), name);
        for (Map.Entry<Integer, float[]> entry : expected.entrySet()) {
            assertTrue(index.isLive(entry.getKey()), name);
            assertArrayEquals(entry.getValue(), index.vector(entry.getKey()), name);
        }
    }

    void checkRandomSearch() {
        int k = 1 + random.nextInt(20);
        int ef = random.nextBoolean() ? k + random.nextInt(50) : Math.max(k, expected.size());
        IntPredicate accept = switch (random.nextInt(4)) {
            case 0 -> node -> node % 2 == 1;
            case 1 -> node -> node % 17 == 3;
            default -> null;
        };
        search(randomVector(), k, ef, accept, random.nextInt(4) == 0);
    }

    /// Searches, and checks all that must hold.
    ///
    /// @return share of the best `k` that were found
    double search(float[] query, int k, int ef, @Nullable IntPredicate accept, boolean exact) {
        SearchResult result = index.search(query, k, ef, accept, exact);
        int[] nodes = result.neighbours().nodes();
        float[] scores = result.neighbours().scores();
        String at = name + " k " + k + " ef " + ef + " filter " + (accept != null) + " exact " + exact + " "
                + result.plan() + " of " + expected.size();
        double[] best = expected.entrySet().stream()
                .filter(entry -> accept == null || accept.test(entry.getKey()))
                .mapToDouble(entry -> -score(query, entry.getValue()))
                .sorted()
                .limit(k)
                .toArray();
        assertEquals(best.length, nodes.length, at);
        assertEquals(nodes.length, scores.length, at);
        assertEquals(nodes.length, Arrays.stream(nodes).distinct().count(), at);
        for (int i = 0; i < nodes.length; i++) {
            float[] kept = expected.get(nodes[i]);
            assertTrue(kept != null, at + " found removed node " + nodes[i]);
            assertTrue(accept == null || accept.test(nodes[i]), at);
            assertEquals(score(query, kept), scores[i], tolerance(scores[i]), at);
            if (i > 0) {
                assertTrue(scores[i - 1] > scores[i] || (scores[i - 1] == scores[i] && nodes[i - 1] < nodes[i]), at);
            }
        }
        int hits = 0;
        for (int i = 0; i < nodes.length; i++) {
            double bound = -best[best.length - 1];
            if (scores[i] >= bound - tolerance((float) bound)) {
                hits++;
            }
        }
        if (exact || (result.plan() != Plan.WALK && result.plan() != Plan.WALK_THEN_CODES)) {
            assertEquals(best.length, hits, at);
        }
        return best.length == 0 ? 1 : (double) hits / best.length;
    }

    private double tolerance(float score) {
        return 1e-4 * (1 + Math.abs(score));
    }

    private double score(float[] query, float[] kept) {
        double dot = 0;
        double square = 0;
        double l2 = 0;
        double l1 = 0;
        for (int i = 0; i < query.length; i++) {
            double d = (double) query[i] - kept[i];
            dot += (double) query[i] * kept[i];
            square += (double) query[i] * query[i];
            l2 += d * d;
            l1 += Math.abs(d);
        }
        return switch (config.metric()) {
            case COSINE -> dot / Math.sqrt(square);
            case DOT -> dot;
            case L2 -> -l2;
            case MANHATTAN -> -l1;
        };
    }

    private void checkKept(float[] vector, float[] kept) {
        double square = 0;
        double least = Double.MAX_VALUE;
        double greatest = -Double.MAX_VALUE;
        for (float value : vector) {
            square += (double) value * value;
            least = Math.min(least, value);
            greatest = Math.max(greatest, value);
        }
        double norm = config.metric() == Metric.COSINE ? Math.sqrt(square) : 1;
        if (config.elements() == ElementType.FLOAT16 && Math.abs(norm - 1) <= HnswIndex.HALF_UNIT_TOLERANCE) {
            // as a vector that comes back from half floats
            norm = 1;
        }
        for (int i = 0; i < vector.length; i++) {
            double wanted = vector[i] / norm;
            double allowed = switch (config.elements()) {
                case FLOAT32 -> Math.abs(wanted) * 1e-6;
                case FLOAT16 -> Math.abs(wanted) / 2000 + 1e-7;
                case UINT8 -> config.metric() == Metric.COSINE ? 0.5 / norm + 1e-6 : 0;
            };
            if (config.layout() == Layout.CODES && config.elements() != ElementType.UINT8) {
                allowed = (greatest - least) / norm / 255 / 2 * 1.01 + 1e-6;
            }
            assertEquals(wanted, kept[i], allowed, name);
        }
    }
}
