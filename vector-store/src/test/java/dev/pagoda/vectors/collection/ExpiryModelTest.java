package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Example;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.OrderBy;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.Query.Goal;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.api.SearchParams;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue.Dense;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A collection whose points expire answers every read as one whose points are deleted by hand the moment their time
/// has come.
class ExpiryModelTest {
    private static final String KEY = "until";
    private static final int IDS = 700;
    private static final int DIMENSIONS = 6;
    private static final List<Change.Mode> MODES = List.copyOf(EnumSet.allOf(Change.Mode.class));
    private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

    @TempDir
    Path home;

    private final Map<PointId, Instant> expiries = new HashMap<>();
    private Random random = new Random();
    private Instant now = START;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void expiredPointsAreGoneFromEveryRead(long seed) throws IOException {
        random = new Random(seed);
        Catalogue catalogue = open();
        catalogue.create("acme", "plain", config(Map.of())).durable().join();
        catalogue.create("acme", "expiring", config(expiringAt(KEY))).durable().join();
        for (int step = 0; step < 50; step++) {
            String at = "seed " + seed + " step " + step;
            switch (random.nextInt(14)) {
                case 0, 1, 2 -> upsert(catalogue);
                case 3, 4 -> setTimesById(catalogue, at);
                case 5 -> setTimesByFilter(catalogue);
                case 6 -> removeTimes(catalogue);
                case 7 -> both(catalogue, new Change.Delete(new Selector.Matching(someFilter())));
                case 8, 9 -> now = now.plusSeconds(random.nextInt(40));
                case 10 -> {
                    catalogue.maintain(Long.MAX_VALUE);
                    purge(catalogue);
                    assertEquals(
                            catalogue.get("acme", "plain").points(), living(catalogue.get("acme", "expiring")), at);
                    now = now.minusSeconds(random.nextInt(30));
                }
                case 11 -> {
                    catalogue.get("acme", "expiring").compact();
                    catalogue.checkpoint();
                }
                case 12 -> {
                    Collection expiring = catalogue.get("acme", "expiring");
                    expiring.configure(config -> config.withSettings(expiringAt("nothing")));
                    expiring.configure(config -> config.withSettings(expiringAt(KEY)));
                }
                default -> catalogue = random.nextBoolean() ? restarted(catalogue) : recovered(catalogue);
            }
            purge(catalogue);
            check(catalogue, at);
        }
        catalogue.close();
    }

    private Catalogue open() throws IOException {
        return Catalogue.open(home, 10, () -> now);
    }

    private Catalogue restarted(Catalogue catalogue) throws IOException {
        if (random.nextBoolean()) {
            catalogue.close();
        } else {
            catalogue.closeWithoutCheckpoint();
        }
        Catalogue again = open();
        assertEquals(List.of(), again.findings());
        return again;
    }

    private Catalogue recovered(Catalogue catalogue) throws IOException {
        Archives.Archive made = catalogue.archives().create(catalogue.get("acme", "expiring"));
        now = now.plusSeconds(random.nextInt(10));
        Path file = catalogue.archives().find("acme", "expiring", made.name()).orElseThrow();
        catalogue.recover("acme", "expiring", file).durable().join();
        return catalogue;
    }

    private static CollectionConfig config(Map<String, @Nullable Object> settings) {
        return new CollectionConfig(
                Map.of("v", new DenseConfig(DIMENSIONS, Distance.DOT)),
                Map.of("s", new SparseConfig(false)),
                new HnswConfig(8, 64, 10),
                Map.of("n", "integer", "tag", "keyword"),
                settings);
    }

    private static Map<String, @Nullable Object> expiringAt(String key) {
        return Map.of("metadata", Map.of("pagoda.ttl_key", key));
    }

    private void both(Catalogue catalogue, Change change) {
        for (String name : List.of("plain", "expiring")) {
            catalogue.get("acme", name).write(List.of(change)).durable().join();
        }
    }

    /// What a payload may say, and when its point expires.
    private record Time(@Nullable Object value, Instant expiry) {}

    private Time time() {
        Instant at = now.plusSeconds(random.nextInt(60) - 10);
        return switch (random.nextInt(6)) {
            case 0 -> new Time(at.getEpochSecond(), at);
            case 1 -> new Time(at.toString(), at);
            case 2 -> new Time(at.atOffset(ZoneOffset.ofHours(-7)).toString(), at);
            case 3 -> new Time(List.of(at.getEpochSecond(), "soon", at.getEpochSecond() - 100), at);
            case 4 -> new Time(random.nextBoolean() ? "soon" : null, Instant.MAX);
            default -> {
                Instant exact = at.plusMillis(random.nextInt(1_000));
                yield new Time(exact.getEpochSecond() + exact.getNano() / 1e9, exact);
            }
        };
    }

