package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.FacetHit;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue.Dense;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// Reads by payload indexes while points are written again and again with the values they have.
class RewritingTest {
    private static final int POINTS = 3_000;
    private static final int PAGE = 2_500;
    private static final int BATCH = 30;
    private static final KeyPath RANK = KeyPath.parse("meta.rank");

    @Test
    void everyPageByAnOrderHasItsPoints() throws InterruptedException {
        List<Long> first = LongStream.range(0, PAGE).boxed().toList();
        List<Long> last =
                LongStream.range(0, PAGE).map(i -> POINTS - 1 - i).boxed().toList();
        readWhileRewriting(POINTS, 400, 0, docs -> {
            assertEquals(first, ids(docs, new OrderBy(RANK, false, null)));
            assertEquals(last, ids(docs, new OrderBy(RANK, true, null)));
        });
    }

    private static List<Long> ids(Collection docs, OrderBy order) {
        return docs.scroll(order, Filter.EVERYTHING, PAGE, false).stream()
                .map(hit -> ((PointId.Numbered) hit.id()).value())
                .toList();
    }

    @Test
    void everyFacetCountsAllPoints() throws InterruptedException {
        List<FacetHit> thirds =
                List.of(new FacetHit("0", POINTS / 3), new FacetHit("1", POINTS / 3), new FacetHit("2", POINTS / 3));
        List<FacetHit> halves = List.of(new FacetHit(false, POINTS / 2), new FacetHit(true, POINTS / 2));
        readWhileRewriting(POINTS, 1_000, 0, docs -> {
            assertEquals(thirds, docs.facet("meta.third", Filter.EVERYTHING, 10));
            assertEquals(halves, docs.facet("meta.odd", Filter.EVERYTHING, 10));
            assertEquals(
                    POINTS,
                    docs.facet("meta.rank", Filter.EVERYTHING, 2 * POINTS).size());
        });
    }

    @Test
    void everyFilterByIdsFindsItsPoints() throws InterruptedException {
        Filter all = Filter.all(new Condition.HasId(
                Set.copyOf(LongStream.range(0, BATCH).mapToObj(PointId::of).toList())));
        readWhileRewriting(BATCH, 600, 1, docs -> assertEquals(BATCH, docs.count(all)));
    }

    /// @param step what each round adds to the vectors; points with the vectors that they have keep their slots
    private static void readWhileRewriting(int points, int rounds, float step, Consumer<Collection> read)
            throws InterruptedException {
        try (Catalogue catalogue = Catalogue.inMemory(1)) {
            catalogue.create(
                    "acme",
                    "docs",
                    new CollectionConfig(
                            Map.of("v", new DenseConfig(4, Distance.DOT)),
                            Map.of(),
                            new HnswConfig(8, 32, 10),
                            Map.of("meta.rank", "integer", "meta.third", "keyword", "meta.odd", "bool"),
                            Map.of()));
            Collection docs = catalogue.get("acme", "docs");
            write(docs, 0, points, 0, 0);
            AtomicBoolean done = new AtomicBoolean();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread reader = Thread.ofPlatform().start(() -> {
                try {
                    while (!done.get()) {
                        read.accept(docs);
                    }
                } catch (Throwable thrown) {
                    failure.set(thrown);
                }
            });
            for (int round = 1; round <= rounds && failure.get() == null; round++) {
                int from = round * BATCH % points;
                write(docs, from, Math.min(points, from + BATCH), round, round * step);
            }
            done.set(true);
            reader.join();
            assertEquals(null, failure.get());
        }
    }

    private static void write(Collection docs, int from, int to, long round, float last) {
        List<Point> points = new ArrayList<>();
        for (long id = from; id < to; id++) {
            points.add(new Point(
                    PointId.of(id),
                    Map.of("v", new Dense(new float[] {id, 1, 1, last})),
                    Map.of(
                            "meta",
                            Map.of("rank", id, "third", String.valueOf(id % 3), "odd", id % 2 == 1, "round", round))));
        }
        docs.write(List.of(new Change.Upsert(points, Change.Mode.UPSERT, Filter.EVERYTHING)));
    }
}
