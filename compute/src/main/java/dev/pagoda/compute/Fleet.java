package dev.pagoda.compute;

import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.http.FleetRoutes;
import dev.pagoda.compute.placement.Placements;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The compute module as one piece: its ports, routes and meters over one fleet.
///
/// The fleet's state lives in memory and is owned by one event loop; everybody else, the routes included, asks
/// it over the bus. Who held devices before a restart must ask again.
public final class Fleet {
    private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

    private final Surroundings around;
    private final ComputeConfig config;
    private final FleetVerticle verticle;
    private volatile @Nullable String deployment;

    /// A fleet that is built but does not answer yet.
    ///
    /// @throws IllegalArgumentException if the configuration names an unknown accelerator or two nodes alike
    public Fleet(Surroundings around, ComputeConfig config) {
        this.around = around;
        this.config = config;
        var placements = new Placements(
                config.fleet(AcceleratorCatalogue.shipped()), config.strategy(), WallTime.micros(around.clock()));
        var meters = new FleetMeters(around.telemetry(), placements);
        this.verticle = new FleetVerticle(around.bus(), placements, meters, around.clock());
    }

    /// Serves the ports; completes when they answer.
    public Future<Void> start() {
        return around.vertx().deployVerticle(verticle).map(id -> {
            deployment = id;
            LOG.info("compute: {} nodes, strategy {}", verticle.nodes(), config.strategy());
            return null;
        });
    }

    /// Adds the routes below `/platform/nodes` and `/platform/placements`.
    public void mount(Router root) {
        new FleetRoutes(around.bus(), around.http()).mount(root);
    }

    public boolean isReady() {
        return deployment != null;
    }

    /// Withdraws the ports.
    public Future<Void> stop() {
        String id = deployment;
        if (id == null) {
            return Future.succeededFuture();
        }
        deployment = null;
        return around.vertx().undeploy(id);
    }

    /// What the module needs from the platform.
    public record Surroundings(Vertx vertx, Bus bus, HttpFloor http, Telemetry telemetry, InstantSource clock) {
        public Surroundings {
            Objects.requireNonNull(vertx, "vertx");
            Objects.requireNonNull(bus, "bus");
            Objects.requireNonNull(http, "http");
            Objects.requireNonNull(telemetry, "telemetry");
            Objects.requireNonNull(clock, "clock");
        }
    }
}
