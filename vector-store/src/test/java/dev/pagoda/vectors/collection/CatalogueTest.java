package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.storage.Disk;
import dev.pagoda.vectors.storage.MemoryJournal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogueTest {
    private static final CollectionConfig TWO = CollectionConfig.of(2, Distance.DOT);

    @TempDir
    Path home;

    @Test
    void keepsTenantsApart() {
        try (Catalogue catalogue = memory()) {
            catalogue.create("acme", "docs", TWO);
            catalogue.create("globex", "docs", CollectionConfig.of(3, Distance.COSINE));
            upsert(catalogue.get("acme", "docs"), 1, 1, 2);

            assertEquals(0, catalogue.get("globex", "docs").points());
            assertEquals(
                    List.of("docs"),
                    catalogue.list("acme").stream().map(Collection::name).toList());
            assertTrue(catalogue.drop("globex", "docs").isPresent());
            assertEquals(1, catalogue.get("acme", "docs").points());
            assertRefused("collection_not_found", () -> catalogue.get("globex", "docs"));
            assertRefused("collection_exists", () -> catalogue.create("acme", "docs", TWO));
        }
    }

    @Test
    void refusesNamesThatCannotBeAndTooManyCollections() {
        try (Catalogue catalogue = memory()) {
            for (String name : List.of("", "a/b", "x".repeat(256), "a\0", "a:b")) {
                assertRefused("invalid_name", () -> catalogue.create("acme", name, TWO));
            }
            for (int i = 0; i < 5; i++) {
                catalogue.create("acme", "c" + i, TWO);
            }
            assertRefused("bad_request", () -> catalogue.create("acme", "c5", TWO));
            catalogue.create("globex", "c5", TWO);
        }
    }

    @Test
    void storesAllOfABatchOrNothing() {
        try (Catalogue catalogue = memory()) {
            catalogue.create("acme", "docs", TWO);
            Collection docs = catalogue.get("acme", "docs");
            Point good = Point.of(PointId.of(1), VectorValue.dense(1, 2), Map.of());
            Point bad = Point.of(PointId.of(2), VectorValue.dense(1, 2, 3), Map.of());
            Point unknown = new Point(PointId.of(3), Map.of("x", VectorValue.dense(1, 2)), Map.of());

            assertRefused("invalid_input", () -> docs.write(List.of(upsert(good, bad))));
            assertRefused("invalid_input", () -> docs.write(List.of(upsert(good, unknown))));
            assertRefused(
                    "point_not_found",
                    () -> docs.write(List.of(
                            upsert(good),
                            new Change.SetPayload(Map.of("a", 1L), new Selector.Ids(List.of(PointId.of(9))), null))));
            assertEquals(0, docs.points());
        }
    }

    @Test
    void editsPayloadsInTheOrderOfTheRequest() {
        try (Catalogue catalogue = memory()) {
            catalogue.create("acme", "docs", TWO);
            Collection docs = catalogue.get("acme", "docs");
            Selector one = new Selector.Ids(List.of(PointId.of(1)));
            docs.write(List.of(
                    upsert(Point.of(
                            PointId.of(1),
                            VectorValue.dense(1, 2),
                            Map.of("a", 1L, "list", List.of(Map.of("x", 1L), Map.of("x", 2L))))),
                    new Change.SetPayload(Map.of("b", "two"), one, null),
                    new Change.SetPayload(Map.of("y", 5L), one, KeyPath.parse("deep.er")),
                    new Change.DeletePayload(List.of(KeyPath.parse("list[].x"), KeyPath.parse("a")), one)));

            assertEquals(
                    Map.of("b", "two", "deep", Map.of("er", Map.of("y", 5L)), "list", List.of(Map.of(), Map.of())),
                    docs.retrieve(List.of(PointId.of(1)), false).getFirst().payload());
            docs.write(List.of(new Change.OverwritePayload(Map.of("c", true), one, null)));
            assertEquals(
                    Map.of("c", true),
                    docs.retrieve(List.of(PointId.of(1)), false).getFirst().payload());
            docs.write(List.of(new Change.ClearPayload(one), new Change.Delete(one)));
            assertEquals(0, docs.points());
        }
    }

    @Test
    void updatesAndDeletesSingleVectors() {
        try (Catalogue catalogue = memory()) {
            catalogue.create("acme", "docs", CollectionConfig.hybrid("d", 2, Distance.DOT, "t"));
            Collection docs = catalogue.get("acme", "docs");
            docs.write(List.of(upsert(new Point(
                    PointId.of(1),
                    Map.of("d", VectorValue.dense(1, 2), "t", VectorValue.text("red apple")),
                    Map.of()))));
            docs.write(List.of(new Change.UpdateVectors(
                    List.of(new Change.PointVectors(PointId.of(1), Map.of("d", VectorValue.dense(3, 4)))),
                    Filter.EVERYTHING)));
            Hit hit = docs.retrieve(List.of(PointId.of(1)), true).getFirst();
            assertEquals(new Dense(new float[] {3, 4}), hit.vectors().get("d"));
            assertTrue(hit.vectors().containsKey("t"));
            docs.write(List.of(new Change.DeleteVectors(List.of("t"), new Selector.Ids(List.of(PointId.of(1))))));
            assertEquals(0, docs.count(Filter.all(new Condition.HasVector("t"))));
            assertEquals(
                    List.of(), docs.query(Query.nearest("t", VectorValue.text("apples"), Filter.EVERYTHING, 5), false));
        }
    }

    @Test
    void fusesRankings() {
        try (Catalogue catalogue = memory()) {
            catalogue.create("acme", "docs", CollectionConfig.hybrid("d", 2, Distance.DOT, "t"));
            Collection docs = catalogue.get("acme", "docs");
            String[] texts = {"red apple", "green pear", "apple pie", "blue sky"};
            for (int i = 0; i < texts.length; i++) {
                docs.write(List.of(upsert(new Point(
                        PointId.of(i),
                        Map.of("d", VectorValue.dense(i, 1), "t", VectorValue.text(texts[i])),
                        Map.of()))));
            }
            List<Query> prefetch = List.of(
                    Query.nearest("d", VectorValue.dense(1, 0), Filter.EVERYTHING, 4),
                    Query.nearest("t", VectorValue.text("an apple"), Filter.EVERYTHING, 4));
            // dense: 3, 2, 1, 0; text: 0, 2 (shorter or equal, ties by id)
            List<Hit> fused = docs.query(Query.fused(prefetch, 4), false);
            assertEquals(PointId.of(0), fused.getFirst().id());
            assertEquals(0.5 + 1.0 / 5, fused.getFirst().score(), 1e-6);
            assertEquals(PointId.of(2), fused.get(1).id());
            assertEquals(1.0 / 3 + 1.0 / 3, fused.get(1).score(), 1e-6);
            List<Hit> distributed = docs.query(Query.fusedByDistribution(prefetch, 4), false);
            assertEquals(4, distributed.size());
            List<Hit> rescored = docs.query(
                    Query.over(
                            List.of(Query.nearest("t", VectorValue.text("apple"), Filter.EVERYTHING, 2)),
                            new Query.Goal.Nearest(VectorValue.dense(1, 0)),
                            "d",
                            2),
                    false);
            assertEquals(
                    List.of(PointId.of(2), PointId.of(0)),
                    rescored.stream().map(Hit::id).toList());
        }
    }

    @Test
    void refusesQueriesThatDoNotFit() {
        try (Catalogue catalogue = memory()) {
            catalogue.create("acme", "docs", TWO);
            Collection docs = catalogue.get("acme", "docs");
            assertRefused("invalid_input", () -> nearest(docs, "", VectorValue.dense(1)));
            assertRefused("invalid_input", () -> nearest(docs, "", VectorValue.dense(1, Float.NaN)));
            assertRefused("invalid_input", () -> nearest(docs, "x", VectorValue.dense(1, 2)));
            assertRefused("bad_request", () -> nearest(docs, "", VectorValue.text("apple")));
            assertRefused(
                    "point_not_found",
                    () -> docs.query(
                            Query.of(new Query.Goal.NearestTo(PointId.of(7)), "", Filter.EVERYTHING, 1), false));
        }
    }

    @Test
    void cutsATornTailAndReportsIt() throws IOException {
        Path log = writeThreeBatches();
        long size = Files.size(log);
        try (var file = Files.newByteChannel(log, StandardOpenOption.WRITE)) {
            file.truncate(size - 5);
        }
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            assertEquals(2, catalogue.get("acme", "docs").points());
            assertEquals(1, catalogue.findings().size(), catalogue.findings()::toString);
            assertTrue(
                    catalogue.findings().getFirst().contains(log.getFileName().toString()));
            upsert(catalogue.get("acme", "docs"), 9, 1, 1);
        }
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            assertEquals(3, catalogue.get("acme", "docs").points());
            assertEquals(List.of(), catalogue.findings());
        }
    }

    @Test
    void losesOneRecordToAFlippedByteAndReportsIt() throws IOException {
        Path log = writeThreeBatches();
        byte[] bytes = Files.readAllBytes(log);
        // in the second of three equal batches at the end of the file
        int batch = (bytes.length - firstRecordBytes(bytes)) / 3;
        bytes[bytes.length - batch - batch / 2] ^= 4;
        Files.write(log, bytes);
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            assertEquals(
                    List.of(PointId.of(1), PointId.of(3)),
                    catalogue.get("acme", "docs").scroll(Filter.EVERYTHING, null, 9, false).points().stream()
                            .map(Hit::id)
                            .toList());
            assertEquals(1, catalogue.findings().size());
        }
    }

    @Test
    void refusesTheDataOfADamagedSnapshotAndKeepsTheOthers() throws IOException {
        writeThreeBatches();
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            catalogue.create("acme", "other", TWO);
            upsert(catalogue.get("acme", "other"), 1, 1, 1);
        }
        Path snapshot;
        try (var files = Files.list(home.resolve("snapshots"))) {
            snapshot = files.sorted().findFirst().orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(snapshot);
        bytes[bytes.length / 2] ^= 1;
        Files.write(snapshot, bytes);
        for (int restart = 0; restart < 2; restart++) {
            try (Catalogue catalogue = Catalogue.open(home, 5)) {
                assertTrue(catalogue.findings().getFirst().contains(snapshot.toString()));
                Collection docs = catalogue.get("acme", "docs");
                assertRefused("storage_damaged", () -> docs.count(Filter.EVERYTHING));
                assertRefused("storage_damaged", () -> docs.write(List.of()));
                assertEquals(1 + restart, catalogue.get("acme", "other").points());
                upsert(catalogue.get("acme", "other"), 5, 5, 5);
            }
        }
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            catalogue.drop("acme", "docs");
        }
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            assertEquals(List.of(), catalogue.findings());
        }
    }

    @Test
    void refusesADirectoryInUse() throws IOException {
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            String message = assertThrows(IOException.class, () -> Catalogue.open(home, 5))
                    .getMessage();
            assertTrue(String.valueOf(message).contains("another process uses"), message);
            assertEquals(List.of(), catalogue.findings());
        }
    }

    @Test
    void restoresGraphsAndConfigurationFromACheckpoint() throws IOException {
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            catalogue.create("acme", "docs", TWO.withSettings(Map.of("metadata", Map.of("owner", "me"))));
            catalogue.create("acme", "gone", TWO);
            Collection docs = catalogue.get("acme", "docs");
            for (int i = 0; i < 300; i++) {
                upsert(docs, i % 200, i, 1);
            }
            docs.configure(config -> config.withPayloadSchema(Map.of("city", "keyword")));
            catalogue.checkpoint();
            catalogue.drop("acme", "gone");
            upsert(docs, 777, 1, 1);
            catalogue.closeWithoutCheckpoint();
        }
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            Collection docs = catalogue.get("acme", "docs");
            assertEquals(201, docs.points());
            assertEquals(Map.of("city", "keyword"), docs.config().payloadSchema());
            assertEquals(
                    Map.of("metadata", Map.of("owner", "me")), docs.config().settings());
            assertTrue(catalogue.find("acme", "gone").isEmpty());
            assertEquals(
                    PointId.of(99),
                    nearest(docs, "", VectorValue.dense(1, 0)).getFirst().id());
            long before = docs.committed();
            assertEquals(before + 1, upsert(docs, 5, 1, 1).sequence());
        }
    }

    @Test
    void refusesWritesAndKeepsAnsweringReadsWhenTheDiskIsFull() throws IOException {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.exists(full), "no /dev/full to write to");
        Files.createDirectories(home.resolve("log"));
        Files.createSymbolicLink(home.resolve("log").resolve("00000000000000000001.log"), full);
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            CompletableFuture<Long> lost = catalogue.create("acme", "docs", TWO).durable();
            Throwable cause = Refusals.cause(assertThrows(CompletionException.class, lost::join));
            assertEquals(
                    "storage_failed",
                    assertInstanceOf(Refused.class, cause).refusal().code());
            Collection docs = catalogue.get("acme", "docs");
            assertRefused("storage_failed", () -> upsert(docs, 1, 1, 1));
            assertRefused("storage_failed", () -> catalogue.create("acme", "more", TWO));
            assertEquals(0, docs.count(Filter.EVERYTHING));
        }
    }

    @Test
    void showsABatchWholeOrNotAtAllWhileItIsWritten() throws InterruptedException {
        try (Catalogue catalogue = memory()) {
            catalogue.create("acme", "docs", TWO);
            Collection docs = catalogue.get("acme", "docs");
            AtomicReference<@Nullable String> wrong = new AtomicReference<>();
            AtomicBoolean done = new AtomicBoolean();
            Thread reader = Thread.ofPlatform().unstarted(() -> {
                while (!done.get() && wrong.get() == null) {
                    long count = docs.count(Filter.EVERYTHING);
                    List<Hit> hits =
                            docs.query(Query.nearest("", VectorValue.dense(1, 1), Filter.EVERYTHING, 100), false);
                    long rounds = hits.stream()
                            .map(hit -> hit.payload().get("round"))
                            .distinct()
                            .count();
                    if (count % 20 != 0 || hits.size() % 20 != 0 || rounds > 1) {
                        wrong.set("count " + count + " hits " + hits.size() + " rounds " + rounds);
                    }
                }
            });
            reader.setUncaughtExceptionHandler((_, thrown) -> wrong.set(thrown.toString()));
            reader.start();
            for (long round = 0; round < 300; round++) {
                long now = round;
                docs.write(List.of(upsert(IntStream.range(0, 20)
                        .mapToObj(i -> Point.of(PointId.of(i), VectorValue.dense((float) now, i), Map.of("round", now)))
                        .toArray(Point[]::new))));
                if (round % 50 == 0) {
                    docs.compact();
                }
            }
            done.set(true);
            reader.join();
            assertEquals(null, wrong.get());
        }
    }

    @Test
    void compactionLosesNothingWrittenMeanwhile() throws Exception {
        try (Catalogue catalogue = memory()) {
            catalogue.create("acme", "docs", TWO);
            Collection docs = catalogue.get("acme", "docs");
            for (int i = 0; i < 2_000; i++) {
                upsert(docs, i, i, 1);
            }
            Thread compactor = Thread.ofPlatform().start(docs::compact);
            for (int i = 0; i < 1_500; i++) {
                switch (i % 3) {
                    case 0 -> docs.write(List.of(new Change.Delete(new Selector.Ids(List.of(PointId.of(i))))));
                    case 1 -> upsert(docs, i, -i, 7);
                    default -> upsert(docs, 5_000 + i, i, 7);
                }
            }
            compactor.join();
            docs.compact();
            assertEquals(2_000, docs.points());
            for (int i = 0; i < 1_500; i++) {
                List<Hit> found = docs.retrieve(List.of(PointId.of(i % 3 == 2 ? 5_000 + i : i)), true);
                assertEquals(i % 3 == 0 ? 0 : 1, found.size());
                if (i % 3 == 1) {
                    assertEquals(
                            new Dense(new float[] {-i, 7}),
                            found.getFirst().vectors().get(""));
                }
            }
        }
    }

    @Test
    void snapshotsHoldNoChangeThatCameAfterThem() throws IOException {
        try (Catalogue catalogue = memory()) {
            catalogue.create("acme", "docs", TWO);
            Collection docs = catalogue.get("acme", "docs");
            docs.write(List.of(upsert(Point.of(PointId.of(1), VectorValue.dense(1, 2), Map.of("n", "old")))));
            Path file = home.resolve("taken");
            try (Snapshot snapshot = docs.snapshot()) {
                docs.write(List.of(
                        new Change.SetPayload(Map.of("n", "new"), new Selector.Matching(Filter.EVERYTHING), null)));
                upsert(docs, 2, 3, 4);
                snapshot.write(Disk.MACHINE, file);
            }
            Collection read =
                    Snapshot.read(Disk.MACHINE, file, new MemoryJournal()).collection();
            assertEquals(1, read.points());
            assertEquals(
                    Map.of("n", "old"),
                    read.retrieve(List.of(PointId.of(1)), false).getFirst().payload());
        }
    }

    @Test
    void aRecoveredCollectionIsNeverAbsent() throws Exception {
        try (Catalogue catalogue = memory();
                ExecutorService looker = Executors.newSingleThreadExecutor()) {
            catalogue.create("acme", "docs", TWO);
            upsert(catalogue.get("acme", "docs"), 1, 1, 2);
            Path file = home.resolve("taken");
            try (Snapshot snapshot = catalogue.get("acme", "docs").snapshot()) {
                snapshot.write(Disk.MACHINE, file);
            }
            AtomicBoolean done = new AtomicBoolean();
            Future<Boolean> wasThere = looker.submit(() -> {
                boolean was = true;
                while (!done.get()) {
                    was &= catalogue.find("acme", "docs").isPresent()
                            && catalogue.list("acme").size() == 1;
                }
                return was;
            });
            for (int i = 0; i < 300; i++) {
                catalogue.recover("acme", "docs", file);
            }
            done.set(true);
            assertTrue(wasThere.get());
            assertEquals(1, catalogue.get("acme", "docs").points());
        }
    }

    @Test
    void refusesTextThatNoFileCanHold() {
        for (Map<String, Object> payload : List.<Map<String, Object>>of(
                Map.of("n", "\ud800"),
                Map.of("n", "\udc00\ud800"),
                Map.of("n", List.of("a\ud83d")),
                Map.of("\udfff", 1))) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Point.of(PointId.of(1), VectorValue.dense(1, 2), payload),
                    payload::toString);
        }
        Point.of(PointId.of(1), VectorValue.dense(1, 2), Map.of("\ud83d\ude00", "\ud83d\ude00"));
        try (Catalogue catalogue = memory()) {
            assertRefused("invalid_name", () -> catalogue.create("acme", "a\ud800", TWO));
        }
    }

    private Path writeThreeBatches() throws IOException {
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            catalogue.create("acme", "docs", TWO);
            for (int i = 1; i <= 3; i++) {
                upsert(catalogue.get("acme", "docs"), i, i, i).durable().join();
            }
            catalogue.closeWithoutCheckpoint();
        }
        try (var files = Files.list(home.resolve("log"))) {
            return files.sorted().reduce((_, last) -> last).orElseThrow();
        }
    }

    private static int firstRecordBytes(byte[] log) {
        return 16 + java.nio.ByteBuffer.wrap(log).getInt();
    }

    private static Catalogue memory() {
        return Catalogue.inMemory(5);
    }

    private static Written upsert(Collection collection, long id, float x, float y) {
        return collection.write(List.of(upsert(Point.of(PointId.of(id), VectorValue.dense(x, y), Map.of()))));
    }

    private static Change upsert(Point... points) {
        return new Change.Upsert(List.of(points), Change.Mode.UPSERT, Filter.EVERYTHING);
    }

    private static List<Hit> nearest(Collection collection, String using, VectorValue vector) {
        return collection.query(Query.nearest(using, vector, Filter.EVERYTHING, 3), false);
    }

    private static void assertRefused(String code, org.junit.jupiter.api.function.Executable call) {
        assertEquals(code, assertThrows(Refused.class, call).refusal().code());
    }
}
