package dev.pagoda.gateway.openai;

import static dev.pagoda.gateway.openai.OpenAiServer.await;

import dev.pagoda.gateway.journal.JournalConfig;
import dev.pagoda.gateway.journal.JournalPolicy;
import dev.pagoda.gateway.journal.KeptTexts;
import dev.pagoda.gateway.journal.RequestJournal;
import dev.pagoda.gateway.limit.LimitBook;
import dev.pagoda.gateway.limit.LimitDefaults;
import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.gateway.protocol.Exchanges;
import dev.pagoda.gateway.protocol.FakeChatService;
import dev.pagoda.gateway.upstream.UpstreamChats;
import dev.pagoda.gateway.upstream.Upstreams;
import dev.pagoda.gateway.usage.UsageSpool;
import dev.pagoda.governance.api.BatchPriced;
import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.UsageBatch;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/// OpenAI's routes over a relay, with a ledger that remembers what it was told.
final class RelayServer implements AutoCloseable {
    final Vertx vertx = Vertx.vertx();
    final List<UsageBatch.Entry> booked = new CopyOnWriteArrayList<>();
    final Upstreams upstreams;
    final RequestJournal journal;
    final LimitBook limits = new LimitBook(LimitDefaults.NONE);
    /// Whether somebody has to read the tenant's requests.
    final AtomicBoolean isRead = new AtomicBoolean();
    final int port;
    private final Store store;

    RelayServer() {
        var principal = new Principal("acme", "team", "project", "k1", Principal.Role.MEMBER);
        var bus = new Bus(vertx);
        bus.serve(Governance.RECORD_BATCH, (batch, call) -> {
            booked.addAll(batch.entries());
            return Future.succeededFuture(new BatchPriced(batch.entries().size(), 0));
        });
        store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
        store.migrate("gateway");
        upstreams = new Upstreams(vertx, store, variable -> null);
        var telemetry = new Telemetry();
        var usage = new UsageSpool(vertx, bus, Optional.empty());
        var service = new UpstreamChats(vertx, new FakeChatService(vertx), upstreams, usage, InstantSource.system());
        journal = new RequestJournal(
                vertx,
                Optional.empty(),
                new KeptTexts(store),
                new JournalConfig(true, 1, 1_000, 100, ""),
                new PolicyBook<>(store, "journal", JournalPolicy.class),
                InstantSource.system(),
                telemetry);
        var exchanges = new Exchanges(vertx, service, telemetry, new Exchanges.Bounds(1 << 20, Duration.ofSeconds(5)));
        var relay = new Relay(new Relay.Ground(
                vertx,
                upstreams,
                limits,
                tenant -> isRead.get(),
                usage,
                journal,
                exchanges,
                new RelayMeters(telemetry.meters()),
                store,
                InstantSource.system()));
        var floor = new HttpFloor(vertx, key -> Future.succeededFuture(Optional.of(principal)));
        Router root = Router.router(vertx);
        new OpenAiRoutes(
                        new OpenAiRoutes.Ground(
                                vertx,
                                floor,
                                exchanges,
                                Optional.of(relay),
                                store,
                                new MemoryFiles(),
                                (record, call) -> Future.succeededFuture(),
                                (request, text, headers) -> Future.failedFuture("nobody is asked"),
                                InstantSource.system()),
                        service,
                        OpenAiServer.config())
                .mount(root);
        port = await(vertx.createHttpServer(ServerOptions.usual())
                        .requestHandler(root)
                        .listen(0, "127.0.0.1"))
                .actualPort();
    }

    @Override
    public void close() {
        upstreams.close();
        await(vertx.close());
        store.close();
    }
}
