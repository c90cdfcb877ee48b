package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What waiting for the disk costs 16 writers: points a second when each write is forced before it is acknowledged,
/// against the same with a force each minute. By turns, so that a busy machine bears on both.
@Tag("slow")
class GroupCommitTest {
    private static final int WRITERS = 16;
    private static final int ROUNDS = Integer.getInteger("pagoda.commit.rounds", 3);
    private static final int WRITES = Integer.getInteger("pagoda.commit.writes", 4_000);
    private static final int DIMENSIONS = 384;

    @TempDir
    Path home;

    @Test
    void sixteenWritersShareTheirForces() throws Exception {
        CollectionConfig forced = CollectionConfig.of(DIMENSIONS, Distance.COSINE);
        CollectionConfig lazy =
                forced.withSettings(Map.of("wal_config", Map.of("fsync", "interval", "fsync_interval_ms", 60_000L)));
        double[] rates = new double[2];
        try (Catalogue catalogue = Catalogue.open(home, 100)) {
            rate(catalogue, "warm", forced);
            for (int round = 0; round < ROUNDS; round++) {
                long forces = catalogue.forces();
                rates[0] += rate(catalogue, "forced" + round, forced) / ROUNDS;
                System.out.println("forces for " + WRITES + " writes: " + (catalogue.forces() - forces));
                rates[1] += rate(catalogue, "lazy" + round, lazy) / ROUNDS;
            }
        }
        System.out.printf(
                "16 writers: %.0f points/s forced, %.0f not forced, ratio %.2f%n",
                rates[0], rates[1], rates[0] / rates[1]);
    }

    private static double rate(Catalogue catalogue, String name, CollectionConfig config) throws InterruptedException {
        catalogue.create("acme", name, config).durable().join();
        Collection docs = catalogue.get("acme", name);
        AtomicInteger next = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < WRITERS; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int id = next.getAndIncrement(); id < WRITES; id = next.getAndIncrement()) {
                    Point point = Point.of(PointId.of(id), vector(id), Map.of("n", (long) id));
                    docs.write(List.of(new Change.Upsert(List.of(point), Change.Mode.UPSERT, Filter.EVERYTHING)))
                            .durable()
                            .join();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        long nanos = System.nanoTime() - start;
        assertEquals(WRITES, docs.points());
        catalogue.drop("acme", name);
        return WRITES / (nanos / (double) TimeUnit.SECONDS.toNanos(1));
    }

    private static VectorValue vector(int id) {
        Random random = new Random(id);
        float[] values = new float[DIMENSIONS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new VectorValue.Dense(values);
    }
}
