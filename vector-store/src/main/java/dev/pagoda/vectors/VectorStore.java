package dev.pagoda.vectors;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.vectors.collection.Catalogue;
import dev.pagoda.vectors.collection.RecallMeter;
import dev.pagoda.vectors.collection.Services;
import dev.pagoda.vectors.collection.UsageMeter;
import dev.pagoda.vectors.collection.Workers;
import dev.pagoda.vectors.grpc.GrpcServer;
import dev.pagoda.vectors.kernel.Kernels;
import dev.pagoda.vectors.qdrant.MetricsPage;
import dev.pagoda.vectors.qdrant.QdrantRoutes;
import dev.pagoda.vectors.qdrant.RemoteQdrant;
import dev.pagoda.vectors.qdrant.SnapshotHosts;
import io.micrometer.core.instrument.MultiGauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.BindException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The vector store as a part of the platform: ports on the bus, Qdrant's routes on the shared port, Qdrant's gRPC on a
/// port of its own.
///
/// [#mount] before or after [#start]; until the store has started its routes answer 503.
public final class VectorStore {
    private static final Logger LOG = LoggerFactory.getLogger(VectorStore.class);

    private static final long STOP_SECONDS = 10;

    private final Floor floor;
    private final VectorStoreConfig config;
    private final Optional<Path> directory;
    private final QdrantRoutes routes;
    private volatile @Nullable Running running;
    private volatile @Nullable GrpcServer grpc;

    /// What the store stands on.
    public record Floor(Vertx vertx, Bus bus, HttpFloor http, Telemetry telemetry) {}

    /// What there is between start and stop.
    private record Running(Services services, Ports ports, Metering metering, ScheduledExecutorService maintenance) {}

    /// How the ports are taken back.
    private interface Ports {
        Future<Void> withdraw();
    }

    /// @param directory where the vectors are kept, this store's own; empty: keep nothing
    public VectorStore(Floor floor, VectorStoreConfig config, Optional<Path> directory) {
        this.floor = floor;
        this.config = config;
        this.directory = directory;
        this.routes = new QdrantRoutes(floor.vertx(), this::services, new SnapshotHosts(config.snapshotHosts()));
        floor.telemetry().addText(new MetricsPage(this::services)::write);
    }

    /// Restores what was kept and serves the ports; completes when searches can be answered.
    public Future<Void> start() {
        return floor.vertx()
                .executeBlocking(this::open)
                .onSuccess(catalogue -> serve(catalogue))
                .compose(_ -> floor.vertx().executeBlocking(this::listen))
                .recover(failure -> stop().transform(_ -> Future.failedFuture(failure)));
    }

    /// Puts Qdrant's paths on the shared port.
    public void mount(Router root) {
        routes.mount(root, floor.http(), config.maxBodyBytes(), config.maxWait());
    }

    /// Where gRPC is served, empty if it is not.
    public OptionalInt grpcPort() {
        GrpcServer server = grpc;
        return server == null ? OptionalInt.empty() : OptionalInt.of(server.port());
    }

    /// Whether searches can be answered.
    public boolean isReady() {
        return running != null;
    }

    /// Withdraws the ports, waits a while for what runs, and closes the files with a checkpoint.
    public Future<Void> stop() {
        Running last = running;
        running = null;
        if (last == null) {
            return Future.succeededFuture();
        }
        return floor.vertx()
                .executeBlocking(this::hangUp)
                .eventually(() -> last.ports().withdraw())
                .eventually(() -> last.metering().stop())
                .eventually(() -> floor.vertx().executeBlocking(() -> {
                    close(last);
                    return null;
                }));
    }

    private Catalogue open() throws IOException {
        long start = System.nanoTime();
        Catalogue catalogue = directory.isPresent()
                ? Catalogue.open(directory.get(), config.maxCollectionsPerTenant())
                : Catalogue.inMemory(config.maxCollectionsPerTenant());
        LOG.info(
                "vectors in {}: {} collections restored in {} ms, kernel {}",
                directory.map(Path::toString).orElse("memory"),
                catalogue.list().size(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start),
                Kernels.best().name());
        return catalogue;
    }

