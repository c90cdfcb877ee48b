package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.hnsw.ElementType;
import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.HnswParameters;
import dev.pagoda.vectors.hnsw.IndexConfig;
import dev.pagoda.vectors.hnsw.Layout;
import dev.pagoda.vectors.hnsw.Metric;
import java.util.Random;

/// Compares made-up vectors while a store is read from disk, so that the code that compares is compiled when the first
/// search comes: until a restart has restored the links every search compares with all vectors, and code for vector
/// registers is slow beyond measure before it is compiled. One thread, which ends soon.
final class WarmUp {
    private static final int ROWS = 1_024;
    private static final int DIMENSIONS = 64;
    private static final int ROUNDS = 150;

    private WarmUp() {}

    static void start() {
        Thread.ofPlatform().daemon().name("vectors-warm-up").start(WarmUp::run);
    }

    private static void run() {
        Random random = new Random(1);
        HnswIndex[] indexes = {index(Metric.COSINE, random), index(Metric.L2, random)};
        for (int round = 0; round < ROUNDS; round++) {
            HnswIndex index = indexes[round % indexes.length];
            index.search(vector(random), 10, 10, _ -> true, false);
        }
    }

    private static HnswIndex index(Metric metric, Random random) {
        HnswIndex index = new HnswIndex(
                new IndexConfig(DIMENSIONS, metric, ElementType.FLOAT32, Layout.FAST, new HnswParameters(16, 100, 1)));
        index.hold(true);
        for (int row = 0; row < ROWS; row++) {
            index.put(row, vector(random));
        }
        return index;
    }

    private static float[] vector(Random random) {
        float[] values = new float[DIMENSIONS];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() + 0.01f;
        }
        return values;
    }
}
