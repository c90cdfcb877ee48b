package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.StatusQuery;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.CountPoints;
import dev.pagoda.vectors.api.CreateCollection;
import dev.pagoda.vectors.api.DeleteCollection;
import dev.pagoda.vectors.api.DeletePoints;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.GeoArea;
import dev.pagoda.vectors.api.GeoPoint;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.ScrollPage;
import dev.pagoda.vectors.api.ScrollPoints;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.UpsertPoints;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.Vectors;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What the ports of [Vectors] promise, wherever the vectors are.
abstract class VectorPortsContract {
    private static final Principal ACME = new Principal("acme", "t", "p", "k2", Principal.Role.MEMBER);
    private static final Principal GLOBEX = new Principal("globex", "t", "p", "k3", Principal.Role.MEMBER);

    /// Where the ports are served.
    abstract Bus bus();

    @Test
    void servesAHybridSearchFromCreationToDrop() {
        CollectionConfig config = CollectionConfig.hybrid("dense", 2, Distance.COSINE, "bm25");
        assertTrue(ask(Vectors.CREATE_COLLECTION, new CreateCollection("docs", config, true))
                .changed());
        assertFalse(ask(Vectors.CREATE_COLLECTION, new CreateCollection("docs", config, true))
                .changed());
        assertTrue(ask(
                                Vectors.UPSERT,
                                new UpsertPoints("docs", List.of(point(1, 1, 0, "red fox"), point(2, 0, 1, "蓝色的鲸鱼"))))
                        .operationId()
                > 0);

        Query fused = Query.fused(
                List.of(
                        Query.nearest("dense", VectorValue.dense(1, 1), Filter.EVERYTHING, 5),
                        Query.nearest("bm25", VectorValue.text("鲸鱼"), Filter.EVERYTHING, 5)),
                1);
        List<Hit> hits =
                ask(Vectors.QUERY, new QueryPoints("docs", fused, true)).hits();
        assertEquals(PointId.of(2), hits.getFirst().id());
        assertEquals("蓝色的鲸鱼", hits.getFirst().payload().get("text"));
        assertEquals(VectorValue.dense(0, 1), hits.getFirst().vectors().get("dense"));
        assertEquals(2, hits.getFirst().vectors().size());

        Filter red = Filter.all(Condition.equal("text", "red fox"));
        assertEquals(1, ask(Vectors.COUNT, new CountPoints("docs", red)).count());
        ScrollPage first = ask(Vectors.SCROLL, new ScrollPoints("docs", Filter.EVERYTHING, null, 1, true));
        assertEquals(PointId.of(1), first.points().getFirst().id());
        assertEquals(PointId.of(2), first.next());
        assertNull(ask(Vectors.SCROLL, new ScrollPoints("docs", Filter.EVERYTHING, first.next(), 1, false))
                .next());

        var status = ask(Vectors.STATUS, new StatusQuery()).collections().getFirst();
        assertEquals("acme docs 2", status.tenant() + " " + status.name() + " " + status.points());

        ask(Vectors.DELETE_POINTS, new DeletePoints("docs", new Selector.Matching(red)));
        ask(Vectors.DELETE_POINTS, new DeletePoints("docs", new Selector.Ids(List.of(PointId.of(7)))));
        assertEquals(
                1,
                ask(Vectors.COUNT, new CountPoints("docs", Filter.EVERYTHING)).count());
        assertTrue(ask(Vectors.DELETE_COLLECTION, new DeleteCollection("docs")).changed());
        assertFalse(ask(Vectors.DELETE_COLLECTION, new DeleteCollection("docs")).changed());
    }

    @Test
    void keepsTenantsApart() {
        ask(Vectors.CREATE_COLLECTION, new CreateCollection("docs", CollectionConfig.of(2, Distance.DOT), false));
        Call theirs = Call.within(GLOBEX, "trace", Duration.ofSeconds(60));
        Refusal unseen = refused(bus().ask(Vectors.COUNT, new CountPoints("docs", Filter.EVERYTHING), theirs));
        assertEquals("collection_not_found", unseen.code());
        assertEquals(
                List.of(),
                await(bus().ask(Vectors.STATUS, new StatusQuery(), theirs)).collections());
    }