    private void upsert(Catalogue catalogue) {
        purge(catalogue);
        Change.Mode mode = MODES.get(random.nextInt(MODES.size()));
        List<Point> points = new ArrayList<>();
        Set<PointId> present = ids(catalogue.get("acme", "plain"), Filter.EVERYTHING);
        Set<PointId> chosen = new HashSet<>();
        for (int i = random.nextInt(120); i >= 0; i--) {
            PointId id = PointId.of(random.nextInt(IDS));
            if (!chosen.add(id)) {
                continue;
            }
            Map<String, @Nullable Object> payload = new HashMap<>();
            payload.put("n", (long) random.nextInt(10));
            payload.put("tag", "t" + random.nextInt(4));
            Instant expiry = Instant.MAX;
            if (random.nextInt(4) > 0) {
                Time time = time();
                payload.put(KEY, time.value());
                expiry = time.expiry();
            }
            points.add(new Point(id, Map.of("v", dense(), "s", sparse()), payload));
            if (mode == Change.Mode.UPSERT || (mode == Change.Mode.UPDATE_ONLY) == present.contains(id)) {
                expiries.put(id, expiry);
            }
        }
        both(catalogue, new Change.Upsert(points, mode, Filter.EVERYTHING));
    }

    private void setTimesById(Catalogue catalogue, String at) {
        purge(catalogue);
        Set<PointId> present = ids(catalogue.get("acme", "plain"), Filter.EVERYTHING);
        List<PointId> ids = new ArrayList<>();
        for (int i = random.nextInt(40); i >= 0; i--) {
            PointId id = PointId.of(random.nextInt(IDS));
            if (present.contains(id) || random.nextInt(200) == 0) {
                ids.add(id);
            }
        }
        Time time = time();
        Map<String, @Nullable Object> patch = new HashMap<>();
        patch.put(KEY, time.value());
        Change change = new Change.SetPayload(patch, new Selector.Ids(ids), null);
        if (present.containsAll(ids)) {
            both(catalogue, change);
            ids.forEach(id -> expiries.put(id, time.expiry()));
        } else {
            Collection expiring = catalogue.get("acme", "expiring");
            Refused refused = assertThrows(Refused.class, () -> expiring.write(List.of(change)), at);
            assertEquals("point_not_found", refused.refusal().code(), at);
        }
    }

    private void setTimesByFilter(Catalogue catalogue) {
        purge(catalogue);
        Filter filter = someFilter();
        Time time = time();
        Map<String, @Nullable Object> patch = new HashMap<>();
        patch.put(KEY, time.value());
        ids(catalogue.get("acme", "plain"), filter).forEach(id -> expiries.put(id, time.expiry()));
        both(catalogue, new Change.SetPayload(patch, new Selector.Matching(filter), null));
    }

    private void removeTimes(Catalogue catalogue) {
        purge(catalogue);
        Filter filter = someFilter();
        ids(catalogue.get("acme", "plain"), filter).forEach(id -> expiries.put(id, Instant.MAX));
        both(catalogue, new Change.DeletePayload(List.of(KeyPath.parse(KEY)), new Selector.Matching(filter)));
    }

    /// Deletes by hand what has expired.
    private void purge(Catalogue catalogue) {
        List<PointId> over = expiries.entrySet().stream()
                .filter(entry -> !entry.getValue().isAfter(now))
                .map(Map.Entry::getKey)
                .toList();
        over.forEach(expiries::remove);
        catalogue
                .get("acme", "plain")
                .write(List.of(new Change.Delete(new Selector.Ids(over))))
                .durable()
                .join();
    }

    private Filter someFilter() {
        return random.nextBoolean()
                ? Filter.all(Condition.equal("n", (long) random.nextInt(10)))
                : Filter.none(Condition.oneOf("tag", List.of("t0", "t1", "t2")));
    }

    private void check(Catalogue catalogue, String at) {
        Collection plain = catalogue.get("acme", "plain");
        Collection expiring = catalogue.get("acme", "expiring");
        assertEquals(plain.points(), expiring.points(), at);
        for (Filter filter : List.of(
                Filter.EVERYTHING,
                someFilter(),
                Filter.none(new Condition.IsEmpty(KeyPath.parse(KEY))),
                Filter.all(new Condition.HasId(Set.of(PointId.of(1), PointId.of(2), PointId.of(3)))))) {
            assertEquals(plain.count(filter), expiring.count(filter), at + " " + filter);
            assertEquals(pages(plain, filter), pages(expiring, filter), at + " " + filter);
            assertEquals(plain.facet("tag", filter, 10), expiring.facet("tag", filter, 10), at + " " + filter);
            OrderBy order = new OrderBy(KeyPath.parse("n"), random.nextBoolean(), null);
            assertEquals(
                    answer(plain.scroll(order, filter, 50, false)),
                    answer(expiring.scroll(order, filter, 50, false)),
                    at + " " + filter);
            checkQueries(catalogue, filter, at);
        }
        assertEquals(plain.indexedPoints(KeyPath.parse("n")), expiring.indexedPoints(KeyPath.parse("n")), at);
        List<PointId> some = random.ints(20, 0, IDS).mapToObj(PointId::of).toList();
        assertEquals(answer(plain.retrieve(some, true)), answer(expiring.retrieve(some, true)), at);
    }

