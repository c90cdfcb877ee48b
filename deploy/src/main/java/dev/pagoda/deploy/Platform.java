package dev.pagoda.deploy;

import dev.pagoda.compute.Fleet;
import dev.pagoda.deploy.console.ConsoleRoutes;
import dev.pagoda.deploy.console.LoopbackGate;
import dev.pagoda.gateway.InferenceGateway;
import dev.pagoda.gateway.backend.UnusableModel;
import dev.pagoda.governance.GovernancePillar;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.http.HttpMeters;
import dev.pagoda.governance.http.PlatformErrors;
import dev.pagoda.governance.http.RequestHeads;
import dev.pagoda.governance.http.ServerOptions;
import dev.pagoda.governance.http.SlowSenders;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.registry.ModelRegistry;
import dev.pagoda.vectors.VectorStore;
import dev.pagoda.workflow.WorkflowService;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import java.net.BindException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The running platform: who is there, in which order they start and stop, and what is on the one port.
///
/// Modules start from the pillar up, so that each finds its neighbours, and stop from the roof down. The port opens
/// last and closes first.
public final class Platform {
    private static final Logger LOG = LoggerFactory.getLogger(Platform.class);
    private static final Duration START_LIMIT = Duration.ofMinutes(2);
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);
    private static final String GATEWAY = "inference-gateway";

    private final Vertx vertx = Vertx.vertx();
    private final InstantSource clock = InstantSource.system();
    private final Telemetry telemetry = new Telemetry();
    private final Bus bus = new Bus(vertx);
    private final Store store;
    private final GovernancePillar governance;
    private final VectorStore vectors;
    private final InferenceGateway gateway;
    private final List<Part> parts;
    private final ConsoleRoutes console;
    private final HttpMeters meters = new HttpMeters(telemetry);
    /// Deployments of the port's event loops.
    private final List<String> doors = new ArrayList<>();
    private final HttpServerOptions options;
    private int port;

    /// A module as the platform sees it.
    private record Part(
            String name,
            Supplier<Future<Void>> start,
            Consumer<Router> mount,
            BooleanSupplier isReady,
            Supplier<Future<Void>> stop) {}

    private Platform(Config config, Optional<Path> data) {
        store = Store.open(vertx, config.store(), data);
        governance = new GovernancePillar(
                new GovernancePillar.Ground(vertx, store, bus, telemetry), config.governance(), clock);
        var http = new HttpFloor(vertx, governance.authenticator());
        var compute = new Fleet(new Fleet.Surroundings(vertx, bus, store, http, telemetry, clock), config.compute());
        var registry = new ModelRegistry(
                new ModelRegistry.Surroundings(vertx, bus, store, http, telemetry, clock),
                config.registry(),
                data.map(folder -> folder.resolve("blobs")));
        vectors = new VectorStore(
                new VectorStore.Floor(vertx, bus, http, telemetry), config.vectors(), data.map(Platform::vectors));
        gateway = new InferenceGateway(
                new InferenceGateway.Surroundings(
                        vertx, bus, store, http, telemetry, clock, data.map(folder -> folder.resolve("gateway"))),
                config.gateway(),
                config.openai(),
                config.traffic());
        var workflow = new WorkflowService(
                new WorkflowService.Surroundings(vertx, bus, store, http, telemetry, clock), config.workflow());
        parts = List.of(
                new Part(
                        "governance",
                        governance::start,
                        root -> governance.mount(root, http),
                        governance::isReady,
                        governance::stop),
                new Part("compute", compute::start, compute::mount, compute::isReady, compute::stop),
                new Part("model-registry", registry::start, registry::mount, registry::isReady, registry::stop),
                new Part("vector-store", vectors::start, vectors::mount, vectors::isReady, vectors::stop),
                new Part(GATEWAY, gateway::start, gateway::mount, gateway::isReady, gateway::stop),
                new Part("agent-workflow", workflow::start, workflow::mount, workflow::isReady, workflow::stop));
        console = new ConsoleRoutes(vertx, new LiveHouse(bus, clock, version()), governance.authenticator());
        options = ServerOptions.usual().setHost(config.http().host());
    }

    /// Starts everything and returns when every health check is green.
    ///
    /// @param data the data folder; empty: keep nothing
    /// @throws StartRefused for what the user can mend
    public static Platform start(Config config, Optional<Path> data) {
        var platform = new Platform(config, data);
        try {
            for (Part part : platform.parts) {
                long begunNanos = System.nanoTime();
                await(part.start().get(), START_LIMIT);
                LOG.info("{} ready in {} ms", part.name(), (System.nanoTime() - begunNanos) / 1_000_000);
            }
            platform.listen(config.http());
            return platform;
        } catch (CompletionException e) {
            platform.stop(CLOSE_LIMIT);
            if (e.getCause() instanceof BindException taken) {
                throw new StartRefused(String.valueOf(taken.getMessage()), taken);
            }
            if (e.getCause() instanceof UnusableModel bad) {
                throw new StartRefused(String.valueOf(bad.getMessage()), bad);
            }
            throw e;
        }
    }

    private void listen(HttpConfig http) {
        Router root = routes();
        Handler<HttpServerRequest> door = door(root);
        // doors of one address share its port; a plain 0 would be another free port for each
        SocketAddress address = http.port() == 0
                ? SocketAddress.sharedRandomPort(1, http.host())
                : SocketAddress.inetSocketAddress(http.port(), http.host());
        for (int loop = 0; loop < http.eventLoops(); loop++) {
            var loopDoor = new Door(door, root, new HttpServerOptions(options), address);
            var listening = vertx.deployVerticle(loopDoor)
                    .recover(failure -> Future.failedFuture(
                            failure instanceof BindException
                                    ? new BindException("port " + http.port() + " is taken; choose another with --port")
                                    : failure));
            doors.add(await(listening, START_LIMIT));
            port = loopDoor.port();
        }
    }

    /// What is asked most goes straight to who answers it.
    private Handler<HttpServerRequest> door(Router root) {
        Router front = Router.router(vertx);
        front.route().handler(meters);
        gateway.mountFront(front);
        return request -> {
            boolean isOften = InferenceGateway.FRONT.contains(request.path());
            (isOften && RequestHeads.isSound(request) ? front : root).handle(request);
        };
    }

    /// One event loop of the port.
    private static final class Door extends VerticleBase {
        private final Handler<HttpServerRequest> requests;
        private final Handler<HttpServerRequest> badRequests;
        private final HttpServerOptions options;
        private final SocketAddress address;
        private @Nullable HttpServer server;

        Door(
                Handler<HttpServerRequest> requests,
                Handler<HttpServerRequest> badRequests,
                HttpServerOptions options,
                SocketAddress address) {
            this.requests = requests;
            this.badRequests = badRequests;
            this.address = address;
            this.options = options;
        }

        @Override
        public Future<?> start() {
            server = vertx.createHttpServer(options)
                    .connectionHandler(new SlowSenders(SlowSenders.Pace.USUAL))
                    .invalidRequestHandler(badRequests)
                    .requestHandler(requests);
            return server.listen(address);
        }

        int port() {
            return Objects.requireNonNull(server).actualPort();
        }
    }

    /// Everything on the one port; modules mount when they have started.
    private Router routes() {
        var root = Router.router(vertx);
        root.route().handler(meters);
        root.route().handler(RequestHeads::check);
        for (int status : List.of(400, 404, 405, 414, 431)) {
            root.errorHandler(status, ctx -> HttpFloor.refuseStatus(ctx, PlatformErrors.FORM, status));
        }
        new OperatorRoutes(telemetry, this::isReady, new LoopbackGate(governance.authenticator())).mount(root);
        console.mount(root);
        // the gateway answers everything below /v1 that nobody else has
        parts.stream()
                .sorted(Comparator.comparing(part -> part.name().equals(GATEWAY)))
                .forEach(part -> part.mount().accept(root));
        root.route()
                .handler(ctx -> HttpFloor.refuse(
                        ctx,
                        PlatformErrors.FORM,
                        Refusal.of(Reason.NOT_FOUND, "not_found", ctx.normalizedPath() + " is not a known path")));
        return root;
    }

    public int port() {
        return port;
    }

    /// Where Qdrant's gRPC is served, empty if it is not.
    public OptionalInt grpcPort() {
        return vectors.grpcPort();
    }

    /// The key of the demo tenant, when this start made it; given once.
    public Optional<String> freshApiKey() {
        return governance.takeFreshKey();
    }

    /// Whether every module is.
    public boolean isReady() {
        return parts.stream().allMatch(part -> part.isReady().getAsBoolean());
    }

    /// Ends streams, closes everything; returns when done or when `limit` is over.
    public void stop(Duration limit) {
        long deadlineNanos = System.nanoTime() + limit.toNanos();
        quietly("streams", gateway.drain(limit.dividedBy(2)), deadlineNanos);
        quietly("console", console.close(), deadlineNanos);
        quietly(
                "port",
                Future.join(doors.stream().map(vertx::undeploy).toList()).mapEmpty(),
                deadlineNanos);
        for (Part part : parts.reversed()) {
            quietly(part.name(), part.stop().get(), deadlineNanos);
        }
        store.close();
        quietly("event loops", vertx.close(), deadlineNanos);
    }

    /// What does not stop in time, or stops badly, must not keep the others from stopping.
    private static void quietly(String what, Future<Void> stopping, long deadlineNanos) {
        try {
            await(stopping, Duration.ofNanos(Math.max(1, deadlineNanos - System.nanoTime())));
        } catch (CompletionException e) {
            LOG.warn("{} did not stop cleanly", what, e.getCause());
        }
    }

    private static <T> T await(Future<T> future, Duration limit) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(limit.toMillis(), TimeUnit.MILLISECONDS)
                .join();
    }

    private static Path vectors(Path data) {
        return data.resolve("vectors");
    }

    private static String version() {
        return Optional.ofNullable(Platform.class.getPackage().getImplementationVersion())
                .orElse("development");
    }
}