    @Test
    void knowsEveryConditionOfAFilter() {
        ask(Vectors.CREATE_COLLECTION, new CreateCollection("docs", CollectionConfig.of(1, Distance.DOT), false));
        Map<String, Object> paris = Map.of(
                "place",
                Map.of("lon", 2.35, "lat", 48.86),
                "parts",
                List.of(Map.of("n", 1L), Map.of("n", 2L)),
                "when",
                "2024-05-01T10:00:00Z",
                "name",
                "Paris on the Seine",
                "size",
                2.1);
        ask(
                Vectors.UPSERT,
                new UpsertPoints(
                        "docs",
                        List.of(
                                Point.of(PointId.of(1), VectorValue.dense(1), paris),
                                Point.of(PointId.of(2), VectorValue.dense(2), Map.of()))));
        KeyPath n = KeyPath.parse("n");
        List<Condition> onlyParis = List.of(
                new Condition.NumberWithin(KeyPath.parse("size"), 2.0, null, null, 2.1),
                new Condition.TimeWithin(
                        KeyPath.parse("when"), null, 1_714_557_600_000_000L, 1_714_557_600_000_001L, null),
                new Condition.ValuesCount(KeyPath.parse("parts"), null, 2L, null, null),
                new Condition.HasId(Set.of(PointId.of(1))),
                new Condition.WithinArea(KeyPath.parse("place"), new GeoArea.Circle(new GeoPoint(2.3, 48.9), 20_000)),
                new Condition.WithinArea(
                        KeyPath.parse("place"), new GeoArea.Box(new GeoPoint(2, 49), new GeoPoint(3, 48))),
                new Condition.WithinArea(
                        KeyPath.parse("place"),
                        new GeoArea.Polygon(
                                List.of(
                                        new GeoPoint(2, 48),
                                        new GeoPoint(3, 48),
                                        new GeoPoint(3, 49),
                                        new GeoPoint(2, 49),
                                        new GeoPoint(2, 48)),
                                List.of())),
                new Condition.Nested(
                        KeyPath.parse("parts"), Filter.all(new Condition.Matches(n, new Condition.Match.Value(2L)))),
                new Condition.Matches(KeyPath.parse("name"), new Condition.Match.Text("the Seine")),
                new Condition.Matches(KeyPath.parse("name"), new Condition.Match.Prefix("Paris")),
                new Condition.Matches(KeyPath.parse("parts[].n"), new Condition.Match.AnyOf(Set.of(2L, 5L))),
                new Condition.Matches(KeyPath.parse("name"), new Condition.Match.NoneOf(Set.of("Rome"))),
                new Condition.Sub(Filter.none(new Condition.IsEmpty(KeyPath.parse("name")))));
        for (Condition condition : onlyParis) {
            assertEquals(
                    1,
                    ask(Vectors.COUNT, new CountPoints("docs", Filter.all(condition)))
                            .count(),
                    condition::toString);
        }
        Filter two = new Filter(List.of(), List.of(), List.of(), new Filter.MinShould(onlyParis, onlyParis.size()));
        assertEquals(1, ask(Vectors.COUNT, new CountPoints("docs", two)).count());
        assertEquals(
                2,
                ask(Vectors.COUNT, new CountPoints("docs", Filter.all(new Condition.HasVector(""))))
                        .count());
    }

    @Test
    void refusesByReason() {
        assertEquals(
                Refusal.Reason.NOT_FOUND,
                refusal(Vectors.COUNT, new CountPoints("none", Filter.EVERYTHING))
                        .reason());
        CreateCollection docs = new CreateCollection("docs", CollectionConfig.of(2, Distance.DOT), false);
        ask(Vectors.CREATE_COLLECTION, docs);
        assertEquals(
                Refusal.Reason.CONFLICT,
                refusal(Vectors.CREATE_COLLECTION, docs).reason());
        Refusal size = refusal(
                Vectors.UPSERT,
                new UpsertPoints("docs", List.of(Point.of(PointId.of(1), VectorValue.dense(1), Map.of()))));
        assertEquals(Refusal.Reason.INVALID, size.reason());
        assertTrue(size.message().contains("expected dim: 2, got 1"), size::message);
    }

    private static Point point(long id, float x, float y, String text) {
        return new Point(
                PointId.of(id),
                Map.of("dense", VectorValue.dense(x, y), "bm25", VectorValue.text(text)),
                Map.of("text", text));
    }

    static Call call() {
        return Call.within(ACME, "trace", Duration.ofSeconds(60));
    }

    final <Q extends Record, R extends Record> R ask(Port<Q, R> port, Q question) {
        return await(bus().ask(port, question, call()));
    }

    final <Q extends Record, R extends Record> Refusal refusal(Port<Q, R> port, Q question) {
        return refused(bus().ask(port, question, call()));
    }

    static Refusal refused(Future<?> answer) {
        Throwable thrown = assertThrows(CompletionException.class, () -> await(answer));
        return assertInstanceOf(Refused.class, thrown.getCause()).refusal();
    }

    static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
