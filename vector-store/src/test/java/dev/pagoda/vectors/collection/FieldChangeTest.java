package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Datatype;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Vector fields that come and go while points are written, copied, kept and read again.
class FieldChangeTest {
    private static final Map<String, DenseConfig> DENSE = Map.of(
            "a",
            new DenseConfig(3, Distance.EUCLID),
            "b",
            new DenseConfig(2, Distance.DOT, Datatype.FLOAT16, false, Map.of("hnsw_config", Map.of("m", 0L))),
            "m",
            new DenseConfig(2, Distance.DOT, Datatype.FLOAT32, true, Map.of()));
    private static final String SPARSE = "s";

    @TempDir
    Path home;

    private final Map<PointId, Map<String, VectorValue>> model = new TreeMap<>();
    private final Set<String> fields = new TreeSet<>();

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void pointsHaveTheirVectorsOfThePresentFieldsAndNoOthers(long seed) throws IOException {
        Random random = new Random(seed);
        Catalogue catalogue = Catalogue.open(home, 10);
        catalogue
                .create(
                        "acme",
                        "c",
                        new CollectionConfig(Map.of(), Map.of(), new HnswConfig(8, 32, 10), Map.of(), Map.of()))
                .durable()
                .join();
        for (int step = 0; step < 80; step++) {
            String at = "seed " + seed + " step " + step;
            Collection docs = catalogue.get("acme", "c");
            switch (random.nextInt(9)) {
                case 0, 1 -> toggle(docs, random);
                case 2, 3, 4 -> upsert(docs, random);
                case 5 -> delete(docs, random);
                case 6 -> docs.compact();
                case 7 -> catalogue.checkpoint();
                default -> {
                    if (random.nextBoolean()) {
                        catalogue.close();
                    } else {
                        catalogue.closeWithoutCheckpoint();
                    }
                    catalogue = Catalogue.open(home, 10);
                    assertEquals(List.of(), catalogue.findings(), at);
                }
            }
            check(catalogue.get("acme", "c"), at);
        }
        catalogue.close();
    }

    private void toggle(Collection docs, Random random) {
        String name = List.of("a", "b", "m", SPARSE).get(random.nextInt(4));
        docs.configure(config -> {
                    if (config.hasField(name)) {
                        return config.withoutField(name);
                    }
                    DenseConfig dense = DENSE.get(name);
                    return dense == null
                            ? config.withField(name, new SparseConfig(false))
                            : config.withField(name, dense);
                })
                .durable()
                .join();
        if (!fields.remove(name)) {
            fields.add(name);
        }
        model.values().forEach(vectors -> vectors.keySet().retainAll(fields));
    }

