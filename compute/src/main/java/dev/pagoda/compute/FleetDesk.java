package dev.pagoda.compute;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.AddNodes;
import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.CordonNode;
import dev.pagoda.compute.api.Explanation;
import dev.pagoda.compute.api.FindLink;
import dev.pagoda.compute.api.FleetStatus;
import dev.pagoda.compute.api.JobChanged;
import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.api.LinkBetween;
import dev.pagoda.compute.api.ListNodes;
import dev.pagoda.compute.api.ListPlacements;
import dev.pagoda.compute.api.NodeChanged;
import dev.pagoda.compute.api.NodeSet;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.NodeView;
import dev.pagoda.compute.api.NodesReply;
import dev.pagoda.compute.api.PartitionSet;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.compute.api.PlacementRefusal;
import dev.pagoda.compute.api.PlacementsReply;
import dev.pagoda.compute.api.PlacementsReply.PlacementView;
import dev.pagoda.compute.api.ReleaseGang;
import dev.pagoda.compute.api.Released;
import dev.pagoda.compute.api.SetDevice;
import dev.pagoda.compute.api.SetLinks;
import dev.pagoda.compute.api.SetNode;
import dev.pagoda.compute.api.SetPartition;
import dev.pagoda.compute.api.StartTimes;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.Interconnect;
import dev.pagoda.compute.fleet.Interconnect.Place;
import dev.pagoda.compute.fleet.NearestName;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeBook;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.fleet.PartitionState;
import dev.pagoda.compute.queue.Scheduler;
import dev.pagoda.compute.queue.SchedulerEvent;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// Nodes, and devices for replicas of models, which get them at once or not at all. On the scheduler's context.
final class FleetDesk {
    private static final Duration NEWS = Duration.ofSeconds(5);

    private final Bus bus;
    private final LiveScheduler live;
    private final FleetViews views;
    private final FleetMeters meters;
    private final Activity activity;
    private final InstantSource clock;
    private final NodeBook book;
    private final Consumer<List<Node>> grown;
    private final Interconnect interconnect = new Interconnect(AcceleratorCatalogue.shipped());

    /// Those that hold devices, by the job that does.
    private final Map<String, Held> placements = new LinkedHashMap<>();

    private record Held(PlaceGang gang, Placed placed, long atMicros) {}

    FleetDesk(
            Bus bus,
            LiveScheduler live,
            FleetViews views,
            FleetMeters meters,
            Activity activity,
            InstantSource clock,
            NodeBook book,
            Consumer<List<Node>> grown) {
        this.book = book;
        this.grown = grown;
        this.activity = activity;
        this.bus = bus;
        this.live = live;
        this.views = views;
        this.meters = meters;
        this.clock = clock;
    }

    void serve() {
        bus.serve(Compute.PLACE, this::place);
        bus.serve(Compute.RELEASE, this::release);
        bus.serve(Compute.LINK, this::link);
        bus.serve(Compute.NODES, this::nodes);
        bus.serve(Compute.PLACEMENTS, this::placements);
        bus.serve(Compute.SET_NODE, this::setNode);
        bus.serve(Compute.CORDON_NODE, this::cordon);
        bus.serve(Compute.ADD_NODES, this::add);
        bus.serve(Compute.SET_DEVICE, this::setDevice);
        bus.serve(Compute.SET_LINKS, this::setLinks);
        bus.serve(Compute.SET_PARTITION, this::setPartition);
        bus.subscribe(Compute.DEVICE_ACTIVITY, (news, call) -> activity.told(news));
        bus.serve(Compute.STATUS, (query, call) -> Future.succeededFuture(status()));
    }

    void refreshMeters() {
        activity.jobs(scheduler().jobs());
        meters.changed(status(), views.samples(scheduler()));
    }

    /// Hears what the scheduler did, in order.
    void decided(String queue, JobDecision decision) {
        Call call = Call.platform(NEWS);
        bus.publish(Compute.JOB_CHANGED, new JobChanged(queue, decision), call);
        boolean isLost = switch (decision.action()) {
            case PREEMPTED, REQUEUED -> true;
            case QUEUED, STARTED, MOVED, RESIZED, FINISHED, CANCELLED, REJECTED -> false;
        };
        Held held = isLost ? placements.remove(decision.job()) : null;
        if (held != null) {
            meters.lost(1);
            bus.publish(
                    Compute.PLACEMENT_LOST,
                    new PlacementLost(
                            decision.job(),
                            held.gang.owner(),
                            downNode(held.placed),
                            held.placed.devices(),
                            decision.atMicros()),
                    call);
            // else it would get devices again that nobody uses
            live.insist(new SchedulerEvent.Cancel(decision.job()));
        }
    }

