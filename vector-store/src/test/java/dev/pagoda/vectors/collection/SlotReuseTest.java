package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.ExplainedHits;
import dev.pagoda.vectors.api.Explanation;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Points come and go while their slots are given to others.
class SlotReuseTest {
    private static final int DIMENSIONS = 16;
    private static final int POINTS = 600;

    @TempDir
    Path home;

    @Test
    void repeatedDeletionTakesNoMoreMemory() {
        try (Catalogue catalogue = Catalogue.inMemory(5)) {
            Collection docs = create(catalogue, Distance.EUCLID, 8);
            put(docs, 0, 0, POINTS);
            long before = docs.bytes();
            for (int round = 1; round <= 12; round++) {
                int from = round % 2 * POINTS / 2;
                delete(docs, from, from + POINTS / 2);
                put(docs, round, from, from + POINTS / 2);
                assertEquals(POINTS, docs.points());
            }
            long after = docs.bytes();
            assertTrue(after < before * 1.7, before + " bytes became " + after);
            assertEquals(POINTS, sparse(docs).size());
        }
    }

    @Test
    void readersSeeEachPointWithItsOwnVectorsWhileSlotsChangeHands() throws InterruptedException {
        try (Catalogue catalogue = Catalogue.inMemory(5)) {
            Collection docs = create(catalogue, Distance.EUCLID, 8);
            put(docs, 0, 0, POINTS);
            AtomicBoolean done = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            List<Thread> readers = new ArrayList<>();
            for (int r = 0; r < 2; r++) {
                long seed = r;
                readers.add(Thread.ofPlatform().start(() -> {
                    Random random = new Random(seed);
                    try {
                        while (!done.get()) {
                            checkNearest(docs, random);
                            assertEquals(POINTS, sparse(docs).size());
                        }
                    } catch (Throwable thrown) {
                        failure.set(thrown);
                    }
                }));
            }
            for (int round = 1; round <= 10; round++) {
                for (int from = 0; from < POINTS; from += 50) {
                    put(docs, round, from, from + 50);
                }
            }
            done.set(true);
            for (Thread reader : readers) {
                reader.join();
            }
            assertEquals(null, failure.get());
        }
    }

    private static void checkNearest(Collection docs, Random random) {
        float[] query = vector(random.nextInt(POINTS), random.nextInt(10));
        List<Hit> hits = docs.query(Query.nearest("v", new Dense(query), Filter.EVERYTHING, 20), true);
        assertEquals(20, hits.stream().map(Hit::id).distinct().count());
        for (Hit hit : hits) {
            float[] found = hit.vectors().get("v") instanceof Dense(float[] values) ? values : new float[0];
            long id = (long) hit.payload().getOrDefault("id", -1L);
            long round = (long) hit.payload().getOrDefault("round", -1L);
            assertEquals(PointId.of(id), hit.id());
            assertEquals(new Dense(vector(id, round)), new Dense(found));
            double square = 0;
            for (int d = 0; d < DIMENSIONS; d++) {
                square += (double) (query[d] - found[d]) * (query[d] - found[d]);
            }
            assertEquals(Math.sqrt(square), hit.score(), 1e-3);
        }
    }