    private void upsert(Collection docs, Random random) {
        List<Point> points = new ArrayList<>();
        for (int i = random.nextInt(40); i >= 0; i--) {
            Map<String, VectorValue> vectors = new HashMap<>();
            for (String field : fields) {
                if (random.nextInt(4) > 0) {
                    vectors.put(field, vector(field, random));
                }
            }
            PointId id = PointId.of(random.nextInt(300));
            points.add(new Point(id, vectors, Map.of()));
            model.put(id, vectors);
        }
        docs.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)))
                .durable()
                .join();
    }

    /// Small whole numbers, which no datatype rounds.
    private static VectorValue vector(String field, Random random) {
        return switch (field) {
            case "a" -> VectorValue.dense(random.nextInt(9), random.nextInt(9), random.nextInt(9));
            case "b" -> VectorValue.dense(random.nextInt(9), random.nextInt(9));
            case "m" -> VectorValue.multi(new float[] {random.nextInt(9), 1}, new float[] {random.nextInt(9), 2});
            default -> new Sparse(new int[] {random.nextInt(4)}, new float[] {1});
        };
    }

    private void delete(Collection docs, Random random) {
        List<PointId> ids =
                model.keySet().stream().filter(_ -> random.nextInt(5) == 0).toList();
        docs.write(List.of(new Change.Delete(new Selector.Ids(ids)))).durable().join();
        ids.forEach(model::remove);
    }

    private void check(Collection docs, String at) {
        Map<PointId, Map<String, VectorValue>> found = new TreeMap<>();
        for (Hit hit : docs.scroll(Filter.EVERYTHING, null, 1_000, true).points()) {
            found.put(hit.id(), hit.vectors());
        }
        assertEquals(model, found, at);
        for (String field : List.of("a", "b", "m", SPARSE)) {
            Query query = Query.nearest(field, vector(field, new Random(1)), Filter.EVERYTHING, 1_000);
            if (fields.contains(field)) {
                List<Hit> hits = docs.query(query, false);
                long having = model.values().stream()
                        .filter(vectors -> vectors.containsKey(field))
                        .count();
                assertTrue(field.equals(SPARSE) ? hits.size() <= having : hits.size() == having, at + " " + field);
            } else {
                Refused refused = assertThrows(Refused.class, () -> docs.query(query, false), at);
                assertEquals(
                        "Not existing vector name error: " + field,
                        refused.refusal().message());
            }
        }
    }

    @Test
    void readersSeeAFieldGoWithoutFailing() throws InterruptedException {
        try (Catalogue catalogue = Catalogue.inMemory(5)) {
            catalogue.create(
                    "acme", "c", new CollectionConfig(DENSE, Map.of(), HnswConfig.DEFAULT, Map.of(), Map.of()));
            Collection docs = catalogue.get("acme", "c");
            fields.addAll(DENSE.keySet());
            AtomicBoolean ends = new AtomicBoolean();
            Queue<RuntimeException> failures = new ConcurrentLinkedQueue<>();
            List<Thread> readers = new ArrayList<>();
            for (String field : List.of("a", "b", "m")) {
                readers.add(Thread.ofPlatform().start(() -> {
                    while (!ends.get()) {
                        try {
                            docs.query(Query.nearest(field, vector(field, new Random(1)), Filter.EVERYTHING, 50), true);
                            docs.scroll(Filter.EVERYTHING, null, 50, true);
                        } catch (Refused refused) {
                            Thread.onSpinWait();
                        } catch (RuntimeException failed) {
                            failures.add(failed);
                            return;
                        }
                    }
                }));
            }
            Random random = new Random(1);
            for (int round = 0; round < 60; round++) {
                upsert(docs, random);
                toggle(docs, random);
            }
            ends.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertEquals(List.of(), List.copyOf(failures));
        }
    }

    @Test
    void droppedMultivectorsGiveTheirMemoryBack() {
        try (Catalogue catalogue = Catalogue.inMemory(5)) {
            catalogue.create(
                    "acme",
                    "c",
                    new CollectionConfig(
                            Map.of("m", DENSE.get("m")), Map.of(), HnswConfig.DEFAULT, Map.of(), Map.of()));
            Collection docs = catalogue.get("acme", "c");
            long empty = docs.bytes();
            Point point = new Point(PointId.of(1), Map.of("m", VectorValue.multi(new float[10_000][2])), Map.of());
            docs.write(List.of(new Change.Upsert(List.of(point), Change.Mode.UPSERT, Filter.EVERYTHING)));
            assertTrue(docs.bytes() > empty + 80_000);
            docs.configure(config -> config.withoutField("m"));
            assertTrue(docs.bytes() < empty + 1_000);
        }
    }

    @Test
    void whatAVectorIsCannotChange() {
        try (Catalogue catalogue = Catalogue.inMemory(5)) {
            catalogue.create("acme", "c", CollectionConfig.of(2, Distance.DOT));
            Collection docs = catalogue.get("acme", "c");
            assertThrows(
                    Refused.class,
                    () -> docs.configure(config -> config.withField("", new DenseConfig(2, Distance.COSINE))));
            assertThrows(
                    Refused.class,
                    () -> docs.configure(config -> config.withField("", new DenseConfig(3, Distance.DOT))));
            assertEquals(
                    2, Objects.requireNonNull(docs.config().dense().get("")).size());
        }
    }

    @Test
    @Tag("slow")
    void anotherGraphForOneFieldIsBuiltBesideTheOthers() throws IOException {
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            CollectionConfig config = new CollectionConfig(
                    Map.of("x", new DenseConfig(2, Distance.EUCLID), "y", new DenseConfig(2, Distance.EUCLID)),
                    Map.of(),
                    new HnswConfig(8, 32, 10),
                    Map.of(),
                    Map.of());
            catalogue.create("acme", "c", config).durable().join();
            Collection docs = catalogue.get("acme", "c");
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < 1_300; i++) {
                points.add(new Point(
                        PointId.of(i), Map.of("x", VectorValue.dense(i, 1), "y", VectorValue.dense(1, i)), Map.of()));
            }
            docs.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)))
                    .durable()
                    .join();
            assertEquals(2_600, docs.indexedVectors());
            docs.configure(before -> before.withField(
                    "x",
                    Objects.requireNonNull(before.dense().get("x"))
                            .withSettings(Map.of("hnsw_config", Map.of("m", 0L)))));
            assertTrue(docs.wantsCompaction());
            docs.compact();
            assertEquals(1_300, docs.indexedVectors());
            assertEquals("scan", plan(docs, "x"));
            assertTrue(plan(docs, "y").startsWith("walk"), "the other field lost its graph");
        }
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            Collection docs = catalogue.get("acme", "c");
            assertTrue(catalogue.awaitLinks(30));
            assertEquals("scan", plan(docs, "x"));
            assertTrue(plan(docs, "y").startsWith("walk"), "the other field lost its graph");
            assertEquals(1_300, docs.indexedVectors());
        }
    }

    private static String plan(Collection docs, String field) {
        Query query = Query.nearest(field, VectorValue.dense(300, 300), Filter.EVERYTHING, 5);
        return docs.explain(query, false).searches().getFirst().plan();
    }
}