    /// The first node of a placement that is down; its first one when none is.
    private String downNode(Placed placed) {
        return placed.devices().stream()
                .map(device -> device.node())
                .filter(node -> views.node(scheduler(), this::owner, node).state() == NodeState.DOWN)
                .findFirst()
                .orElse(placed.devices().getFirst().node());
    }

    private Future<Placed> place(PlaceGang gang, Call call) {
        JobSpec spec;
        try {
            spec = ServingJobs.spec(ServingJobs.id(live.nextSequence()), gang, views.accelerators());
        } catch (IllegalArgumentException tooLarge) {
            return refused(PlacementRefusal.FLEET_TOO_SMALL, String.valueOf(tooLarge.getMessage()));
        }
        return live.tell(new SchedulerEvent.Submit(spec)).compose(decisions -> {
            JobView job = scheduler()
                    .job(spec.id())
                    .orElseThrow(() -> new Refused(Reason.CONFLICT, "not_queued", because(decisions, spec.id())));
            if (call.isExpired()) {
                // whoever asked has given up and will not give them back
                return live.insist(new SchedulerEvent.Cancel(spec.id()))
                        .compose(cancelled -> Future.failedFuture(new Refused(
                                Reason.DEADLINE, "too_late", "the devices came after the caller's deadline")));
            }
            if (job.phase() == JobPhase.RUNNING) {
                return Future.succeededFuture(granted(gang, job));
            }
            if (job.phase().isOver()) {
                throw new Refused(Reason.CONFLICT, "not_queued", because(decisions, spec.id()));
            }
            Explanation why = scheduler()
                    .explain(spec.id(), false)
                    .orElseThrow(() -> new Refused(Reason.CONFLICT, "not_queued", because(decisions, spec.id())));
            return live.insist(new SchedulerEvent.Cancel(spec.id()))
                    .compose(cancelled -> refused(ServingJobs.refusal(why, knows(spec)), why.sentence()));
        });
    }

