package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.FacetHit;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.SearchParams;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.filter.FilterSamples;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A collection with payload indexes beside one without, through the same random writes, restarts and compactions.
class PayloadIndexModelTest {
    private static final int IDS = 400;

    @TempDir
    Path home;

    /// Without the text index, which changes what a text match means.
    private static Map<String, @Nullable Object> schema() {
        Map<String, @Nullable Object> schema = new HashMap<>(FilterSamples.SCHEMA);
        schema.remove("text");
        return schema;
    }

    private static CollectionConfig config(Map<String, @Nullable Object> schema) {
        return new CollectionConfig(
                Map.of("v", new DenseConfig(4, Distance.COSINE)),
                Map.of(),
                new HnswConfig(8, 32, 10),
                schema,
                Map.of());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void anIndexNeverChangesWhichPointsAFilterYields(long seed) throws IOException {
        Random random = new Random(seed);
        FilterSamples samples = new FilterSamples(random);
        Catalogue catalogue = Catalogue.open(home, 10);
        catalogue.create("acme", "plain", config(Map.of())).durable().join();
        catalogue.create("acme", "indexed", config(schema())).durable().join();
        for (int step = 0; step < 40; step++) {
            String at = "seed " + seed + " step " + step;
            Change change = change(random, samples);
            for (String name : List.of("plain", "indexed")) {
                catalogue.get("acme", name).write(List.of(change)).durable().join();
            }
            Collection indexed = catalogue.get("acme", "indexed");
            switch (random.nextInt(8)) {
                case 0 -> indexed.compact();
                case 1 -> catalogue.checkpoint();
                case 2 -> {
                    catalogue.close();
                    catalogue = Catalogue.open(home, 10);
                    assertEquals(List.of(), catalogue.findings(), at);
                }
                case 3 -> {
                    Map<String, @Nullable Object> schema = schema();
                    schema.keySet().removeIf(_ -> random.nextBoolean());
                    indexed.configure(config -> config.withPayloadSchema(schema));
                    indexed.configure(config -> config.withPayloadSchema(schema()));
                }
                default -> {}
            }
            for (int i = 0; i < 25; i++) {
                compare(catalogue, samples.filter(2), random, at);
            }
        }
        catalogue.close();
    }

    private static Change change(Random random, FilterSamples samples) {
        return switch (random.nextInt(5)) {
            case 0 -> new Change.Delete(new Selector.Matching(samples.filter(0)));
            case 1 -> new Change.SetPayload(samples.payload(), new Selector.Matching(samples.filter(1)), null);
            default -> {
                List<Point> points = new ArrayList<>();
                for (int i = random.nextInt(60); i >= 0; i--) {
                    float[] vector = {random.nextFloat(), random.nextFloat(), random.nextInt(2), 0.1f};
                    Map<String, VectorValue> vectors =
                            random.nextInt(10) == 0 ? Map.of() : Map.of("v", new Dense(vector));
                    points.add(new Point(PointId.of(random.nextInt(IDS)), vectors, samples.payload()));
                }
                yield new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING);
            }
        };
    }

    private static void compare(Catalogue catalogue, Filter filter, Random random, String where) {
        Collection plain = catalogue.get("acme", "plain");
        Collection indexed = catalogue.get("acme", "indexed");
        String at = where + " " + filter;
        assertEquals(plain.count(filter), indexed.count(filter), at);
        PointId from = random.nextBoolean() ? null : PointId.of(random.nextInt(IDS));
        int limit = 1 + random.nextInt(30);
        var expected = plain.scroll(filter, from, limit, false);
        var found = indexed.scroll(filter, from, limit, false);
        assertEquals(ids(expected.points()), ids(found.points()), at);
        assertEquals(expected.next(), found.next(), at);
        for (boolean exact : new boolean[] {true, false}) {
            Query query = new Query(
                    List.of(),
                    new Query.Goal.Nearest(new Dense(new float[] {1, 1, 1, 1})),
                    "v",
                    filter,
                    new SearchParams(0, exact, false, SearchParams.Quantization.DEFAULT, null, null, false),
                    null,
                    null,
                    10,
                    0);
            assertEquals(ids(plain.query(query, false)), ids(indexed.query(query, false)), at);
        }
    }

