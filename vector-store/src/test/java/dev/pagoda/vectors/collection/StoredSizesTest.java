package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sizes that are kept up against sizes that are found by looking at every point.
class StoredSizesTest {
    private static final int IDS = 60;

    private static CollectionConfig config() {
        return new CollectionConfig(
                Map.of("a", new DenseConfig(3, Distance.DOT), "b", new DenseConfig(5, Distance.DOT)),
                Map.of("s", new SparseConfig(false)),
                HnswConfig.DEFAULT,
                Map.of(),
                Map.of());
    }

    private static Point point(Random random) {
        Map<String, VectorValue> vectors = new HashMap<>();
        if (random.nextBoolean()) {
            vectors.put("a", new Dense(new float[] {1, 2, random.nextInt(3)}));
        }
        if (random.nextBoolean()) {
            vectors.put("b", new Dense(new float[5]));
        }
        if (random.nextBoolean()) {
            vectors.put("s", new Sparse(new int[] {1, 2 + random.nextInt(5)}, new float[] {1, 2}));
        }
        return new Point(PointId.of(random.nextInt(IDS)), vectors, Map.of("t", "x".repeat(random.nextInt(40))));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void keptUpSizesAreThoseFoundAnew(long seed) {
        Random random = new Random(seed);
        Generation generation = new Generation(config());
        StoredSizes kept = new StoredSizes();
        for (int step = 1; step <= 500; step++) {
            long sequence = step;
            Point point = point(random);
            switch (random.nextInt(4)) {
                case 0 -> kept.change(generation, point.id(), () -> generation.remove(sequence, point.id()));
                case 1 ->
                    kept.change(
                            generation, point.id(), () -> generation.setPayload(sequence, point.id(), point.payload()));
                default -> kept.change(generation, point.id(), () -> generation.put(sequence, point));
            }
            generation.settle();
            String at = "seed " + seed + " step " + step;
            StrictMode.Sizes anew = new StoredSizes().of(generation);
            assertEquals(anew.vectorBytes(), kept.of(generation).vectorBytes(), at);
            assertEquals(anew.payloadBytes(), kept.of(generation).payloadBytes(), at);
        }
        assertTrue(kept.of(generation).vectorBytes() > 0);
        generation.reshape(config().withoutField("b"));
        kept.forget();
        assertEquals(
                new StoredSizes().of(generation).vectorBytes(),
                kept.of(generation).vectorBytes());
    }

    @Test
    void aLimitTellsTheSizeOfThisMoment() {
        try (Catalogue catalogue = Catalogue.inMemory(1)) {
            Map<String, Object> limits = Map.of("enabled", true, "max_collection_payload_size_bytes", 1_000L);
            catalogue.create("acme", "docs", config().withSettings(Map.of("strict_mode_config", limits)));
            Collection docs = catalogue.get("acme", "docs");
            for (int id = 0; id < 9; id++) {
                upsert(docs, id, 100);
            }
            upsert(docs, 9, 100);
            assertThrows(Refused.class, () -> upsert(docs, 10, 1));
            docs.write(List.of(new Change.Delete(new Selector.Ids(List.of(PointId.of(9))))));
            upsert(docs, 10, 1);
        }
    }

    private static void upsert(Collection docs, long id, int length) {
        Point point = new Point(PointId.of(id), Map.of(), Map.of("t", "x".repeat(length)));
        docs.write(List.of(new Change.Upsert(List.of(point), Change.Mode.UPSERT, Filter.EVERYTHING)));
    }
}
