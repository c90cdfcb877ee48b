package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.SearchParams;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Readers while time passes and expired points are deleted.
class ExpiryConcurrencyTest {
    private static final int BATCH = 60;
    private static final int ROUNDS = 20;
    private static final PointId KEPT = PointId.of(9_999);

    @TempDir
    Path home;

    private final AtomicLong seconds = new AtomicLong(1_800_000_000);

    @Test
    void pointsWithTheSameTimeGoTogetherAndWhatIsProlongedStays() throws Exception {
        try (Catalogue catalogue = Catalogue.open(home, 1, () -> Instant.ofEpochSecond(seconds.get()))) {
            Collection docs = create(catalogue);
            put(docs, 0);
            AtomicBoolean done = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> threads = new ArrayList<>();
            for (int reader = 0; reader < 2; reader++) {
                threads.add(start(done, failure, () -> read(docs)));
            }
            threads.add(start(done, failure, () -> {
                try {
                    catalogue.maintain(Long.MAX_VALUE);
                } catch (IOException failed) {
                    throw new AssertionError(failed);
                }
            }));
            for (int round = 1; round <= ROUNDS; round++) {
                docs.write(List.of(new Change.SetPayload(
                                Map.of("until", seconds.get() + 15), new Selector.Ids(List.of(KEPT)), null)))
                        .durable()
                        .join();
                seconds.addAndGet(10);
                put(docs, round);
            }
            done.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(null, failure.get());
            seconds.addAndGet(100);
            assertEquals(0, docs.points());
            catalogue.maintain(Long.MAX_VALUE);
            assertEquals(0L, docs.vectorCounts().get("v"));
        }
    }

    private static Thread start(AtomicBoolean done, AtomicReference<Throwable> failure, Runnable task) {
        return Thread.ofPlatform().start(() -> {
            try {
                while (!done.get()) {
                    task.run();
                }
            } catch (Throwable thrown) {
                failure.set(thrown);
            }
        });
    }

    private static Collection create(Catalogue catalogue) {
        catalogue.create(
                "acme",
                "docs",
                new CollectionConfig(
                        Map.of("v", new DenseConfig(4, Distance.DOT)),
                        Map.of(),
                        new HnswConfig(8, 32, 10),
                        Map.of("tag", "keyword"),
                        Map.of("metadata", Map.of("pagoda.ttl_key", "until"))));
        return catalogue.get("acme", "docs");
    }

    /// Always with other vectors, which takes other slots.
    private void put(Collection docs, int round) {
        Random random = new Random(round);
        List<Point> points = new ArrayList<>();
        for (int id = 0; id < BATCH; id++) {
            points.add(Point.of(
                    PointId.of(id), vector(random), Map.of("tag", "batch", "until", seconds.get() + 10, "n", 1L)));
        }
        if (round == 0) {
            points.add(Point.of(KEPT, vector(random), Map.of("tag", "kept", "until", seconds.get() + 15)));
        }
        List<Point> named = points.stream()
                .map(point -> new Point(
                        point.id(),
                        Map.of("v", point.vectors().values().iterator().next()),
                        point.payload()))
                .toList();
        docs.write(List.of(new Change.Upsert(named, Change.Mode.UPSERT, Filter.EVERYTHING)))
                .durable()
                .join();
    }

    private static VectorValue vector(Random random) {
        return new Dense(new float[] {random.nextFloat(), random.nextFloat(), random.nextFloat(), random.nextFloat()});
    }

    private static void read(Collection docs) {
        long indexed = docs.count(Filter.all(Condition.equal("tag", "batch")));
        assertTrue(indexed == 0 || indexed == BATCH, "indexed " + indexed);
        long asked = docs.count(Filter.all(Condition.equal("n", 1L)));
        assertTrue(asked == 0 || asked == BATCH, "asked " + asked);
        Query all = Query.nearest("v", new Dense(new float[] {1, 1, 1, 1}), Filter.EVERYTHING, 2 * BATCH)
                .withParams(SearchParams.DEFAULT.withExact(true));
        int found = docs.query(all, false).size();
        assertTrue(found == 1 || found == BATCH + 1, "found " + found);
        assertEquals(1, docs.retrieve(List.of(KEPT), false).size());
    }
}
