package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Dot products of vectors that are not of one length.
@Tag("broad")
class UnequalLengthsTest {
    private static final int NODES = 8_000;
    private static final int DIMENSIONS = 24;
    private static final int K = 10;
    private final Random random = new Random(20261123);

    private float[] vector(double length) {
        float[] vector = new float[DIMENSIONS];
        double square = 0;
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
            square += vector[i] * vector[i];
        }
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] *= (float) (length / Math.sqrt(square));
        }
        return vector;
    }

    /// What searches find and do, on average.
    private record Outcome(double recall, double hops) {}

    private Outcome search(Layout layout, IntToDoubleFunction length) {
        HnswIndex index = new HnswIndex(
                new IndexConfig(DIMENSIONS, Metric.DOT, ElementType.FLOAT32, layout, new HnswParameters(16, 100, 3)));
        for (int node = 0; node < NODES; node++) {
            index.put(node, vector(length.applyAsDouble(node)));
        }
        int queries = 100;
        double recall = 0;
        double hops = 0;
        for (int i = 0; i < queries; i++) {
            float[] query = vector(1);
            float last = index.search(query, K, 64, null, true).neighbours().scores()[K - 1];
            SearchResult found = index.search(query, K, 64, null, false);
            for (float score : found.neighbours().scores()) {
                recall += score >= last - 1e-5 ? 1.0 / K / queries : 0;
            }
            hops += (double) found.expansions() / queries;
        }
        return new Outcome(recall, hops);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAST", "COMPACT"})
    void oneLongVectorDoesNotMakeSearchesSlow(Layout layout) {
        Outcome equal = search(layout, node -> 1);
        Outcome one = search(layout, node -> node == 4_000 ? 1_000 : 1);
        assertTrue(equal.recall() >= 0.95 && one.recall() >= 0.95, equal + ", " + one);
        assertTrue(one.hops() <= 500, equal + ", " + one);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAST", "COMPACT"})
    void lengthsOfManyMagnitudesAreSearched(Layout layout) {
        Outcome unequal = search(layout, node -> Math.exp(1.5 * random.nextGaussian()));
        assertTrue(unequal.recall() >= 0.95, "" + unequal);
        assertTrue(unequal.hops() <= 400, "" + unequal);
    }
}