    private void serve(Catalogue catalogue) {
        int threads = config.searchThreads() > 0
                ? config.searchThreads()
                : Runtime.getRuntime().availableProcessors();
        Workers searchers = new Workers("vectors-search", threads, config.searchQueue());
        Workers writers = new Workers("vectors-write", config.writeThreads(), config.writeQueue());
        Services services = new Services(
                catalogue,
                searchers,
                writers,
                Services.Meters.of(floor.telemetry().meters()),
                new RecallMeter(searchers, config.recallShare()),
                new UsageMeter());
        StoreMeters.register(floor.telemetry().meters(), services);
        Ports ports = servePorts(services);
        ScheduledExecutorService maintenance = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("vectors-maintenance").factory());
        long interval = config.maintenanceInterval().toMillis();
        var _ = maintenance.scheduleWithFixedDelay(
                () -> maintain(catalogue), interval, interval, TimeUnit.MILLISECONDS);
        Metering metering = new Metering(floor.vertx(), floor.bus(), services.usage(), catalogue);
        MultiGauge recall = StoreMeters.recallByCollection(floor.telemetry().meters());
        metering.start(Metering.INTERVAL, () -> StoreMeters.tellRecall(recall, catalogue));
        running = new Running(services, ports, metering, maintenance);
    }

    private Ports servePorts(Services services) {
        if (config.externalUrl().isEmpty()) {
            VectorPorts ports = new VectorPorts(floor.vertx(), services);
            ports.serve(floor.bus());
            return ports::withdraw;
        }
        LOG.info("the platform's own vectors are kept in {}", config.externalUrl());
        RemoteQdrant remote =
                new RemoteQdrant(floor.vertx(), URI.create(config.externalUrl()), config.externalApiKey());
        remote.serve(floor.bus());
        return remote::withdraw;
    }

    private @Nullable Void listen() throws IOException {
        if (config.grpcPort() < 0) {
            return null;
        }
        try {
            GrpcServer server = GrpcServer.start(
                    new GrpcServer.Settings(
                            config.grpcHost(),
                            config.grpcPort(),
                            Math.toIntExact(config.maxBodyBytes()),
                            config.maxWait()),
                    new GrpcServer.Ground(
                            routes.local(),
                            (key, wait) -> floor.http().admit(key, HttpFloor.newTrace(), wait),
                            floor.telemetry().meters(),
                            this::isReady));
            grpc = server;
            LOG.info("gRPC of the vectors on {}:{}", config.grpcHost(), server.port());
        } catch (BindException taken) {
            String told = "gRPC " + taken.getMessage()
                    + "; choose another with vectors.grpcPort, 0 for any free one or -1 for none";
            if (config.grpcPort() != VectorStoreConfig.DEFAULT_GRPC_PORT) {
                throw (BindException) new BindException(told).initCause(taken);
            }
            LOG.warn("Qdrant's gRPC is not served: {}", told);
        }
        return null;
    }

    private @Nullable Void hangUp() {
        GrpcServer server = grpc;
        grpc = null;
        if (server != null) {
            server.close();
        }
        return null;
    }

    private void maintain(Catalogue catalogue) {
        try {
            catalogue.maintain(config.checkpointBytes());
        } catch (IOException | RuntimeException | Error failed) {
            LOG.warn("maintenance of the vectors failed, it is tried again", failed);
        }
    }

    private static void close(Running last) {
        last.maintenance().shutdown();
        try {
            // a long compaction is left behind: it changes nothing that is kept
            if (!last.maintenance().awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("maintenance still runs after {} s and is left behind", STOP_SECONDS);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        last.services().writers().close();
        last.services().searchers().close();
        last.services().catalogue().close();
    }

    private Services services() {
        Running now = running;
        if (now == null) {
            throw new Refused(Reason.UNAVAILABLE, "not_ready", "the vector store is not running now");
        }
        return now.services();
    }
}
