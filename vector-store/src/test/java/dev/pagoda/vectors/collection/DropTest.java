package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.VectorValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a dropped collection gives back of memory and disk.
@Tag("slow")
class DropTest {
    private static final int DIMENSIONS = 128;

    @TempDir
    Path home;

    private Instant now = Instant.parse("2026-03-01T12:00:00Z");

    /// What a store takes.
    private record Taken(long heap, long disk) {}

    @Test
    void droppingGivesMemoryAndDiskBack() throws IOException {
        try (Catalogue catalogue = open()) {
            fill(catalogue, "kept", 5_000);
            catalogue.checkpoint();
            Taken before = taken(catalogue);
            fill(catalogue, "dropped", 20_000);
            catalogue.checkpoint();
            fill(catalogue, "dropped too", 5_000);
            Taken full = taken(catalogue);
            assertTrue(full.disk() > 4 * before.disk(), full + " is not much more than " + before);
            drop(catalogue, "dropped");
            drop(catalogue, "dropped too");
            catalogue.maintain(Long.MAX_VALUE);
            requireGivenBack(before, full, taken(catalogue));
        }
    }

    @Test
    void whatARestartHasReadIsGivenBackToo() throws IOException {
        Taken before;
        Taken full;
        try (Catalogue catalogue = open()) {
            fill(catalogue, "kept", 5_000);
            catalogue.checkpoint();
            before = taken(catalogue);
            fill(catalogue, "dropped", 20_000);
            catalogue.checkpoint();
            fill(catalogue, "dropped too", 5_000);
            catalogue.closeWithoutCheckpoint();
        }
        try (Catalogue catalogue = open()) {
            assertTrue(catalogue.awaitLinks(60));
            full = taken(catalogue);
            drop(catalogue, "dropped");
            drop(catalogue, "dropped too");
            catalogue.maintain(Long.MAX_VALUE);
            requireGivenBack(before, full, taken(catalogue));
        }
    }

    @Test
    void manySmallCollectionsGiveTheirMemoryAndDiskBack() throws IOException {
        try (Catalogue catalogue = open()) {
            fill(catalogue, "kept", 1_000);
            catalogue.checkpoint();
            Taken before = taken(catalogue);
            for (int i = 0; i < 200; i++) {
                fill(catalogue, "small " + i, 100);
            }
            catalogue.checkpoint();
            Taken full = taken(catalogue);
            for (int i = 0; i < 200; i++) {
                drop(catalogue, "small " + i);
            }
            catalogue.maintain(Long.MAX_VALUE);
            requireGivenBack(before, full, taken(catalogue));
        }
    }

    @Test
    void theJournalLetsGoOfADroppedCollectionAlsoBesideALargerOne() throws IOException {
        try (Catalogue catalogue = open()) {
            fill(catalogue, "dropped", 200);
            fill(catalogue, "kept", 600);
            drop(catalogue, "dropped");
            long bytes = catalogue.journalBytes();
            catalogue.maintain(Long.MAX_VALUE);
            assertEquals(bytes, catalogue.journalBytes());
            now = now.plus(Duration.ofMinutes(2));
            catalogue.maintain(Long.MAX_VALUE);
            assertEquals(0, catalogue.journalBytes());
            long kept = catalogue.get("acme", "kept").bytes();
            assertTrue(disk() < kept * 1.1, disk() + " bytes on disk for " + kept);
            fill(catalogue, "kept", 100);
            now = now.plus(Duration.ofMinutes(20));
            catalogue.maintain(Long.MAX_VALUE);
            assertTrue(catalogue.journalBytes() > 0, "nothing was dropped since");
        }
    }

    private Catalogue open() throws IOException {
        return Catalogue.open(home, 1_000, () -> now);
    }

    private static void requireGivenBack(Taken before, Taken full, Taken after) {
        String told = "before " + before + ", full " + full + ", after " + after;
        System.out.println(told);
        assertTrue(after.disk() - before.disk() < (full.disk() - before.disk()) / 10, told);
        assertTrue(after.disk() < before.disk() * 1.1, told);
        assertTrue(after.heap() - before.heap() < (full.heap() - before.heap()) / 10, told);
    }

    private static void fill(Catalogue catalogue, String name, int points) {
        if (catalogue.find("acme", name).isEmpty()) {
            catalogue.create("acme", name, CollectionConfig.of(DIMENSIONS, Distance.DOT));
        }
        Collection collection = catalogue.get("acme", name);
        Random random = new Random(points);
        for (int from = 0; from < points; from += 500) {
            List<Point> batch = new ArrayList<>();
            for (int id = from; id < Math.min(points, from + 500); id++) {
                float[] values = new float[DIMENSIONS];
                for (int i = 0; i < DIMENSIONS; i++) {
                    values[i] = (float) random.nextGaussian();
                }
                batch.add(Point.of(PointId.of(id), new VectorValue.Dense(values), Map.of("text", "point " + id)));
            }
            collection
                    .write(List.of(new Change.Upsert(batch, Change.Mode.UPSERT, Filter.EVERYTHING)))
                    .durable()
                    .join();
        }
        float[] first = new float[DIMENSIONS];
        first[0] = 1;
        assertEquals(
                5,
                collection
                        .query(Query.nearest("", new VectorValue.Dense(first), Filter.EVERYTHING, 5), false)
                        .size());
    }

    private static void drop(Catalogue catalogue, String name) {
        catalogue.drop("acme", name).orElseThrow().durable().join();
    }

    private Taken taken(Catalogue catalogue) throws IOException {
        assertTrue(catalogue.refusal().isEmpty());
        long heap = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            heap = Math.min(
                    heap,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        return new Taken(heap, disk());
    }

    private long disk() throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
