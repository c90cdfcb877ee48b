package dev.pagoda.compute;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.ListNodes;
import dev.pagoda.compute.api.ListPlacements;
import dev.pagoda.compute.api.NodeChanged;
import dev.pagoda.compute.api.NodeSet;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.NodeView;
import dev.pagoda.compute.api.NodesReply;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.compute.api.PlacementRefusal;
import dev.pagoda.compute.api.PlacementsReply;
import dev.pagoda.compute.api.PlacementsReply.PlacementView;
import dev.pagoda.compute.api.ReleaseGang;
import dev.pagoda.compute.api.Released;
import dev.pagoda.compute.api.SetNode;
import dev.pagoda.compute.fleet.NearestName;
import dev.pagoda.compute.placement.Placement;
import dev.pagoda.compute.placement.Placements;
import dev.pagoda.compute.placement.Verdict;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;

/// The owner of the fleet's state: every port is answered on its event loop.
final class FleetVerticle extends VerticleBase {
    private final Bus bus;
    private final Placements fleet;
    private final FleetMeters meters;
    private final InstantSource clock;

    FleetVerticle(Bus bus, Placements fleet, FleetMeters meters, InstantSource clock) {
        this.bus = bus;
        this.fleet = fleet;
        this.meters = meters;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        bus.serve(Compute.PLACE, this::place);
        bus.serve(Compute.RELEASE, this::release);
        bus.serve(Compute.NODES, this::nodes);
        bus.serve(Compute.PLACEMENTS, this::placements);
        bus.serve(Compute.SET_NODE, this::setNode);
        bus.serve(Compute.STATUS, (query, call) -> Future.succeededFuture(fleet.status()));
        return Future.succeededFuture();
    }

    int nodes() {
        return fleet.status().nodes();
    }

    private Future<Placed> place(PlaceGang gang, Call call) {
        return switch (fleet.place(gang, WallTime.micros(clock))) {
            case Verdict.Granted(Placement placement) -> {
                meters.changed(fleet);
                yield Future.succeededFuture(placement.placed());
            }
            case Verdict.Refused(PlacementRefusal reason, String sentence) -> {
                meters.refused(reason);
                yield Future.failedFuture(new Refused(busReason(reason), code(reason), sentence));
            }
        };
    }

    private Future<Released> release(ReleaseGang release, Call call) {
        int devices = fleet.release(release.placementId())
                .map(placement -> placement.devices().size())
                .orElse(0);
        meters.changed(fleet);
        return Future.succeededFuture(new Released(devices));
    }

    private Future<NodesReply> nodes(ListNodes query, Call call) {
        List<NodeView> views = fleet.nodes();
        if (!call.principal().isAdmin()) {
            views = views.stream().map(NodeView::withoutOwners).toList();
        }
        return Future.succeededFuture(new NodesReply(views, fleet.accelerators()));
    }

    private Future<PlacementsReply> placements(ListPlacements query, Call call) {
        boolean withOwner = call.principal().isAdmin();
        return Future.succeededFuture(new PlacementsReply(fleet.placements().stream()
                .map(placement -> new PlacementView(
                        placement.id(),
                        withOwner ? placement.owner() : null,
                        placement.accelerator().id(),
                        placement.bytesPerDevice(),
                        placement.placedAtMicros(),
                        placement.devices()))
                .toList()));
    }

    private Future<NodeSet> setNode(SetNode change, Call call) {
        if (!call.principal().isAdmin()) {
            return Future.failedFuture(new Refused(
                    Reason.FORBIDDEN, "admin_only", "taking a node down or bringing it back needs an administrator"));
        }
        String node = change.node();
        if (!fleet.hasNode(node)) {
            return Future.failedFuture(
                    new Refused(Reason.NOT_FOUND, "node_not_found", "the fleet has no node " + node + nearest(node)));
        }
        long nowMicros = WallTime.micros(clock);
        boolean wasUp = fleet.node(node).state() == NodeState.UP;
        List<Placement> lost = switch (change.state()) {
            case DOWN -> fleet.fail(node, nowMicros);
            case UP -> {
                fleet.recover(node, nowMicros);
                yield List.of();
            }
        };
        boolean changed = wasUp != (change.state() == NodeState.UP);
        meters.changed(fleet);
        meters.lost(lost.size());
        for (Placement placement : lost) {
            bus.publish(
                    Compute.PLACEMENT_LOST,
                    new PlacementLost(placement.id(), placement.owner(), node, placement.devices(), nowMicros),
                    call);
        }
        if (changed) {
            bus.publish(Compute.NODE_CHANGED, new NodeChanged(node, change.state(), nowMicros), call);
        }
        return Future.succeededFuture(new NodeSet(
                fleet.node(node), changed, lost.stream().map(Placement::id).toList()));
    }

    private String nearest(String node) {
        List<String> ids = fleet.nodes().stream().map(NodeView::id).toList();
        return NearestName.of(node, ids).map(name -> "; the nearest is " + name).orElse("");
    }

    private static Reason busReason(PlacementRefusal reason) {
        return switch (reason) {
            case NO_SUCH_ACCELERATOR, DEVICE_TOO_SMALL, FLEET_TOO_SMALL -> Reason.UNPROCESSABLE;
            case NODES_DOWN, FRAGMENTED, BUSY -> Reason.EXHAUSTED;
        };
    }

    private static String code(PlacementRefusal reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }
}
