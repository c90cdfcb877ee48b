package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.CountPoints;
import dev.pagoda.vectors.api.CreateCollection;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.ExplainedHits;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.UpsertPoints;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.Vectors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The platform's own vectors in this store.
class VectorPortsTest extends VectorPortsContract {
    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
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

    @Override
    Bus bus() {
        return bus;
    }

    @Test
    void explainsASearchWithTheSameHits() {
        ask(
                Vectors.CREATE_COLLECTION,
                new CreateCollection("docs", CollectionConfig.hybrid("dense", 2, Distance.COSINE, "bm25"), false));
        ask(Vectors.UPSERT, new UpsertPoints("docs", List.of(fox())));
        Query fused = Query.fused(
                List.of(
                        Query.nearest("dense", VectorValue.dense(1, 1), Filter.EVERYTHING, 5),
                        Query.nearest("bm25", VectorValue.text("fox"), Filter.EVERYTHING, 5)),
                1);
        ExplainedHits explained = ask(Vectors.EXPLAIN, new QueryPoints("docs", fused, false));
        assertEquals(ask(Vectors.QUERY, new QueryPoints("docs", fused, false)).hits(), explained.hits());
        assertEquals(
                List.of("dense:scan"),
                explained.searches().stream()
                        .map(each -> each.field() + ":" + each.plan())
                        .toList());
    }

    @Test
    void refusesWithCodesOfItsOwn() {
        assertEquals(
                "collection_not_found",
                refusal(Vectors.COUNT, new CountPoints("none", Filter.EVERYTHING))
                        .code());
        ask(Vectors.CREATE_COLLECTION, new CreateCollection("docs", CollectionConfig.of(2, Distance.DOT), false));
        Refusal infinite = refusal(
                Vectors.UPSERT,
                new UpsertPoints("docs", List.of(Point.of(PointId.of(1), VectorValue.dense(1, Float.NaN), Map.of()))));
        assertEquals("vector value NaN at 1 is not finite", infinite.message());
    }

    private static Point fox() {
        return new Point(
                PointId.of(1),
                Map.of("dense", VectorValue.dense(1, 0), "bm25", VectorValue.text("red fox")),
                Map.of("text", "red fox"));
    }
}