    private void checkQueries(Catalogue catalogue, Filter filter, String at) {
        Dense vector = dense();
        Query nearest = Query.nearest("v", vector, filter, 10).withParams(SearchParams.DEFAULT.withExact(true));
        List<Query> queries = List.of(
                nearest,
                nearest.withWindow(5, 7),
                Query.nearest("s", sparse(), filter, 15),
                Query.fused(List.of(nearest, Query.nearest("s", sparse(), filter, 15)), 12),
                Query.of(new Goal.ById(), "", filter, 30),
                Query.of(new Goal.Sample(), "", filter, IDS),
                Query.of(new Goal.Ordered(new OrderBy(KeyPath.parse("n"), true, null)), "", filter, 30),
                Query.of(
                        new Goal.Recommend(
                                List.of(Example.of(PointId.of(random.nextInt(IDS)))),
                                List.of(),
                                random.nextBoolean() ? Goal.Strategy.BEST_SCORE : Goal.Strategy.AVERAGE_VECTOR),
                        "v",
                        filter,
                        10),
                Query.of(new Goal.NearestTo(PointId.of(random.nextInt(IDS))), "v", filter, 10));
        for (Query query : queries) {
            boolean isExact = !(query.goal() instanceof Goal.NearestTo || query.goal() instanceof Goal.Recommend);
            Object expected = outcome(catalogue, "plain", query, isExact);
            assertEquals(expected, outcome(catalogue, "expiring", query, isExact), at + " " + query);
        }
        Query walked = Query.nearest("v", vector, filter, 10);
        Collection plain = catalogue.get("acme", "plain");
        assertEquals(
                Math.min(10, plain.count(filter)),
                catalogue.get("acme", "expiring").query(walked, false).size(),
                at);
        Set<PointId> alive = ids(plain, filter);
        catalogue
                .get("acme", "expiring")
                .query(walked, false)
                .forEach(hit -> assertEquals(true, alive.contains(hit.id()), at + " " + hit.id()));
        try (Workers workers = new Workers("recall", 1, 1)) {
            Queries queriesOfAll = new Queries(catalogue, new RecallMeter(workers, 0));
            Grouping grouping = new Grouping(KeyPath.parse("tag"), 3, 4, null);
            assertEquals(
                    groups(queriesOfAll.groups("acme", "plain", nearest, grouping, false)),
                    groups(queriesOfAll.groups("acme", "expiring", nearest, grouping, false)),
                    at);
            assertEquals(
                    queriesOfAll.matrix("acme", "plain", "v", filter, IDS, 2),
                    queriesOfAll.matrix("acme", "expiring", "v", filter, IDS, 2),
                    at);
        }
    }

    /// An answer, of approximate searches only its length, or the code of a refusal.
    private static Object outcome(Catalogue catalogue, String name, Query query, boolean isExact) {
        try {
            List<Hit> hits = catalogue.get("acme", name).query(query, false);
            if (!isExact) {
                return hits.size();
            }
            List<String> answer = new ArrayList<>(answer(hits));
            if (query.goal() instanceof Goal.Sample) {
                answer.sort(null);
            }
            return answer;
        } catch (Refused refused) {
            return refused.refusal().code();
        }
    }

    private static List<String> groups(List<PointGroup> groups) {
        return groups.stream()
                .map(group -> group.id() + " " + answer(group.hits()))
                .toList();
    }

    private static List<String> answer(List<Hit> hits) {
        return hits.stream()
                .map(hit -> hit.id() + " " + hit.score() + " " + hit.orderValue() + " "
                        + new TreeMap<>(hit.payload()) + " "
                        + hit.vectors().keySet())
                .toList();
    }

    private static List<List<String>> pages(Collection collection, Filter filter) {
        List<List<String>> pages = new ArrayList<>();
        ScrollPage page = collection.scroll(filter, null, 100, false);
        pages.add(answer(page.points()));
        while (page.next() != null) {
            page = collection.scroll(filter, page.next(), 100, false);
            pages.add(answer(page.points()));
        }
        return pages;
    }

    private static Set<PointId> ids(Collection collection, Filter filter) {
        Set<PointId> ids = new HashSet<>();
        collection.scroll(filter, null, IDS, false).points().forEach(hit -> ids.add(hit.id()));
        return ids;
    }

    /// Points that are really there, those included that nobody is told of.
    private static long living(Collection collection) {
        return collection.vectorCounts().getOrDefault("v", 0L);
    }

    private Dense dense() {
        float[] values = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new Dense(values);
    }

    private Sparse sparse() {
        return new Sparse(
                new int[] {random.nextInt(4), 4 + random.nextInt(4)},
                new float[] {1 + random.nextFloat(), 1 + random.nextFloat()});
    }
}
