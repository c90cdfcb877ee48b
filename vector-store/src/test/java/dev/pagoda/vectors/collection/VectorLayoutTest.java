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
import dev.pagoda.vectors.api.SearchParams;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.VectorValue.Dense;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a user says of a field, beside what comes of it: how much of the truth is found, in how much memory.
@Tag("slow")
class VectorLayoutTest {
    private static final int DIMENSIONS = 96;
    private static final int POINTS = 2_000;
    private static final int QUERIES = 40;
    private static final int K = 10;

    private static final Map<String, @Nullable Object> BINARY =
            Map.of("quantization_config", Map.of("binary", Map.of("always_ram", true)));
    private static final Map<String, @Nullable Object> PRODUCT =
            Map.of("quantization_config", Map.of("product", Map.of("compression", "x64")));
    private static final Map<String, @Nullable Object> ON_DISK = Map.of("on_disk", true);

    @Test
    void everyWayToKeepVectorsFindsThemAndTheSmallOnesAreSmall() {
        Map<String, Found> all = new LinkedHashMap<>();
        all.put("plain", run(Datatype.FLOAT32, Map.of()));
        all.put("binary", run(Datatype.FLOAT32, BINARY));
        all.put("product", run(Datatype.FLOAT32, PRODUCT));
        all.put("on disk", run(Datatype.FLOAT32, ON_DISK));
        all.put("float16", run(Datatype.FLOAT16, Map.of()));
        all.put("uint8", run(Datatype.UINT8, Map.of()));
        all.put("turbo4", run(Datatype.TURBO4, Map.of()));
        String told = all.toString();
        all.forEach((way, found) -> assertTrue(found.recall() >= 0.98, way + ": " + told));
        Found plain = found(all, "plain");
        assertEquals(plain, found(all, "binary"), told);
        assertEquals(plain, found(all, "product"), told);
        assertTrue(found(all, "on disk").bytes() < 0.75 * plain.bytes(), told);
        assertTrue(found(all, "float16").bytes() < 0.5 * plain.bytes(), told);
        assertTrue(found(all, "uint8").bytes() < 0.45 * plain.bytes(), told);
    }

    private static Found found(Map<String, Found> all, String way) {
        return all.getOrDefault(way, new Found(0, 0));
    }

    /// @param recall of walks over the graph against exact searches of the same field
    private record Found(double recall, long bytes) {}

    private static Found run(Datatype datatype, Map<String, @Nullable Object> settings) {
        Random random = new Random(7);
        try (Catalogue catalogue = Catalogue.inMemory(5)) {
            DenseConfig field = new DenseConfig(DIMENSIONS, Distance.COSINE, datatype, false, settings);
            catalogue.create(
                    "acme",
                    "c",
                    new CollectionConfig(Map.of("v", field), Map.of(), new HnswConfig(16, 64, 10), Map.of(), Map.of()));
            Collection docs = catalogue.get("acme", "c");
            List<Point> points = new ArrayList<>();
            for (int i = 0; i < POINTS; i++) {
                points.add(new Point(PointId.of(i), Map.of("v", vector(random)), Map.of()));
            }
            docs.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)));
            double recall = 0;
            for (int i = 0; i < QUERIES; i++) {
                recall += recall(docs, vector(random)) / QUERIES;
            }
            return new Found(recall, docs.bytes());
        }
    }

    private static double recall(Collection docs, VectorValue vector) {
        Query query = Query.nearest("v", vector, Filter.EVERYTHING, K);
        Query exact = new Query(
                List.of(),
                query.goal(),
                "v",
                Filter.EVERYTHING,
                SearchParams.DEFAULT.withExact(true),
                null,
                null,
                K,
                0);
        assertEquals("walk", docs.explain(query, false).searches().getFirst().plan());
        Set<PointId> truth = docs.query(exact, false).stream().map(Hit::id).collect(Collectors.toSet());
        List<Hit> found = docs.query(query, false);
        assertEquals(K, found.size());
        return found.stream().filter(hit -> truth.contains(hit.id())).count() / (double) K;
    }

    /// Near one of a few directions, and of numbers that fit a byte.
    private static VectorValue vector(Random random) {
        Random centre = new Random(random.nextInt(40));
        float[] vector = new float[DIMENSIONS];
        for (int d = 0; d < DIMENSIONS; d++) {
            vector[d] = Math.clamp(
                    Math.round(128 + 40 * (float) centre.nextGaussian() + 25 * (float) random.nextGaussian()), 0, 255);
        }
        return new Dense(vector);
    }
}
