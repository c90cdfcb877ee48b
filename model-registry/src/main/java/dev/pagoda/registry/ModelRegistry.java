package dev.pagoda.registry;

import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.registry.http.ModelRoutes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The registry module as one piece: its tables, ports, routes and meters.
///
/// SQL is the truth. All models are also in memory, owned by one event loop that answers reads; a change is a
/// transaction that reads, checks and writes, and reaches memory and the bus once it is durable.
public final class ModelRegistry {
    private final Surroundings around;
    private final RegistryVerticle verticle;
    private volatile @Nullable String deployment;

    public ModelRegistry(Surroundings around, RegistryConfig config) {
        this.around = around;
        this.verticle = new RegistryVerticle(
                around.bus(), around.store(), config, new RegistryMeters(around.telemetry()), around.clock());
    }

    /// Migrates, seeds, reads everything and serves the ports; completes when they answer.
    public Future<Void> start() {
        return around.vertx().deployVerticle(verticle).map(id -> {
            deployment = id;
            return null;
        });
    }

    /// Adds the routes below `/platform/models`.
    public void mount(Router root) {
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
        return around.vertx().undeploy(id);
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