    private Placed granted(PlaceGang gang, JobView job) {
        AcceleratorSpec kind = views.accelerators().stream()
                .filter(each -> each.id().equals(job.accelerator()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("job " + job.spec().id() + " runs on nothing known"));
        var placed = new Placed(
                job.spec().id(),
                ServingJobs.devices(job),
                kind,
                Objects.requireNonNullElse(job.start(), StartTimes.NONE));
        placements.put(placed.placementId(), new Held(gang, placed, scheduler().nowMicros()));
        refreshMeters();
        return placed;
    }

    private static String because(List<JobDecision> decisions, String job) {
        return decisions.stream()
                .filter(decision -> decision.job().equals(job))
                .map(JobDecision::because)
                .reduce((first, last) -> last)
                .orElse("the scheduler did not take it in");
    }

    private boolean knows(JobSpec spec) {
        return spec.task().accelerators().stream()
                .anyMatch(id ->
                        views.accelerators().stream().anyMatch(kind -> kind.id().equals(id)));
    }

    private <T> Future<T> refused(PlacementRefusal reason, String sentence) {
        meters.refused(reason);
        return Future.failedFuture(new Refused(busReason(reason), reason.name().toLowerCase(Locale.ROOT), sentence));
    }

    private Future<Released> release(ReleaseGang release, Call call) {
        if (!placements.containsKey(release.placementId())) {
            return Future.succeededFuture(new Released(0));
        }
        return live.tell(new SchedulerEvent.Cancel(release.placementId())).map(decisions -> {
            Held held = placements.remove(release.placementId());
            refreshMeters();
            return new Released(held == null ? 0 : held.placed.devices().size());
        });
    }

    private Future<LinkBetween> link(FindLink ends, Call call) {
        Held from = placements.get(ends.from());
        Held to = placements.get(ends.to());
        if (from == null || to == null) {
            return Future.failedFuture(new Refused(
                    Reason.NOT_FOUND,
                    "placement_not_found",
                    "placement " + (from == null ? ends.from() : ends.to()) + " does not exist"));
        }
        List<Place> one = places(from.placed);
        List<Place> other = places(to.placed);
        int pairs = Math.min(one.size(), other.size());
        Interconnect.Path narrowest = interconnect.between(one.getFirst(), other.getFirst());
        double least = narrowest.bytesPerSecond() * left(one.getFirst(), other.getFirst());
        for (int i = 1; i < pairs; i++) {
            Interconnect.Path path = interconnect.between(one.get(i), other.get(i));
            double rate = path.bytesPerSecond() * left(one.get(i), other.get(i));
            if (rate < least) {
                narrowest = path;
                least = rate;
            }
        }
        return Future.succeededFuture(new LinkBetween(
                narrowest.level().name().toLowerCase(Locale.ROOT), pairs * least, narrowest.latencySeconds()));
    }

    private List<Place> places(Placed placed) {
        return placed.devices().stream()
                .map(device -> new Place(book.find(device.node()).orElseThrow(), device.index()))
                .toList();
    }

    /// The share that degraded nodes have left of their links to others.
    private double left(Place one, Place other) {
        return one.node().id().equals(other.node().id()) ? 1 : Math.min(left(one), left(other));
    }

    private double left(Place place) {
        return scheduler()
                .linkLeft(scheduler().cluster().find(place.node().id()).orElseThrow());
    }

    private Future<NodesReply> nodes(ListNodes query, Call call) {
        live.look();
        return Future.succeededFuture(new NodesReply(
                views.nodes(scheduler(), this::owner).stream()
                        .map(node -> shown(node, call.principal()))
                        .toList(),
                views.accelerators()));
    }

    /// Others than administrators see neither who holds a device nor the names of other tenants' jobs.
    private static NodeView shown(NodeView node, Principal who) {
        return who.isAdmin() ? node : node.withoutOwners();
    }

    private Future<PlacementsReply> placements(ListPlacements query, Call call) {
        boolean withOwner = call.principal().isAdmin();
        List<PlacementView> shown = new ArrayList<>();
        placements.forEach((id, held) -> shown.add(new PlacementView(
                id,
                withOwner ? held.gang.owner() : null,
                held.placed.accelerator().id(),
                held.gang.bytesPerDevice(),
                held.atMicros,
                held.placed.devices())));
        return Future.succeededFuture(new PlacementsReply(shown));
    }

    private Future<NodeSet> setNode(SetNode change, Call call) {
        JobDesk.requireAdmin(call, "taking a node down or bringing it back");
        requireNode(change.node());
        SchedulerEvent event = switch (change.state()) {
            case UP -> new SchedulerEvent.NodeRepaired(change.node());
            case DRAINING -> new SchedulerEvent.NodeDrained(change.node());
            case DOWN -> new SchedulerEvent.NodeFailed(change.node());
        };
        return change(change.node(), state(change.node()) != change.state(), event, call);
    }

    private Future<NodeSet> cordon(CordonNode change, Call call) {
        JobDesk.requireAdmin(call, "keeping work off a node");
        String node = change.node();
        requireNode(node);
        NodeState state = state(node);
        if (state == NodeState.DOWN) {
            throw new Refused(
                    Reason.CONFLICT, "node_down", "node " + node + " is down; POST .../recover brings it back");
        }
        return switch (change.action()) {
            case CORDON -> change(node, state == NodeState.UP, new SchedulerEvent.NodeDrained(node), call);
            // again for what came to it before it was cordoned
            case DRAIN -> change(node, true, new SchedulerEvent.NodeEvicted(node), call);
            case UNCORDON -> change(node, state == NodeState.DRAINING, new SchedulerEvent.NodeRepaired(node), call);
        };
    }

    private Future<NodesReply> add(AddNodes change, Call call) {
        JobDesk.requireAdmin(call, "adding nodes");
        NodeGroup group;
        List<Node> nodes;
        try {
            group = NewNodes.group(change);
            nodes = book.nodes(group);
        } catch (IllegalArgumentException wrong) {
            throw new Refused(Reason.INVALID, "invalid_nodes", String.valueOf(wrong.getMessage()));
        }
        int known = scheduler().cluster().nodes();
        if (known + nodes.size() > ComputeConfig.MAX_NODES) {
            throw new Refused(
                    Reason.UNPROCESSABLE,
                    "fleet_too_large",
                    known + " nodes and " + nodes.size() + " more are above " + ComputeConfig.MAX_NODES);
        }
        return live.tell(new SchedulerEvent.GroupAdded(group)).map(decisions -> {
            long nowMicros = WallTime.micros(clock);
            views.add(nodes, nowMicros);
            grown.accept(nodes);
            meters.know(group.accelerator());
            refreshMeters();
            nodes.forEach(node ->
                    bus.publish(Compute.NODE_CHANGED, new NodeChanged(node.id(), NodeState.UP, nowMicros), call));
            return new NodesReply(
                    nodes.stream()
                            .map(node -> views.node(scheduler(), this::owner, node.id()))
                            .toList(),
                    views.accelerators());
        });
    }

    private NodeState state(String node) {
        return views.node(scheduler(), this::owner, node).state();
    }

    private Future<NodeSet> change(String node, boolean changes, SchedulerEvent event, Call call) {
        if (!changes) {
            return Future.succeededFuture(new NodeSet(views.node(scheduler(), this::owner, node), false, List.of()));
        }
        List<String> before = List.copyOf(placements.keySet());
        NodeState was = state(node);
        return live.tell(event).map(decisions -> {
            long nowMicros = WallTime.micros(clock);
            NodeState is = state(node);
            if (is != was) {
                views.changed(node, nowMicros);
                bus.publish(Compute.NODE_CHANGED, new NodeChanged(node, is, nowMicros), call);
            }
            refreshMeters();
            List<String> lost =
                    before.stream().filter(id -> !placements.containsKey(id)).toList();
            return new NodeSet(views.node(scheduler(), this::owner, node), is != was || !lost.isEmpty(), lost);
        });
    }

    private Future<NodeView> setDevice(SetDevice change, Call call) {
        JobDesk.requireAdmin(call, "taking a device down or bringing it back");
        requireNode(change.node());
        requireDevice(change.node(), change.device());
        return live.tell(
                        change.state() == NodeState.UP
                                ? new SchedulerEvent.DeviceRepaired(change.node(), change.device())
                                : new SchedulerEvent.DeviceFailed(change.node(), change.device()))
                .map(decisions -> {
                    refreshMeters();
                    return views.node(scheduler(), this::owner, change.node());
                });
    }

    private Future<NodeView> setLinks(SetLinks change, Call call) {
        JobDesk.requireAdmin(call, "changing the links of a node");
        requireNode(change.node());
        return live.tell(
                        change.left() == 1
                                ? new SchedulerEvent.LinkRepaired(change.node())
                                : new SchedulerEvent.LinkDegraded(change.node(), change.left()))
                .map(decisions -> views.node(scheduler(), this::owner, change.node()));
    }

    private Future<PartitionSet> setPartition(SetPartition change, Call call) {
        JobDesk.requireAdmin(call, "dividing a device");
        String node = change.node();
        requireNode(node);
        requireDevice(node, change.device());
        return live.tell(new SchedulerEvent.Repartition(node, change.device(), change.mode()))
                .map(decisions -> {
                    refreshMeters();
                    int index = scheduler().cluster().find(node).orElseThrow();
                    return switch (scheduler().mode(index, change.device())) {
                        case PartitionState.Serving(var mode) ->
                            new PartitionSet(node, change.device(), mode.name(), null, null);
                        case PartitionState.Draining(var mode, var next, long since) ->
                            new PartitionSet(node, change.device(), mode.name(), next.name(), null);
                        case PartitionState.Switching(var mode, var next, long readyAt) ->
                            new PartitionSet(node, change.device(), mode.name(), next.name(), readyAt);
                    };
                });
    }

    private void requireDevice(String node, int device) {
        int devices = views.node(scheduler(), this::owner, node).devices().size();
        if (device < 0 || device >= devices) {
            throw new Refused(
                    Reason.NOT_FOUND,
                    "device_not_found",
                    "node " + node + " has devices 0 to " + (devices - 1) + ", no " + device);
        }
    }

    private void requireNode(String node) {
        if (!views.has(node)) {
            String nearest = NearestName.of(node, views.nodeIds())
                    .map(name -> "; the nearest is " + name)
                    .orElse("");
            throw new Refused(Reason.NOT_FOUND, "node_not_found", "the fleet has no node " + node + nearest);
        }
    }

    private String owner(String job) {
        Held held = placements.get(job);
        return held == null ? "job " + job : held.gang.owner();
    }

    private FleetStatus status() {
        return views.status(scheduler(), placements.size());
    }

    private Scheduler scheduler() {
        return live.scheduler();
    }

    private static Reason busReason(PlacementRefusal reason) {
        return switch (reason) {
            case NO_SUCH_ACCELERATOR, DEVICE_TOO_SMALL, FLEET_TOO_SMALL -> Reason.UNPROCESSABLE;
            case NODES_DOWN, FRAGMENTED, BUSY -> Reason.EXHAUSTED;
        };
    }
}