    @Test
    void restartAfterManyDeletionsRestoresWhatWasThere() throws Exception {
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            Collection docs = create(catalogue, Distance.COSINE, 8);
            put(docs, 0, 0, POINTS);
            delete(docs, 0, 250);
            catalogue.checkpoint();
            put(docs, 1, 100, 300);
        }
        for (int opening = 0; opening < 2; opening++) {
            try (Catalogue catalogue = Catalogue.open(home, 5)) {
                Collection docs = catalogue.get("acme", "docs");
                assertEquals(POINTS - 100, docs.points());
                assertEquals(POINTS - 100, sparse(docs).size());
                Query all = Query.nearest("v", new Dense(vector(3, 3)), Filter.EVERYTHING, POINTS);
                assertEquals(POINTS - 100, docs.query(all, false).size());
                put(docs, 2, 500, 510);
            }
        }
    }

    @Test
    void zeroVectorsUnderCosineScoreZeroWithEverything() throws Exception {
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            Collection docs = create(catalogue, Distance.COSINE, 8);
            put(docs, 0, 0, 300);
            upsert(docs, new Point(PointId.of(1_000), Map.of("v", new Dense(new float[DIMENSIONS])), Map.of()));
            checkZero(docs);
            catalogue.checkpoint();
        }
        try (Catalogue catalogue = Catalogue.open(home, 5)) {
            Collection docs = catalogue.get("acme", "docs");
            checkZero(docs);
            upsert(docs, new Point(PointId.of(1_000), Map.of("v", new Dense(vector(1, 1))), Map.of()));
            Query all = Query.nearest("v", new Dense(vector(1, 1)), Filter.EVERYTHING, 301);
            assertTrue(docs.query(all, false).stream().noneMatch(hit -> hit.score() == 0));
            delete(docs, 0, 1_001);
            assertEquals(List.of(), docs.query(all, false));
        }
    }

    private static void checkZero(Collection docs) {
        Query all = Query.nearest("v", new Dense(vector(5, 5)), Filter.EVERYTHING, 301);
        List<Hit> hits = docs.query(all, true);
        assertEquals(301, hits.size());
        Hit zero = hits.stream()
                .filter(hit -> hit.id().equals(PointId.of(1_000)))
                .findFirst()
                .orElseThrow();
        assertEquals(0f, zero.score());
        assertEquals(new Dense(new float[DIMENSIONS]), zero.vectors().get("v"));
        Query byZero = Query.nearest("v", new Dense(new float[DIMENSIONS]), Filter.EVERYTHING, 10);
        List<Hit> equal = docs.query(byZero, false);
        assertEquals(10, equal.size());
        assertTrue(equal.stream().allMatch(hit -> hit.score() == 0f));
    }

    @Test
    void explainsHowAQueryWasAnswered() {
        try (Catalogue catalogue = Catalogue.inMemory(5)) {
            Collection docs = create(catalogue, Distance.EUCLID, 8);
            put(docs, 0, 0, POINTS);
            Query query = Query.nearest("v", new Dense(vector(7, 7)), Filter.EVERYTHING, 5);
            ExplainedHits explained = docs.explain(query, false);
            assertEquals(docs.query(query, false), explained.hits());
            Explanation search = explained.searches().getFirst();
            assertEquals("walk", search.plan());
            assertTrue(search.expansions() > 0 && search.computations() > 0 && search.nanos() > 0, search.toString());
            Query exact = query.withParams(SearchParams.DEFAULT.withExact(true));
            assertEquals(
                    new Explanation("v", "scan", 0, 0, POINTS, 0),
                    withoutTime(docs.explain(exact, false).searches().getFirst()));
        }
    }

    private static Explanation withoutTime(Explanation e) {
        return new Explanation(e.field(), e.plan(), e.expansions(), e.estimated(), e.computations(), 0);
    }

    @Test
    void collectionsWithoutAGraphAreSearchedExactly() {
        try (Catalogue catalogue = Catalogue.inMemory(5)) {
            Collection docs = create(catalogue, Distance.DOT, 0);
            put(docs, 0, 0, POINTS);
            Query query = Query.nearest("v", new Dense(vector(7, 7)), Filter.EVERYTHING, 5);
            assertEquals(
                    "scan", docs.explain(query, false).searches().getFirst().plan());
            assertEquals(0, docs.indexedVectors());
        }
    }

    @Test
    void measuresTheRecallOfLiveSearches() {
        try (Catalogue catalogue = Catalogue.inMemory(5);
                Workers workers = new Workers("test", 1, 4)) {
            Collection docs = create(catalogue, Distance.EUCLID, 8);
            put(docs, 0, 0, POINTS);
            RecallMeter off = new RecallMeter(workers, 0);
            RecallMeter all = new RecallMeter(workers, 1);
            Queries unmeasured = new Queries(catalogue, off);
            Queries measured = new Queries(catalogue, all);
            Query query = Query.nearest("v", new Dense(vector(9, 9)), Filter.EVERYTHING, 10);
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (Double.isNaN(all.average()) && System.nanoTime() < deadline) {
                unmeasured.run(docs.tenant(), docs.name(), query, false);
                measured.run(docs.tenant(), docs.name(), query, false);
                Thread.onSpinWait();
            }
            assertTrue(Double.isNaN(off.average()));
            assertTrue(all.average() >= 0.9 && all.average() <= 1, "recall " + all.average());
        }
    }

    private static Collection create(Catalogue catalogue, Distance distance, int m) {
        catalogue.create(
                "acme",
                "docs",
                new CollectionConfig(
                        Map.of("v", new DenseConfig(DIMENSIONS, distance)),
                        Map.of("s", new SparseConfig(false)),
                        new HnswConfig(m, 64, 10),
                        Map.of(),
                        Map.of()));
        return catalogue.get("acme", "docs");
    }

    private static void put(Collection docs, long round, int from, int to) {
        List<Point> points = new ArrayList<>();
        for (long id = from; id < to; id++) {
            Map<String, VectorValue> vectors = Map.of(
                    "v",
                    new Dense(vector(id, round)),
                    "s",
                    new Sparse(new int[] {1, 10 + (int) round % 7}, new float[] {1, 2}));
            points.add(new Point(PointId.of(id), vectors, Map.of("id", id, "round", round)));
        }
        upsert(docs, points.toArray(Point[]::new));
    }

    private static void upsert(Collection docs, Point... points) {
        docs.write(List.of(new Change.Upsert(List.of(points), Change.Mode.UPSERT, Filter.EVERYTHING)))
                .durable()
                .join();
    }

    private static void delete(Collection docs, long from, long to) {
        List<PointId> ids = LongStream.range(from, to).mapToObj(PointId::of).toList();
        docs.write(List.of(new Change.Delete(new Selector.Ids(ids)))).durable().join();
    }

    private static List<Hit> sparse(Collection docs) {
        Sparse query = new Sparse(new int[] {1}, new float[] {1});
        List<Hit> hits = docs.query(Query.nearest("s", query, Filter.EVERYTHING, 2 * POINTS), false);
        assertTrue(hits.stream().allMatch(hit -> hit.score() == 1f));
        return hits;
    }

    private static float[] vector(long id, long round) {
        Random random = new Random(id * 1_000 + round);
        float[] vector = new float[DIMENSIONS];
        for (int d = 0; d < DIMENSIONS; d++) {
            vector[d] = (float) random.nextGaussian();
        }
        return vector;
    }
}
