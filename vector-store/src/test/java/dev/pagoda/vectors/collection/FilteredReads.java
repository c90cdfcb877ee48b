package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.VectorValue.Dense;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Measures reads with a filter, without payload indexes and then with them: median microseconds of a search
/// for the nearest 10, a count, and a scroll of 10. Run with the number of points, 200,000 if it is left out.
final class FilteredReads {
    private static final int DIMENSIONS = 24;
    private static final int BATCH = 1_000;
    private static final int RUNS = 301;

    private final Random random = new Random(42);

    private FilteredReads() {}

    public static void main(String[] arguments) throws IOException {
        int points = arguments.length == 0 ? 200_000 : Integer.parseInt(arguments[0]);
        Path home = Files.createTempDirectory("filtered-reads");
        try (Catalogue catalogue = Catalogue.open(home, 1 << 20)) {
            new FilteredReads().run(catalogue, points);
            catalogue.drop("acme", "c");
        }
    }

    private void run(Catalogue catalogue, int points) {
        CollectionConfig config = new CollectionConfig(
                Map.of("v", new DenseConfig(DIMENSIONS, Distance.COSINE)),
                Map.of(),
                new HnswConfig(8, 32, 10),
                Map.of(),
                Map.of());
        catalogue.create("acme", "c", config).durable().join();
        Collection collection = catalogue.get("acme", "c");
        long start = System.nanoTime();
        for (int from = 0; from < points; from += BATCH) {
            List<Point> batch = new ArrayList<>(BATCH);
            for (int id = from; id < Math.min(points, from + BATCH); id++) {
                batch.add(new Point(PointId.of(id), Map.of("v", vector()), payload(id)));
            }
            collection.write(List.of(new Change.Upsert(batch, Change.Mode.UPSERT, Filter.EVERYTHING)));
        }
        System.out.printf("%d points written in %.1f s%n", points, (System.nanoTime() - start) / 1e9);
        System.out.println("index | filter | matches | search us | count us | scroll us");
        measure("no", collection);
        start = System.nanoTime();
        collection
                .configure(before -> before.withPayloadSchema(
                        Map.of("tag", "keyword", "half", "keyword", "price", "float", "place", "geo")))
                .durable()
                .join();
        System.out.printf("4 indexes built in %.2f s%n", (System.nanoTime() - start) / 1e9);
        measure("yes", collection);
    }

    private Dense vector() {
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return new Dense(vector);
    }

    private Map<String, @Nullable Object> payload(int id) {
        return Map.of(
                "tag",
                "tag " + random.nextInt(100),
                "half",
                random.nextBoolean() ? "one" : "other",
                "price",
                random.nextDouble(),
                "place",
                Map.of("lon", 10 + random.nextDouble(), "lat", 50 + random.nextDouble()),
                "title",
                "point number " + id);
    }

    private void measure(String index, Collection collection) {
        Map<String, Filter> filters = new LinkedHashMap<>();
        Condition tag = Condition.equal("tag", "tag 7");
        Condition half = Condition.equal("half", "one");
        filters.put("keyword 1 %", Filter.all(tag));
        filters.put("keyword 50 %", Filter.all(half));
        filters.put("range 1 %", Filter.all(below(0.01)));
        filters.put("range 50 %", Filter.all(below(0.5)));
        filters.put("keyword 1 % and range 50 %", Filter.all(tag, below(0.5)));
        filters.put("not keyword 50 %", Filter.none(half));
        filters.put(
                "geo 1 %",
                Filter.all(new Condition.WithinArea(
                        KeyPath.parse("place"), new GeoArea.Circle(new GeoPoint(10.5, 50.5), 5_300))));
        filters.forEach((name, filter) -> System.out.printf(
                "%s | %s | %d | %.0f | %.0f | %.0f%n",
                index,
                name,
                collection.count(filter),
                median(() -> collection.query(Query.nearest("v", vector(), filter, 10), false)),
                median(() -> collection.count(filter)),
                median(() -> collection.scroll(filter, null, 10, false))));
    }

    private static Condition below(double bound) {
        return new Condition.NumberWithin(KeyPath.parse("price"), null, null, bound, null);
    }

    private static double median(Supplier<Object> read) {
        // not for longer than about a second
        long end = System.nanoTime() + 1_000_000_000L;
        List<Double> micros = new ArrayList<>();
        for (int run = 0; run < RUNS && (run < 10 || System.nanoTime() < end); run++) {
            long start = System.nanoTime();
            var _ = read.get();
            micros.add((System.nanoTime() - start) / 1e3);
        }
        micros.sort(null);
        return micros.get(micros.size() / 2);
    }
}
