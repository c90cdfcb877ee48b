package dev.pagoda.compute;

import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.queue.Scheduler;
import dev.pagoda.compute.queue.SchedulerEvent;
import dev.pagoda.compute.queue.SchedulerSetup;
import dev.pagoda.compute.queue.SchedulerSnapshot;
import dev.pagoda.governance.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The owner of the fleet's state: every port is answered on its context.
final class FleetVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(FleetVerticle.class);

    private final Bus bus;
    private final EventLog journal;
    private final List<Node> fleet;
    private final SchedulerSetup setup;
    private final FleetMeters meters;
    private final Activity activity;
    private final InstantSource clock;
    /// Hears of nodes that came after the first.
    private final Consumer<List<Node>> grown;
    private @Nullable LiveScheduler live;

    FleetVerticle(
            Bus bus,
            EventLog journal,
            List<Node> fleet,
            SchedulerSetup setup,
            FleetMeters meters,
            Activity activity,
            InstantSource clock,
            Consumer<List<Node>> grown) {
        this.grown = grown;
        this.activity = activity;
        this.bus = bus;
        this.journal = journal;
        this.fleet = List.copyOf(fleet);
        this.setup = setup;
        this.meters = meters;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        return vertx.executeBlocking(() -> {
                    journal.migrate();
                    return true;
                })
                .compose(migrated -> journal.read())
                .compose(this::start);
    }

    private Future<?> start(EventLog.Kept kept) {
        var news = new News();
        var scheduler = new LiveScheduler(vertx, journal, clock, kept, this::fresh, this::restored, news::decided);
        live = scheduler;
        var views = new FleetViews(fleet, WallTime.micros(clock));
        for (NodeGroup group : scheduler.scheduler().added()) {
            List<Node> nodes = setup.nodes().nodes(group);
            views.add(nodes, WallTime.micros(clock));
            grown.accept(nodes);
        }
        var desk = new FleetDesk(bus, scheduler, views, meters, activity, clock, setup.nodes(), grown);
        news.tell(scheduler, desk);
        desk.serve();
        new JobDesk(vertx, scheduler).serve(bus);
        desk.refreshMeters();
        // who held these has restarted too and asks again
        return Future.all(scheduler.scheduler().jobs().stream()
                .filter(job -> !job.phase().isOver() && ServingJobs.isOne(job.spec()))
                .map(job -> scheduler.tell(new SchedulerEvent.Cancel(job.spec().id())))
                .toList());
    }

    private Scheduler fresh(long atMicros) {
        return new Scheduler(Hosts.of(fleet), Queues.initial(), setup, atMicros);
    }

    /// On a fleet that is configured otherwise now, the jobs that are not over begin anew.
    private Scheduler restored(SchedulerSnapshot snapshot) {
        List<NodeGroup> added = Objects.requireNonNullElse(snapshot.added(), List.of());
        try {
            List<Node> nodes = new ArrayList<>(fleet);
            added.forEach(group -> nodes.addAll(setup.nodes().nodes(group)));
            setup.nodes().add(nodes);
            return Scheduler.restore(snapshot, Hosts.of(nodes), setup);
        } catch (IllegalArgumentException otherFleet) {
            LOG.warn(
                    "compute: the fleet is not the one of the last start, so jobs begin anew: {}",
                    otherFleet.getMessage());
            var scheduler = new Scheduler(Hosts.of(fleet), snapshot.quotas(), setup, snapshot.nowMicros());
            for (NodeGroup group : added) {
                try {
                    scheduler.apply(new SchedulerEvent.GroupAdded(group), snapshot.nowMicros());
                } catch (IllegalArgumentException configuredToo) {
                    LOG.warn("compute: nodes {} are not added again: {}", group.prefix(), configuredToo.getMessage());
                }
            }
            for (SchedulerSnapshot.JobRecord job : snapshot.jobs()) {
                if (job.phase() == JobPhase.PENDING || job.phase() == JobPhase.RUNNING) {
                    scheduler.apply(new SchedulerEvent.Submit(job.spec()), snapshot.nowMicros());
                }
            }
            return scheduler;
        }
    }

    @Override
    public Future<?> stop() {
        LiveScheduler running = live;
        if (running != null) {
            running.close();
        }
        return Future.succeededFuture();
    }

    int nodes() {
        return fleet.size();
    }

    /// Passes decisions on, once there is somebody to pass them to.
    private static final class News {
        private @Nullable LiveScheduler live;
        private @Nullable FleetDesk desk;

        void tell(LiveScheduler scheduler, FleetDesk to) {
            live = scheduler;
            desk = to;
        }

        void decided(List<JobDecision> decisions) {
            LiveScheduler scheduler = live;
            FleetDesk to = desk;
            if (scheduler == null || to == null) {
                return;
            }
            for (JobDecision decision : decisions) {
                String queue = scheduler
                        .scheduler()
                        .job(decision.job())
                        .map(JobView::spec)
                        .map(spec -> spec.queue())
                        .orElse("");
                to.decided(queue, decision);
            }
            to.refreshMeters();
        }
    }
}
