package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import dev.pagoda.vectors.api.VectorValue.Dense;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Collections of few points, and what becomes of them when they grow.
class SmallCollectionTest {
    private static final int FEW = DenseField.LEAST_LINKED - 1;

    @TempDir
    Path home;

    @Test
    void fewVectorsTakeLittleMoreThanTheirFloats() throws IOException {
        int dimensions = 384;
        try (Catalogue catalogue = Catalogue.open(home, 1)) {
            Collection docs = create(catalogue, new DenseConfig(dimensions, Distance.COSINE));
            put(docs, dimensions, 0, 100);
            requireSmall(docs, dimensions);
        }
        try (Catalogue catalogue = Catalogue.open(home, 1)) {
            requireSmall(catalogue.get("acme", "docs"), dimensions);
        }
    }

    private static void requireSmall(Collection docs, int dimensions) {
        long raw = docs.points() * dimensions * Float.BYTES;
        assertTrue(docs.bytes() < 1.4 * raw, docs.bytes() + " bytes for " + raw);
    }

    @ParameterizedTest
    @CsvSource({
        "COSINE,FLOAT32",
        "DOT,FLOAT32",
        "EUCLID,FLOAT32",
        "MANHATTAN,FLOAT32",
        "COSINE,FLOAT16",
        "DOT,FLOAT16",
        "COSINE,UINT8",
        "EUCLID,UINT8"
    })
    void growingChangesNoVectorAndNoAnswer(Distance distance, Datatype datatype) throws IOException {
        int dimensions = 24;
        List<Hit> before;
        List<Float> scores;
        try (Catalogue catalogue = Catalogue.open(home, 1)) {
            Collection docs = create(catalogue, new DenseConfig(dimensions, distance, datatype, false, Map.of()));
            put(docs, dimensions, 0, FEW + 30);
            delete(docs, FEW, FEW + 30);
            before = all(docs);
            assertEquals(FEW, before.size());
            scores = scores(docs, dimensions, FEW);
        }
        for (int opening = 0; opening < 2; opening++) {
            try (Catalogue catalogue = Catalogue.open(home, 1)) {
                Collection docs = catalogue.get("acme", "docs");
                assertEquals(before, all(docs));
                assertTrue(catalogue.awaitLinks(30));
                assertEquals("scan", plan(docs, dimensions));
                put(docs, dimensions, 1_000, 1_040);
                assertEquals("walk", plan(docs, dimensions));
                assertEquals(before, all(docs).subList(0, FEW));
                if (opening == 0) {
                    catalogue.checkpoint();
                }
            }
            try (Catalogue catalogue = Catalogue.open(home, 1)) {
                Collection docs = catalogue.get("acme", "docs");
                assertTrue(catalogue.awaitLinks(30));
                assertEquals("walk", plan(docs, dimensions));
                assertEquals(before, all(docs).subList(0, FEW));
                delete(docs, 1_000, 1_040);
                assertNear(scores, scores(docs, dimensions, FEW));
            }
        }
    }

    /// The order in which lanes of a vector are added up is left open to the JVM, and so the last bits of a sum.
    private static void assertNear(List<Float> expected, List<Float> found) {
        assertEquals(expected.size(), found.size());
        for (int i = 0; i < found.size(); i++) {
            assertEquals(expected.get(i), found.get(i), 1e-5 * Math.abs(expected.get(i)));
        }
    }

    private static List<Hit> all(Collection docs) {
        return docs.scroll(Filter.EVERYTHING, null, 1_000, true).points();
    }

    private static List<Float> scores(Collection docs, int dimensions, int limit) {
        Query query = Query.nearest("v", vector(dimensions, 5_000), Filter.EVERYTHING, limit);
        return docs.query(query, false).stream().map(Hit::score).toList();
    }

    private static String plan(Collection docs, int dimensions) {
        Query query = Query.nearest("v", vector(dimensions, 5_000), Filter.EVERYTHING, 5);
        return docs.explain(query, false).searches().getFirst().plan();
    }

    private static Collection create(Catalogue catalogue, DenseConfig field) {
        // from so many kilobytes on the graph is walked
        HnswConfig hnsw = new HnswConfig(8, 64, 10);
        catalogue.create("acme", "docs", new CollectionConfig(Map.of("v", field), Map.of(), hnsw, Map.of(), Map.of()));
        return catalogue.get("acme", "docs");
    }

    private static void put(Collection docs, int dimensions, int from, int to) {
        List<Point> points = new ArrayList<>();
        for (int id = from; id < to; id++) {
            points.add(new Point(PointId.of(id), Map.of("v", vector(dimensions, id)), Map.of()));
        }
        docs.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)))
                .durable()
                .join();
    }

    private static void delete(Collection docs, long from, long to) {
        List<PointId> ids = LongStream.range(from, to).mapToObj(PointId::of).toList();
        docs.write(List.of(new Change.Delete(new Selector.Ids(ids)))).durable().join();
    }

    /// Of numbers that fit a byte.
    private static Dense vector(int dimensions, int id) {
        Random random = new Random(id);
        float[] vector = new float[dimensions];
        for (int d = 0; d < dimensions; d++) {
            vector[d] = random.nextInt(256);
        }
        return new Dense(vector);
    }
}
