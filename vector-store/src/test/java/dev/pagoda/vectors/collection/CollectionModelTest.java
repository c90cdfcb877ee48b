package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.SearchParams;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random writes, checkpoints, compactions and restarts against a plain map and brute force.
class CollectionModelTest {
    private static final int DIMENSIONS = 8;

    @TempDir
    Path home;

    private final Map<PointId, Model> model = new TreeMap<>();

    private record Model(float[] dense, @Nullable Sparse sparse, Map<String, @Nullable Object> payload) {}

    @ParameterizedTest
    @CsvSource({"1,COSINE", "2,DOT", "3,EUCLID", "4,MANHATTAN", "5,COSINE", "6,EUCLID"})
    void behavesLikeAPlainMapWithBruteForce(long seed, Distance distance) throws IOException {
        Random random = new Random(seed);
        CollectionConfig config = new CollectionConfig(
                Map.of("v", new DenseConfig(DIMENSIONS, distance)),
                Map.of("s", new SparseConfig(false)),
                new HnswConfig(8, 64, 10),
                Map.of(),
                Map.of());
        Catalogue catalogue = Catalogue.open(home, 10);
        catalogue.create("acme", "c", config).durable().join();
        for (int step = 0; step < 60; step++) {
            String at = "seed " + seed + " step " + step;
            Collection collection = catalogue.get("acme", "c");
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3, 4 -> upsert(collection, random);
                case 5 -> delete(collection, random);
                case 6 -> editPayloads(collection, random);
                case 7 -> collection.compact();
                case 8 -> catalogue.checkpoint();
                default -> {
                    if (random.nextBoolean()) {
                        catalogue.close();
                    } else {
                        abandon(catalogue);
                    }
                    catalogue = Catalogue.open(home, 10);
                    assertEquals(List.of(), catalogue.findings(), at);
                }
            }
            check(catalogue.get("acme", "c"), distance, random, at);
        }
        catalogue.close();
    }

    /// Closes without a checkpoint, so that the next opening has a log to replay.
    private static void abandon(Catalogue catalogue) throws IOException {
        catalogue.closeWithoutCheckpoint();
    }

    private void upsert(Collection collection, Random random) {
        List<Point> points = new ArrayList<>();
        for (int i = random.nextInt(60); i >= 0; i--) {
            PointId id = PointId.of(random.nextInt(900));
            float[] dense = new float[DIMENSIONS];
            for (int d = 0; d < DIMENSIONS; d++) {
                dense[d] = (float) random.nextGaussian();
            }
            Sparse sparse = random.nextInt(3) == 0
                    ? null
                    : new Sparse(new int[] {random.nextInt(5), 5 + random.nextInt(5)}, new float[] {1, 2});
            Map<String, @Nullable Object> payload = Map.of("n", (long) random.nextInt(20));
            Map<String, VectorValue> vectors =
                    sparse == null ? Map.of("v", new Dense(dense)) : Map.of("v", new Dense(dense), "s", sparse);
            points.add(new Point(id, vectors, payload));
            model.put(id, new Model(dense, sparse, payload));
        }
        collection
                .write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)))
                .durable()
                .join();
    }

    private void delete(Collection collection, Random random) {
        if (random.nextBoolean()) {
            long n = random.nextInt(20);
            Filter filter = Filter.all(Condition.equal("n", n));
            collection
                    .write(List.of(new Change.Delete(new Selector.Matching(filter))))
                    .durable()
                    .join();
            model.values().removeIf(each -> Objects.equals(each.payload().get("n"), n));
        } else {
            List<PointId> ids = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                ids.add(PointId.of(random.nextInt(900)));
            }
            collection
                    .write(List.of(new Change.Delete(new Selector.Ids(ids))))
                    .durable()
                    .join();
            ids.forEach(model::remove);
        }
    }

    private void editPayloads(Collection collection, Random random) {
        long from = random.nextInt(20);
        long to = random.nextInt(20);
        Filter filter = Filter.all(Condition.equal("n", from));
        collection
                .write(List.of(new Change.SetPayload(Map.of("n", to), new Selector.Matching(filter), null)))
                .durable()
                .join();
        model.replaceAll((_, each) -> Objects.equals(each.payload().get("n"), from)
                ? new Model(each.dense(), each.sparse(), Map.of("n", to))
                : each);
    }

    private void check(Collection collection, Distance distance, Random random, String at) {
        assertEquals(model.size(), collection.points(), at);
        List<Hit> all = collection.scroll(Filter.EVERYTHING, null, 1_000, true).points();
        assertEquals(new ArrayList<>(model.keySet()), all.stream().map(Hit::id).toList(), at);
        for (Hit hit : all) {
            Model expected = modelled(hit.id());
            assertEquals(expected.payload(), hit.payload(), at);
            assertEquals(expected.sparse(), hit.vectors().get("s"), at);
            assertArrayEquals(stored(expected.dense(), distance), dense(hit), 1e-6f, at);
        }
        float[] query = new float[DIMENSIONS];
        for (int d = 0; d < DIMENSIONS; d++) {
            query[d] = (float) random.nextGaussian();
        }
        long n = random.nextInt(20);
        Filter filter = Filter.all(Condition.equal("n", n));
        checkQuery(collection, query, Filter.EVERYTHING, distance, true, at);
        checkQuery(collection, query, filter, distance, true, at);
        checkQuery(collection, query, Filter.none(Condition.equal("n", n)), distance, false, at);
        long matching = model.values().stream()
                .filter(each -> Objects.equals(each.payload().get("n"), n))
                .count();
        assertEquals(matching, collection.count(filter), at);
        checkSparse(collection, random.nextInt(5), at);
    }

    private void checkQuery(
            Collection collection, float[] query, Filter filter, Distance distance, boolean exact, String at) {
        List<Float> truth = new ArrayList<>();
        long wanted = collection.count(filter);
        for (Hit hit : collection.scroll(filter, null, 1_000, false).points()) {
            truth.add(score(stored(query, distance), stored(modelled(hit.id()).dense(), distance), distance));
        }
        truth.sort(distance.isHigherBetter() ? (a, b) -> Float.compare(b, a) : Float::compare);
        Query asked =
                Query.nearest("v", new Dense(query), filter, 10).withParams(SearchParams.DEFAULT.withExact(exact));
        List<Hit> found = collection.query(asked, false);
        assertEquals(Math.min(10, wanted), found.size(), at);
        int right = 0;
        for (int i = 0; i < found.size(); i++) {
            right += Math.abs(truth.get(i) - found.get(i).score()) < 1e-3 ? 1 : 0;
        }
        assertTrue(exact ? right == found.size() : right >= found.size() * 0.7, at + " right " + right);
    }

    private Model modelled(PointId id) {
        return Objects.requireNonNull(model.get(id), id::toString);
    }

    private static float[] dense(Hit hit) {
        return hit.vectors().get("v") instanceof Dense(float[] values) ? values : new float[0];
    }

    private void checkSparse(Collection collection, int index, String at) {
        long having = model.values().stream()
                .filter(each -> each.sparse() != null && each.sparse().indices()[0] == index)
                .count();
        Sparse query = new Sparse(new int[] {index}, new float[] {3});
        List<Hit> found = collection.query(Query.nearest("s", query, Filter.EVERYTHING, 1_000), false);
        assertEquals(having, found.size(), at);
        assertTrue(found.stream().allMatch(hit -> hit.score() == 3f), at);
    }

    private static float[] stored(float[] vector, Distance distance) {
        if (distance != Distance.COSINE) {
            return vector;
        }
        double norm = 0;
        for (float x : vector) {
            norm += x * x;
        }
        float[] unit = vector.clone();
        for (int d = 0; d < unit.length; d++) {
            unit[d] /= (float) Math.sqrt(norm);
        }
        return unit;
    }

    private static float score(float[] a, float[] b, Distance distance) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            double difference = a[d] - b[d];
            sum += switch (distance) {
                case COSINE, DOT -> a[d] * b[d];
                case EUCLID -> difference * difference;
                case MANHATTAN -> Math.abs(difference);
            };
        }
        return (float) (distance == Distance.EUCLID ? Math.sqrt(sum) : sum);
    }
}