    private static List<PointId> ids(List<Hit> hits) {
        return hits.stream().map(Hit::id).toList();
    }

    @Test
    void facetsAndOrdersComeFromTheIndex() throws IOException {
        try (Catalogue catalogue = Catalogue.open(home, 10)) {
            catalogue.create("acme", "c", config(schema())).durable().join();
            Collection collection = catalogue.get("acme", "c");
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                points.add(new Point(
                        PointId.of(i),
                        Map.of(),
                        Map.of("word", List.of("w" + i % 3, "x"), "count", List.of(i, 1_000 - i), "sold", i < 100)));
            }
            collection.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)));
            collection.write(List.of(new Change.Delete(new Selector.Ids(List.of(PointId.of(0))))));
            assertEquals(
                    List.of(new FacetHit("x", 299), new FacetHit("w1", 100), new FacetHit("w2", 100)),
                    collection.facet("word", Filter.EVERYTHING, 3));
            Filter sold = Filter.all(Condition.equal("sold", true));
            assertEquals(
                    List.of(
                            new FacetHit("x", 99),
                            new FacetHit("w0", 33),
                            new FacetHit("w1", 33),
                            new FacetHit("w2", 33)),
                    collection.facet("word", sold, 10));
            OrderBy descending = new OrderBy(KeyPath.parse("count"), true, 999L);
            List<Hit> ordered = collection.scroll(descending, Filter.EVERYTHING, 400, false);
            assertEquals(400, ordered.size());
            assertEquals(PointId.of(1), ordered.getFirst().id());
            assertEquals(999L, ordered.getFirst().orderValue());
            assertEquals(PointId.of(199), ordered.getLast().id());
            assertEquals(299, collection.indexedPoints(KeyPath.parse("word")));
            OrderBy few = new OrderBy(KeyPath.parse("count"), false, 98L);
            assertEquals(
                    List.of(PointId.of(98), PointId.of(99), PointId.of(99), PointId.of(98)),
                    ids(collection.scroll(few, sold, 1_000, false)).stream()
                            .limit(4)
                            .toList());
        }
    }

    @Test
    void aReaderMissesNoPointWhosePayloadChangesMeanwhile() throws Exception {
        try (Catalogue catalogue = Catalogue.open(home, 10)) {
            catalogue
                    .create("acme", "c", config(Map.of("word", "keyword")))
                    .durable()
                    .join();
            Collection collection = catalogue.get("acme", "c");
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                points.add(new Point(PointId.of(i), Map.of(), Map.of("word", "even")));
            }
            collection.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)));
            Filter either = Filter.all(Condition.oneOf("word", List.of("even", "odd")));
            Filter neither = Filter.none(Condition.oneOf("word", List.of("even", "odd")));
            AtomicBoolean isOver = new AtomicBoolean();
            CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
                while (!isOver.get()) {
                    assertEquals(500, collection.count(either));
                    assertEquals(0, collection.count(neither));
                    assertEquals(
                            500,
                            new HashSet<>(ids(collection
                                            .scroll(either, null, 600, false)
                                            .points()))
                                    .size());
                    long even = collection.count(Filter.all(Condition.equal("word", "even")));
                    assertTrue(even <= 500, () -> even + " points are even");
                }
            });
            Random random = new Random(7);
            for (int i = 0; i < 400; i++) {
                List<PointId> ids =
                        random.ints(40, 0, 500).mapToObj(PointId::of).toList();
                collection.write(List.of(new Change.SetPayload(
                        Map.of("word", i % 2 == 0 ? "odd" : "even"), new Selector.Ids(ids), null)));
            }
            isOver.set(true);
            reader.get();
        }
    }
}
