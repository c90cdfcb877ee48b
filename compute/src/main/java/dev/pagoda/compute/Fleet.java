package dev.pagoda.compute;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.Interconnect;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeBook;
import dev.pagoda.compute.http.EventStream;
import dev.pagoda.compute.http.FleetRoutes;
import dev.pagoda.compute.http.JobRoutes;
import dev.pagoda.compute.kubernetes.ResourceNames;
import dev.pagoda.compute.placement.ArrivalMix;
import dev.pagoda.compute.placement.Policies;
import dev.pagoda.compute.queue.FleetLinks;
import dev.pagoda.compute.queue.LinkTable;
import dev.pagoda.compute.queue.SchedulerPolicy;
import dev.pagoda.compute.queue.SchedulerSetup;
import dev.pagoda.compute.queue.Units;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.http.HttpFloor;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The compute module as one piece: its ports, routes and meters over one fleet.
///
/// The scheduler's state lives in memory, is owned by one virtual thread at a time, and is in the store before it is
/// answered, so that jobs, quotas and failures survive a restart; everybody else, the routes included, asks for it over
/// the bus. Replicas of models must ask for their devices again.
public final class Fleet {
    /// Of which the placement policy learns what to expect.
    private static final int ARRIVALS = 1_000;

    /// Of policies that draw lots.
    private static final long SEED = 1;

    private static final Logger LOG = LoggerFactory.getLogger(Fleet.class);

    private final Surroundings around;
    private final ComputeConfig config;
    private final AcceleratorCatalogue catalogue = AcceleratorCatalogue.shipped();
    /// Those that there are; nodes of others may come.
    private final CopyOnWriteArrayList<AcceleratorSpec> kinds;
    private final FleetVerticle verticle;
    private volatile @Nullable String deployment;

    /// A fleet that is built but does not answer yet.
    ///
    /// @throws IllegalArgumentException if the configuration names an unknown accelerator or two nodes alike
    public Fleet(Surroundings around, ComputeConfig config) {
        this.around = around;
        this.config = config;
        List<Node> nodes = config.fleet(catalogue);
        this.kinds = new CopyOnWriteArrayList<>(
                nodes.stream().map(Node::accelerator).distinct().toList());
        var book = new NodeBook(catalogue, nodes);
        var setup = new SchedulerSetup(
                SchedulerPolicy.defaults(),
                Policies.named(config.strategy().policy(), ArrivalMix.UNKNOWN, SEED),
                new FleetLinks(new Interconnect(catalogue), book, LinkTable.defaults()),
                Units.of(catalogue.all()),
                book,
                ARRIVALS);
        var activity = new Activity();
        this.verticle = new FleetVerticle(
                around.bus(),
                new EventLog(around.store()),
                nodes,
                setup,
                new FleetMeters(around.telemetry(), nodes, activity::of, around.clock()),
                activity,
                around.clock(),
                added -> added.forEach(node -> kinds.addIfAbsent(node.accelerator())));
    }

    /// Serves the ports; completes when they answer.
    public Future<Void> start() {
        return around.vertx()
                .deployVerticle(verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD))
                .map(id -> {
                    deployment = id;
                    LOG.info("compute: {} nodes, placed by {}", verticle.nodes(), config.strategy());
                    return null;
                });
    }

    /// Adds the routes below `/platform/nodes`, `/platform/placements`, `/platform/jobs`, `/platform/queues` and
    /// `/platform/compute`.
    public void mount(Router root) {
        new FleetRoutes(around.bus(), around.http()).mount(root);
        new JobRoutes(
                        around.bus(),
                        around.http(),
                        new EventStream(around.vertx(), around.bus()),
                        new ResourceNames(catalogue),
                        kinds)
                .mount(root);
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
