package dev.pagoda.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.CountPoints;
import dev.pagoda.vectors.api.CreateCollection;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.Query;
import dev.pagoda.vectors.api.QueryPoints;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.api.Vectors;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The platform's own vectors in another Qdrant server: here a second store, which speaks the same protocol.
class RemoteQdrantTest extends VectorPortsContract {
    private static final Principal OWNER = new Principal("owner", "t", "p", "k1", Principal.Role.MEMBER);

    private final Vertx vertx = Vertx.vertx();
    private final Bus serverBus = new Bus(vertx);
    private VectorStore server;
    private HttpServer listener;

    /// A platform that keeps its vectors in the server.
    private final Vertx ours = Vertx.vertx();
    private final Bus bus = new Bus(ours);
    private VectorStore store;

    @BeforeEach
    void start() {
        HttpFloor http = new HttpFloor(
                vertx, key -> Future.succeededFuture("server-key".equals(key) ? Optional.of(OWNER) : Optional.empty()));
        server = new VectorStore(
                new VectorStore.Floor(vertx, serverBus, http, new Telemetry()),
                VectorStoreConfig.defaults().withoutGrpc(),
                Optional.empty());
        Router root = Router.router(vertx);
        server.mount(root);
        listener = await(vertx.createHttpServer(ServerOptions.usual())
                .requestHandler(root)
                .listen(0, "127.0.0.1"));
        await(server.start());
        store = connected("server-key");
    }

    @AfterEach
    void stop() {
        await(store.stop());
        await(ours.close());
        await(server.stop());
        await(vertx.close());
    }

    @Override
    Bus bus() {
        return bus;
    }

    @Test
    void explainsNothing() {
        ask(Vectors.CREATE_COLLECTION, new CreateCollection("docs", CollectionConfig.of(2, Distance.DOT), false));
        Query query = Query.nearest("", VectorValue.dense(1, 1), Filter.EVERYTHING, 1);
        assertEquals(
                Refusal.Reason.INVALID,
                refusal(Vectors.EXPLAIN, new QueryPoints("docs", query, false)).reason());
    }

    @Test
    void saysWhatIsWrongWithTheServer() {
        await(store.stop());
        store = connected("wrong-key");
        Refusal key = refusal(Vectors.COUNT, new CountPoints("docs", Filter.EVERYTHING));
        assertEquals(Refusal.Reason.UNAVAILABLE, key.reason());
        assertTrue(key.message().contains("does not take our key"), key::message);

        await(listener.close());
        Refusal gone = refusal(Vectors.COUNT, new CountPoints("docs", Filter.EVERYTHING));
        assertEquals(Refusal.Reason.UNAVAILABLE, gone.reason());
        assertTrue(gone.message().contains("cannot be reached"), gone::message);
    }

    private VectorStore connected(String key) {
        VectorStoreConfig own = VectorStoreConfig.defaults()
                .withoutGrpc()
                .withExternal("http://127.0.0.1:" + listener.actualPort(), key);
        HttpFloor http = new HttpFloor(ours, any -> Future.succeededFuture(Optional.empty()));
        VectorStore made =
                new VectorStore(new VectorStore.Floor(ours, bus, http, new Telemetry()), own, Optional.empty());
        await(made.start());
        return made;
    }
}
