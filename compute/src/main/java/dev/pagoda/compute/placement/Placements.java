package dev.pagoda.compute.placement;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.FleetStatus;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.NodeView;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.fleet.Node;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which placement holds which device of a fleet.
///
/// **What is placed.** A gang of whole devices of one kind, all or none. Kinds are tried in the order of the
/// gang's preference; without one, from the kind with the least memory, so that large devices stay free for
/// large models.
///
/// **Where.** One node if any has enough free devices, because its devices share fast links: the fullest such
/// node under [Strategy#BINPACK], the emptiest under [Strategy#SPREAD]. Otherwise, if the gang may span nodes,
/// as few nodes as possible. In a node the devices of lowest index. Ties go to the node that comes first in the
/// fleet, so the same events always give the same placements.
///
/// **Failure.** When a node goes down every placement with a device on it is lost as a whole, for a gang with a
/// hole in it computes nothing; its devices on other nodes are free at once.
///
/// One owner's thread. Time enters as a parameter. Placing costs one pass over the nodes of each kind that is
/// tried.
public final class Placements {
    private final Map<String, NodeSlots> nodes = new LinkedHashMap<>();
    private final Map<String, Kind> kinds = new LinkedHashMap<>();
    private final Map<String, Placement> placements = new LinkedHashMap<>();
    private final Strategy strategy;
    private long lastPlacement;

    /// An idle fleet.
    ///
    /// @param fleet nodes with distinct ids
    public Placements(List<Node> fleet, Strategy strategy, long nowMicros) {
        this.strategy = strategy;
        for (Node node : fleet) {
            var slots = new NodeSlots(node, nodes.size(), nowMicros);
            if (nodes.putIfAbsent(node.id(), slots) != null) {
                throw new IllegalArgumentException("two nodes are named " + node.id());
            }
            kinds.computeIfAbsent(node.accelerator().id(), id -> new Kind(node.accelerator()))
                    .nodes
                    .add(slots);
        }
    }

    /// Gives a gang its devices, or says why not and changes nothing.
    public Verdict place(PlaceGang gang, long nowMicros) {
        Shortage nearest = null;
        for (String id : candidates(gang)) {
            Kind kind = kinds.get(id);
            Shortage shortage =
                    kind == null ? Shortage.noSuchAccelerator(gang, id, kinds.keySet()) : kind.shortage(gang);
            if (kind != null && shortage == null) {
                return new Verdict.Granted(take(gang, kind, nowMicros));
            }
            nearest = nearer(nearest, shortage);
        }
        Shortage shortage = nearest == null ? Shortage.emptyFleet(gang) : nearest;
        return new Verdict.Refused(shortage.reason(), shortage.sentence());
    }

    /// Takes a placement's devices back; empty when there is no such placement (any more).
    public Optional<Placement> release(String placementId) {
        Placement placement = placements.remove(placementId);
        if (placement == null) {
            return Optional.empty();
        }
        for (DeviceRef device : placement.devices()) {
            slots(device.node()).free(device.index(), placement);
        }
        return Optional.of(placement);
    }

    /// Takes a node down.
    ///
    /// @return the placements that are lost with it, oldest first; none when it was down already
    /// @throws IllegalArgumentException if the fleet has no such node
    public List<Placement> fail(String node, long nowMicros) {
        NodeSlots slots = slots(node);
        if (!slots.isUp()) {
            return List.of();
        }
        List<Placement> lost = placements.values().stream()
                .filter(placement -> placement.touches(node))
                .toList();
        lost.forEach(placement -> release(placement.id()));
        slots.enter(NodeState.DOWN, nowMicros);
        return lost;
    }

    /// Brings a node back, empty.
    ///
    /// @return whether it was down
    /// @throws IllegalArgumentException if the fleet has no such node
    public boolean recover(String node, long nowMicros) {
        NodeSlots slots = slots(node);
        if (slots.isUp()) {
            return false;
        }
        slots.enter(NodeState.UP, nowMicros);
        return true;
    }

    public boolean hasNode(String node) {
        return nodes.containsKey(node);
    }

    public NodeView node(String node) {
        return slots(node).view();
    }

    /// Every node, in the order of the fleet.
    public List<NodeView> nodes() {
        return nodes.values().stream().map(NodeSlots::view).toList();
    }

    /// The figures of the kinds in the fleet.
    public List<AcceleratorSpec> accelerators() {
        return kinds.values().stream().map(kind -> kind.spec).toList();
    }

    /// Every placement, oldest first; a view, valid until the next change.
    public Collection<Placement> placements() {
        return Collections.unmodifiableCollection(placements.values());
    }

    public FleetStatus status() {
        int up = (int) nodes.values().stream().filter(NodeSlots::isUp).count();
        return new FleetStatus(
                nodes.size(),
                up,
                placements.size(),
                kinds.values().stream().map(Kind::status).toList());
    }

