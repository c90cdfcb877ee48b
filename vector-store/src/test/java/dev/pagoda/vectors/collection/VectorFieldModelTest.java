package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Datatype;
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
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Multi;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every datatype and distance, of single vectors and of several, against a plain map and brute force: random
/// writes, vectors of single points updated and deleted, checkpoints, compactions and restarts.
class VectorFieldModelTest {
    private static final int DIMENSIONS = 6;
    private static final int IDS = 700;

    @TempDir
    Path home;

    /// The vectors of each point that has any, as they are stored, and of those that have none.
    private final Map<PointId, float[][]> model = new TreeMap<>();

    @ParameterizedTest
    @CsvSource({
        "1,COSINE,FLOAT32,true",
        "2,DOT,FLOAT32,true",
        "3,EUCLID,FLOAT32,true",
        "4,MANHATTAN,TURBO4,true",
        "5,COSINE,FLOAT16,false",
        "6,DOT,FLOAT16,false",
        "7,EUCLID,FLOAT16,true",
        "8,COSINE,UINT8,false",
        "9,COSINE,UINT8,true",
        "10,DOT,UINT8,false",
        "11,EUCLID,UINT8,false",
        "12,MANHATTAN,UINT8,true",
        "13,COSINE,TURBO4,false",
    })
    void behavesLikeAPlainMapWithBruteForce(long seed, Distance distance, Datatype datatype, boolean isMulti)
            throws IOException {
        Random random = new Random(seed);
        DenseConfig field = new DenseConfig(DIMENSIONS, distance, datatype, isMulti, Map.of());
        CollectionConfig config =
                new CollectionConfig(Map.of("v", field), Map.of(), new HnswConfig(8, 64, 10), Map.of(), Map.of());
        Catalogue catalogue = Catalogue.open(home, 10);
        catalogue.create("acme", "c", config).durable().join();
        for (int step = 0; step < 40; step++) {
            String at = "seed " + seed + " step " + step;
            Collection collection = catalogue.get("acme", "c");
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> upsert(collection, field, random);
                case 4 -> updateVectors(collection, field, random);
                case 5 -> deleteVectors(collection, random);
                case 6 -> delete(collection, random);
                case 7 -> collection.compact();
                case 8 -> catalogue.checkpoint();
                default -> {
                    if (random.nextBoolean()) {
                        catalogue.close();
                    } else {
                        catalogue.closeWithoutCheckpoint();
                    }
                    catalogue = Catalogue.open(home, 10);
                    assertEquals(List.of(), catalogue.findings(), at);
                    assertEquals(config, catalogue.get("acme", "c").config(), at);
                }
            }
            check(catalogue.get("acme", "c"), field, random, at);
        }
        catalogue.close();
    }

    private void upsert(Collection collection, DenseConfig field, Random random) {
        List<Point> points = new ArrayList<>();
        for (int i = random.nextInt(80); i >= 0; i--) {
            PointId id = PointId.of(random.nextInt(IDS));
            boolean isBare = random.nextInt(10) == 0;
            float[][] vectors = vectors(field, random);
            points.add(new Point(id, isBare ? Map.of() : Map.of("v", value(field, vectors)), Map.of()));
            model.put(id, isBare ? new float[0][] : stored(field, vectors));
        }
        write(collection, new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING));
    }

    private void updateVectors(Collection collection, DenseConfig field, Random random) {
        List<Change.PointVectors> points = new ArrayList<>();
        for (PointId id : List.copyOf(model.keySet())) {
            if (random.nextInt(20) == 0) {
                float[][] vectors = vectors(field, random);
                points.add(new Change.PointVectors(id, Map.of("v", value(field, vectors))));
                model.put(id, stored(field, vectors));
            }
        }
        write(collection, new Change.UpdateVectors(points, Filter.EVERYTHING));
    }

    private void deleteVectors(Collection collection, Random random) {
        List<PointId> ids =
                model.keySet().stream().filter(_ -> random.nextInt(20) == 0).toList();
        write(collection, new Change.DeleteVectors(List.of("v"), new Selector.Ids(ids)));
        ids.forEach(id -> model.put(id, new float[0][]));
    }

    private void delete(Collection collection, Random random) {
        List<PointId> ids =
                model.keySet().stream().filter(_ -> random.nextInt(8) == 0).toList();
        write(collection, new Change.Delete(new Selector.Ids(ids)));
        ids.forEach(model::remove);
    }

    private static void write(Collection collection, Change change) {
        collection.write(List.of(change)).durable().join();
    }

    /// Numbers that the datatype has to round; now and then a zero vector.
    private static float[][] vectors(DenseConfig field, Random random) {
        float[][] vectors = new float[field.isMulti() ? 1 + random.nextInt(4) : 1][DIMENSIONS];
        for (float[] vector : vectors) {
            if (random.nextInt(30) == 0) {
                continue;
            }
            for (int d = 0; d < DIMENSIONS; d++) {
                vector[d] = field.datatype() == Datatype.UINT8
                        ? random.nextFloat() * 320 - 30
                        : (float) random.nextGaussian();
            }
        }
        return vectors;
    }

    private static VectorValue value(DenseConfig field, float[][] vectors) {
        return field.isMulti() ? new Multi(vectors) : new Dense(vectors[0]);
    }

    private static float[][] stored(DenseConfig field, float[][] given) {
        float[][] stored = new float[given.length][DIMENSIONS];
        boolean scales = field.distance() == Distance.COSINE && field.datatype() != Datatype.UINT8;
        for (int i = 0; i < given.length; i++) {
            double norm = scales ? norm(given[i]) : 1;
            for (int d = 0; d < DIMENSIONS; d++) {
                float value = norm == 0 ? 0 : (float) (given[i][d] / norm);
                stored[i][d] = switch (field.datatype()) {
                    case FLOAT32, TURBO4 -> value;
                    case FLOAT16 -> Float.float16ToFloat(Float.floatToFloat16(value));
                    case UINT8 -> (float) Math.floor(Math.max(0, Math.min(255, value)));
                };
            }
        }
        return stored;
    }

    private static double norm(float[] vector) {
        double square = 0;
        for (float x : vector) {
            square += (double) x * x;
        }
        return Math.sqrt(square);
    }

    private void check(Collection collection, DenseConfig field, Random random, String at) {
        assertEquals(model.size(), collection.points(), at);
        List<Hit> all = collection.scroll(Filter.EVERYTHING, null, 1_000, true).points();
        assertEquals(new ArrayList<>(model.keySet()), all.stream().map(Hit::id).toList(), at);
        long having = 0;
        for (Hit hit : all) {
            float[][] expected = modelled(hit.id());
            having += expected.length > 0 ? 1 : 0;
            float[][] actual = switch (hit.vectors().get("v")) {
                case Dense(float[] values) -> new float[][] {values};
                case Multi(float[][] vectors) -> vectors;
                case null, default -> new float[0][];
            };
            assertEquals(expected.length, actual.length, at + " id " + hit.id());
            // a unit vector may be off by a last bit before it is rounded
            float tolerance = field.datatype() == Datatype.FLOAT16 ? 1e-3f : 1e-6f;
            for (int i = 0; i < expected.length; i++) {
                assertArrayEquals(expected[i], actual[i], tolerance, at + " id " + hit.id());
            }
        }
        Filter hasVector = Filter.all(new Condition.HasVector("v"));
        assertEquals(having, collection.count(hasVector), at);
        float[][] query = vectors(field, random);
        while (norm(query[0]) == 0) {
            query = vectors(field, random);
        }
        if (field.isMulti() && random.nextBoolean()) {
            // so many that they are compared together
            float[][] more = new float[8 + random.nextInt(12)][];
            for (int i = 0; i < more.length; i++) {
                more[i] = i < query.length ? query[i] : vectors(field, random)[0];
            }
            query = more;
        }
        checkQuery(collection, field, query, at);
    }

    private void checkQuery(Collection collection, DenseConfig field, float[][] query, String at) {
        Map<PointId, Float> truth = new TreeMap<>();
        model.forEach((id, vectors) -> {
            if (vectors.length > 0) {
                truth.put(id, score(field, query, vectors));
            }
        });
        Comparator<Float> best =
                field.distance().isHigherBetter() ? Comparator.reverseOrder() : Comparator.naturalOrder();
        List<Float> scores = truth.values().stream().sorted(best).toList();
        for (boolean exact : new boolean[] {true, false}) {
            Query asked = Query.nearest("v", value(field, query), Filter.EVERYTHING, 10)
                    .withParams(SearchParams.DEFAULT.withExact(exact));
            List<Hit> found = collection.query(asked, false);
            assertEquals(Math.min(10, truth.size()), found.size(), at);
            int right = 0;
            for (int i = 0; i < found.size(); i++) {
                float expected = Objects.requireNonNull(truth.get(found.get(i).id()), at);
                assertTrue(
                        isNear(expected, found.get(i).score()),
                        at + ": " + expected + " " + found.get(i).score());
                right += isNear(scores.get(i), found.get(i).score()) ? 1 : 0;
            }
            assertTrue(exact ? right == found.size() : right >= 0.7 * found.size(), at + " right " + right);
        }
    }

    private static boolean isNear(float expected, float actual) {
        return Math.abs(expected - actual) <= 2e-3 * Math.max(1, Math.abs(expected));
    }

    private float[][] modelled(PointId id) {
        return Objects.requireNonNull(model.get(id), id::toString);
    }

    private static float score(DenseConfig field, float[][] query, float[][] stored) {
        double sum = 0;
        for (float[] asked : query) {
            double best = Double.NEGATIVE_INFINITY;
            for (float[] vector : stored) {
                best = Math.max(best, similarity(field.distance(), asked, vector));
            }
            sum += best;
        }
        return (float)
                switch (field.distance()) {
                    case COSINE, DOT -> sum;
                    case EUCLID -> Math.sqrt(-sum);
                    case MANHATTAN -> -sum;
                };
    }

    private static double similarity(Distance distance, float[] a, float[] b) {
        double sum = 0;
        for (int d = 0; d < a.length; d++) {
            double difference = (double) a[d] - b[d];
            sum += switch (distance) {
                case COSINE, DOT -> (double) a[d] * b[d];
                case EUCLID -> -difference * difference;
                case MANHATTAN -> -Math.abs(difference);
            };
        }
        double scale = norm(a) * norm(b);
        return distance != Distance.COSINE ? sum : scale == 0 ? 0 : sum / scale;
    }
}
