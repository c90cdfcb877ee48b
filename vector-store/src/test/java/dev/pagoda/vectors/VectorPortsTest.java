package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.CountPoints;
import dev.pagoda.vectors.api.CreateCollection;
import dev.pagoda.vectors.api.DeleteCollection;
import dev.pagoda.vectors.api.DeletePoints;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.ExplainedHits;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Hit;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.ScrollPoints;
import dev.pagoda.vectors.api.Selector;
import dev.pagoda.vectors.api.UpsertPoints;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.Vectors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VectorPortsTest {
    private static final Principal ACME = new Principal("acme", "t", "p", "k1", Principal.Role.MEMBER);

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    private final Call call = Call.within(ACME, "trace", Duration.ofSeconds(20));
    private VectorStore store;

    @BeforeEach
    void start() {
        HttpFloor http = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.empty()));
        store = new VectorStore(
                new VectorStore.Floor(vertx, bus, http, new Telemetry()),
                VectorStoreConfig.defaults().withoutGrpc(),
                Optional.empty());
        await(store.start());
    }

    @AfterEach
    void stop() {
        await(store.stop());
        await(vertx.close());
    }

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
                ask(Vectors.QUERY, new QueryPoints("docs", fused, false)).hits();
        assertEquals(PointId.of(2), hits.getFirst().id());
        assertEquals("蓝色的鲸鱼", hits.getFirst().payload().get("text"));
        ExplainedHits explained = ask(Vectors.EXPLAIN, new QueryPoints("docs", fused, false));
        assertEquals(hits, explained.hits());
        assertEquals(
                List.of("dense:scan"),
                explained.searches().stream()
                        .map(each -> each.field() + ":" + each.plan())
                        .toList());

        Filter red = Filter.all(Condition.equal("text", "red fox"));
        assertEquals(1, ask(Vectors.COUNT, new CountPoints("docs", red)).count());
        assertEquals(
                2,
                ask(Vectors.SCROLL, new ScrollPoints("docs", Filter.EVERYTHING, null, 10, true))
                        .points()
                        .size());
        ask(Vectors.DELETE_POINTS, new DeletePoints("docs", new Selector.Matching(red)));
        assertEquals(
                1,
                ask(Vectors.COUNT, new CountPoints("docs", Filter.EVERYTHING)).count());
        assertTrue(ask(Vectors.DELETE_COLLECTION, new DeleteCollection("docs")).changed());
        assertFalse(ask(Vectors.DELETE_COLLECTION, new DeleteCollection("docs")).changed());
    }

    @Test
    void refusesByReasonAndCode() {
        assertEquals(
                "collection_not_found",
                refusal(Vectors.COUNT, new CountPoints("none", Filter.EVERYTHING))
                        .code());
        ask(Vectors.CREATE_COLLECTION, new CreateCollection("docs", CollectionConfig.of(2, Distance.DOT), false));
        Refusal taken = refusal(
                Vectors.CREATE_COLLECTION, new CreateCollection("docs", CollectionConfig.of(2, Distance.DOT), false));
        assertEquals(Refusal.Reason.CONFLICT, taken.reason());
        Refusal size = refusal(
                Vectors.UPSERT,
                new UpsertPoints("docs", List.of(Point.of(PointId.of(1), VectorValue.dense(1, Float.NaN), Map.of()))));
        assertEquals("vector value NaN at 1 is not finite", size.message());
    }

    private static Point point(long id, float x, float y, String text) {
        return new Point(
                PointId.of(id),
                Map.of("dense", VectorValue.dense(x, y), "bm25", VectorValue.text(text)),
                Map.of("text", text));
    }

    private <Q extends Record, R extends Record> R ask(Port<Q, R> port, Q question) {
        return await(bus.ask(port, question, call));
    }

    private <Q extends Record, R extends Record> Refusal refusal(Port<Q, R> port, Q question) {
        Throwable thrown = assertThrows(CompletionException.class, () -> ask(port, question));
        return assertInstanceOf(Refused.class, thrown.getCause()).refusal();
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }
}
