package dev.pagoda.registry;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Registration;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.files.FileRoutes;
import dev.pagoda.registry.files.TenantFiles;
import dev.pagoda.registry.http.ModelRoutes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// The registry module as one piece: its tables, ports, routes and meters.
///
/// SQL is the truth. All models are also in memory, owned by one event loop that answers reads; a change is a
/// transaction that reads, checks and writes, and reaches memory and the bus once it is durable.
public final class ModelRegistry {
    private final Surroundings around;
    private final RegistryVerticle verticle;
    private final TenantFiles files;
    private final List<Registration> ports = new CopyOnWriteArrayList<>();
    private volatile @Nullable String deployment;

    /// @param blobs where contents of files are kept, this module's own; empty: keep nothing
    public ModelRegistry(Surroundings around, RegistryConfig config, Optional<Path> blobs) {
        this.around = around;
        this.files = new TenantFiles(around.vertx(), around.store(), around.clock(), blobs);
        this.verticle = new RegistryVerticle(
                around.bus(), around.store(), config, new RegistryMeters(around.telemetry()), around.clock());
    }

    /// Migrates, seeds, reads everything and serves the ports; completes when they answer.
    public Future<Void> start() {
        return around.vertx()
                .deployVerticle(verticle)
                .compose(id -> files.start().map(_ -> {
                    ports.add(around.bus().serve(Registry.FILE, (query, call) -> files.find(query.id(), call)));
                    ports.add(around.bus().serve(Registry.FILE_CONTENT, (query, call) -> files.read(query.id(), call)));
                    ports.add(around.bus()
                            .serve(
                                    Registry.KEEP_FILE,
                                    (file, call) -> files.add(
                                            file.filename(),
                                            file.purpose(),
                                            file.content(),
                                            file.lifeSeconds(),
                                            call)));
                    deployment = id;
                    return null;
                }));
    }

    /// Adds the routes below `/platform/models` and `/v1/files`.
    public void mount(Router root) {
        new FileRoutes(files).mount(root, around.http());
        new ModelRoutes(around.bus(), around.http()).mount(root);
    }

    public boolean isReady() {
        return deployment != null;
    }

    /// Withdraws the ports; changes in flight still become durable.
    public Future<Void> stop() {
        String id = deployment;
        if (id == null) {
            return Future.succeededFuture();
        }
        deployment = null;
        return Future.join(ports.stream().map(Registration::withdraw).toList())
                .eventually(() -> around.vertx().undeploy(id))
                .eventually(files::stop)
                .mapEmpty();
    }

    /// What the module needs from the platform.
    public record Surroundings(
            Vertx vertx, Bus bus, Store store, HttpFloor http, Telemetry telemetry, InstantSource clock) {
        public Surroundings {
            Objects.requireNonNull(vertx, "vertx");
            Objects.requireNonNull(bus, "bus");
            Objects.requireNonNull(store, "store");
            Objects.requireNonNull(http, "http");
            Objects.requireNonNull(telemetry, "telemetry");
            Objects.requireNonNull(clock, "clock");
        }
    }
}