    private NodeSlots slots(String node) {
        NodeSlots slots = nodes.get(node);
        if (slots == null) {
            throw new IllegalArgumentException("the fleet has no node " + node);
        }
        return slots;
    }

    private Collection<String> candidates(PlaceGang gang) {
        Set<String> candidates = new LinkedHashSet<>();
        for (String id : gang.accelerators().isEmpty() ? List.of(PlaceGang.ANY) : gang.accelerators()) {
            if (!id.equals(PlaceGang.ANY)) {
                candidates.add(id);
                continue;
            }
            kinds.values().stream()
                    .sorted(Comparator.comparingLong(kind -> kind.spec.memory().bytes()))
                    .forEach(kind -> candidates.add(kind.spec.id()));
        }
        return candidates;
    }

    private static @Nullable Shortage nearer(@Nullable Shortage best, @Nullable Shortage other) {
        if (best == null || other == null) {
            return best == null ? other : best;
        }
        return Shortage.BY_NEARNESS.compare(other, best) > 0 ? other : best;
    }

    private Placement take(PlaceGang gang, Kind kind, long nowMicros) {
        List<DeviceRef> devices = kind.choose(gang.devices(), strategy);
        var placement = new Placement(
                "p-" + ++lastPlacement, gang.owner(), gang.bytesPerDevice(), kind.spec, nowMicros, devices);
        for (DeviceRef device : devices) {
            slots(device.node()).hold(device.index(), placement);
        }
        placements.put(placement.id(), placement);
        return placement;
    }

    private record Share(NodeSlots slots, int count) {}

    /// The nodes that carry one kind of accelerator.
    private static final class Kind {
        private final AcceleratorSpec spec;
        private final List<NodeSlots> nodes = new ArrayList<>();

        Kind(AcceleratorSpec spec) {
            this.spec = spec;
        }

        /// Why a gang does not fit now, null when it does.
        @Nullable
        Shortage shortage(PlaceGang gang) {
            if (spec.memory().bytes() < gang.bytesPerDevice()) {
                return Shortage.deviceTooSmall(gang, spec);
            }
            int total = 0;
            int largest = 0;
            int up = 0;
            int largestUp = 0;
            int free = 0;
            int largestFree = 0;
            for (NodeSlots slots : nodes) {
                total += slots.node().devices();
                largest = Math.max(largest, slots.node().devices());
                up += slots.usable();
                largestUp = Math.max(largestUp, slots.usable());
                free += slots.free();
                largestFree = Math.max(largestFree, slots.free());
            }
            int needed = gang.devices();
            if ((gang.oneNode() ? largest : total) < needed) {
                return Shortage.fleetTooSmall(gang, spec, gang.oneNode() ? largest : total);
            }
            if ((gang.oneNode() ? largestUp : up) < needed) {
                return Shortage.nodesDown(gang, spec, up, total);
            }
            if (free < needed) {
                return Shortage.busy(gang, spec, free, total);
            }
            return gang.oneNode() && largestFree < needed
                    ? Shortage.fragmented(gang, spec, largestFree, free, total)
                    : null;
        }

        /// The devices for a gang that fits.
        List<DeviceRef> choose(int count, Strategy strategy) {
            List<NodeSlots> left = new ArrayList<>(nodes);
            List<Share> shares = new ArrayList<>();
            int missing = count;
            while (missing > 0) {
                NodeSlots next = next(left, missing, strategy);
                int taken = Math.min(missing, next.free());
                shares.add(new Share(next, taken));
                missing -= taken;
                left.remove(next);
            }
            shares.sort(Comparator.comparingInt(share -> share.slots.position()));
            return shares.stream()
                    .flatMap(share -> share.slots.lowestFree(share.count).stream())
                    .toList();
        }

        /// The node that takes what is missing, or, when none can, as much of it as one node can.
        private static NodeSlots next(List<NodeSlots> left, int missing, Strategy strategy) {
            NodeSlots best = left.getFirst();
            for (NodeSlots slots : left) {
                boolean enough = slots.free() >= missing;
                boolean better = switch (strategy) {
                    case BINPACK ->
                        enough ? best.free() < missing || slots.free() < best.free() : slots.free() > best.free();
                    case SPREAD -> slots.free() > best.free();
                };
                if (better) {
                    best = slots;
                }
            }
            return best;
        }

        FleetStatus.KindStatus status() {
            int total = 0;
            int up = 0;
            int unheld = 0;
            for (NodeSlots slots : nodes) {
                total += slots.node().devices();
                up += slots.usable();
                unheld += slots.unheld();
            }
            return new FleetStatus.KindStatus(spec.id(), total, up, total - unheld);
        }
    }
}
