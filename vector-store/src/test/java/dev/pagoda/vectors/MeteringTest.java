package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.MeterReading;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.ReadingRecorded;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.CreateCollection;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Point;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.UpsertPoints;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.Vectors;
import dev.pagoda.vectors.collection.Catalogue;
import dev.pagoda.vectors.collection.UsageMeter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MeteringTest {
    private static final Principal ACME = new Principal("acme", "t", "p", "k1", Principal.Role.MEMBER);
    private static final Principal GLOBEX = new Principal("globex", "t", "p", "k2", Principal.Role.MEMBER);

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);
    /// As governance keeps them: each id once.
    private final Map<String, Map<String, Long>> recorded = new LinkedHashMap<>();

    @AfterEach
    void stop() {
        await(vertx.close());
    }

    private Future<ReadingRecorded> record(MeterReading reading, Call call) {
        synchronized (recorded) {
            boolean isFresh =
                    recorded.put(call.principal().key() + " " + reading.readingId(), reading.amounts()) == null;
            return Future.succeededFuture(new ReadingRecorded(isFresh));
        }
    }

    private Map<String, Long> totals(String key) {
        synchronized (recorded) {
            Map<String, Long> totals = new TreeMap<>();
            recorded.forEach((id, amounts) -> {
                if (id.startsWith(key + " ")) {
                    amounts.forEach((meter, amount) -> totals.merge(meter, amount, Long::sum));
                }
            });
            return totals;
        }
    }

    @Test
    void whatWasAskedForAndStoredIsToldWhenTheStoreStops() {
        bus.serve(Governance.RECORD_METERS, this::record);
        HttpFloor http = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.empty()));
        VectorStore store = new VectorStore(
                new VectorStore.Floor(vertx, bus, http, new Telemetry()),
                VectorStoreConfig.defaults().withoutGrpc(),
                Optional.empty());
        await(store.start());
        Call call = Call.within(ACME, "trace", Duration.ofSeconds(60));
        CollectionConfig config = CollectionConfig.hybrid("dense", 2, Distance.COSINE, "bm25");
        await(bus.ask(Vectors.CREATE_COLLECTION, new CreateCollection("docs", config, true), call));
        List<Point> points = List.of(point(1), point(2), point(3));
        await(bus.ask(Vectors.UPSERT, new UpsertPoints("docs", points), call));
        Query query = Query.nearest("dense", VectorValue.dense(1, 1), Filter.EVERYTHING, 5);
        await(bus.ask(Vectors.QUERY, new QueryPoints("docs", query, false), call));
        await(bus.ask(Vectors.QUERY, new QueryPoints("docs", query, false), call));
        await(store.stop());

        assertEquals(Map.of(Metering.QUERIES, 2L, Metering.POINTS_WRITTEN, 3L), totals("k1"));
    }

    private static Point point(long id) {
        return new Point(PointId.of(id), Map.of("dense", VectorValue.dense(1, (float) id)), Map.of());
    }

    @Test
    void aReadingWhoseAnswerWasLostIsSentAgainUnderItsId() {
        UsageMeter usage = new UsageMeter();
        int[] lost = {2};
        bus.serve(Governance.RECORD_METERS, (reading, call) -> {
            record(reading, call);
            return lost[0]-- > 0
                    ? Future.failedFuture(new Refused(Reason.UNAVAILABLE, "lost", "the answer got lost"))
                    : Future.succeededFuture(new ReadingRecorded(true));
        });
        Metering metering = new Metering(vertx, bus, usage, Catalogue.inMemory(10));
        metering.start(Duration.ofMillis(20), () -> {});
        usage.queried(ACME, 5);
        usage.queried(GLOBEX, 1);
        usage.stored(ACME, 7);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (totals("k1").isEmpty() && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        usage.queried(ACME, 100);
        await(metering.stop());

        assertEquals(Map.of(Metering.QUERIES, 105L, Metering.POINTS_WRITTEN, 7L), totals("k1"));
        assertEquals(Map.of(Metering.QUERIES, 1L), totals("k2"));
        assertTrue(lost[0] < 0, "an answer was lost " + lost[0]);
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
