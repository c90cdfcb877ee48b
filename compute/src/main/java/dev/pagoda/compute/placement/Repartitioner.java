package dev.pagoda.compute.placement;

import dev.pagoda.compute.fleet.PartitionKind;
import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.fleet.PartitionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Brings devices of a cluster from one partition mode into another: lets them drain, divides them when they
/// are empty, and gives them back when the time of the change has passed. See [PartitionState] for the rules.
///
/// **Who calls what.** Whoever changes the cluster says so here: [#settle(long)] after something was
/// taken back, for whatever reason, [#failed(int, int, long)] and [#repaired(int, int)] in place of
/// the cluster's own calls about single devices, and [#advance(long)] when time has passed, at the latest at
/// [#next()].
///
/// One owner's thread, the cluster's. Time is a parameter, in microseconds.
public final class Repartitioner {
    private final Cluster cluster;
    /// Of the devices that are not at work in a mode, by node and device.
    private final Map<Place, PartitionState> moving;

    public Repartitioner(Cluster cluster) {
        this(cluster, new TreeMap<>());
    }

    private Repartitioner(Cluster cluster, Map<Place, PartitionState> moving) {
        this.cluster = cluster;
        this.moving = moving;
    }

    /// A device by node and index.
    public record Place(int node, int device) implements Comparable<Place> {
        @Override
        public int compareTo(Place other) {
            return node == other.node ? Integer.compare(device, other.device) : Integer.compare(node, other.node);
        }
    }

    /// The same for a fork of the cluster.
    public Repartitioner fork(Cluster fork) {
        return new Repartitioner(fork, new TreeMap<>(moving));
    }

    /// Where a device stands.
    public PartitionState state(int node, int device) {
        PartitionState state = moving.get(new Place(node, device));
        return state == null ? new PartitionState.Serving(mode(node, device)) : state;
    }

    /// The devices that are not at work, in the order of the nodes.
    public List<Place> moving() {
        return List.copyOf(moving.keySet());
    }

    /// Asks a device for a mode. One that is in use drains first, one that is in the mode already stays as it
    /// is.
    ///
    /// @param mode of its host, or [PartitionSchemes#WHOLE_MODE]
    /// @throws IllegalArgumentException if its host has no such mode, naming those that it has
    /// @throws IllegalStateException    if the device has failed, or is on its way to a third mode
    public PartitionState ask(int node, int device, String mode, long nowMicros) {
        PartitionScheme next = scheme(node, mode);
        if (cluster.condition(node, device) == Condition.DOWN) {
            throw new IllegalStateException(
                    "device " + device + " of node " + cluster.host(node).id() + " is down and cannot be divided");
        }
        PartitionState before = state(node, device);
        return enter(node, device, before, before.ask(next, occupied(node, device), nowMicros));
    }

    /// Calls off a change that waits for tasks to end; no effect on others.
    public PartitionState callOff(int node, int device) {
        PartitionState before = state(node, device);
        return enter(node, device, before, before.callOff());
    }

    /// Looks which devices that drain are empty now; to be called after something was taken back, for whatever
    /// reason.
    public void settle(long nowMicros) {
        for (Map.Entry<Place, PartitionState> entry : List.copyOf(moving.entrySet())) {
            Place place = entry.getKey();
            PartitionState before = entry.getValue();
            enter(place.node, place.device, before, before.occupied(occupied(place.node, place.device), nowMicros));
        }
    }

    /// Takes over what another had noted down of a device, whose condition and mode the cluster has already.
    ///
    /// @param next    the mode that it is to enter
    /// @param readyAt when, or a negative number while it drains; as [#readyAtMicros(int, int)] gave it
    public void resume(int node, int device, String next, long readyAt, long nowMicros) {
        PartitionScheme target = scheme(node, next);
        moving.put(
                new Place(node, device),
                readyAt < 0
                        ? new PartitionState.Draining(mode(node, device), target, nowMicros)
                        : new PartitionState.Switching(target, target, readyAt));
    }

    /// The mode that a device is to enter; empty when it is at work.
    public Optional<String> target(int node, int device) {
        return switch (state(node, device)) {
            case PartitionState.Serving _ -> Optional.empty();
            case PartitionState.Draining draining -> Optional.of(draining.next().name());
            case PartitionState.Switching switching ->
                Optional.of(switching.next().name());
        };
    }

    /// When a change that is under way has had its time; -1 for a device that drains or is at work.
    public long readyAtMicros(int node, int device) {
        return state(node, device) instanceof PartitionState.Switching switching ? switching.readyAtMicros() : -1;
    }

    /// Takes a device down. Whatever change it was about to make is forgotten; one under way has reached its
    /// mode.
    ///
    /// @return what touched it and is lost, as [Cluster#fail(int, int)] says
    public List<Allotment> failed(int node, int device, long nowMicros) {
        moving.remove(new Place(node, device));
        List<Allotment> lost = cluster.fail(node, device);
        settle(nowMicros);
        return lost;
    }

    /// Lets a device take work again that had failed; no effect on one that drains or changes.
    public void repaired(int node, int device) {
        if (cluster.condition(node, device) == Condition.DOWN) {
            cluster.open(node, device);
        }
    }

    /// Lets all devices take work whose change has had its time.
    ///
    /// @return which, in the order of the nodes
    public List<Place> advance(long nowMicros) {
        List<Place> ready = new ArrayList<>();
        for (Map.Entry<Place, PartitionState> entry : List.copyOf(moving.entrySet())) {
            PartitionState next = entry.getValue().at(nowMicros);
            if (!next.equals(entry.getValue())) {
                Place place = entry.getKey();
                enter(place.node, place.device, entry.getValue(), next);
                ready.add(place);
            }
        }
        return ready;
    }

    /// When the next change has had its time; empty when none is under way.
    public OptionalLong next() {
        long next = Long.MAX_VALUE;
        for (PartitionState state : moving.values()) {
            if (state instanceof PartitionState.Switching switching) {
                next = Math.min(next, switching.readyAtMicros());
            }
        }
        return next == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(next);
    }

    /// The device whose division would let one more task with such a slice run, and at least cost: an idle one
    /// before one that must drain, of those the one with the least that is held; the first of equals.
    ///
    /// @return empty when no device that takes work can be divided so
    public Optional<Suggestion> suggest(Demand demand) {
        if (!(demand.share() instanceof Share.Slice slice)) {
            return Optional.empty();
        }
        Suggestion best = null;
        for (int node = 0; node < cluster.nodes(); node++) {
            Host host = cluster.host(node);
            PartitionScheme mode = withProfile(host, slice.profile());
            if (mode == null || !demand.accepts(host.accelerator())) {
                continue;
            }
            for (long left = cluster.openDevices(node); left != 0; left &= left - 1) {
                int device = Long.numberOfTrailingZeros(left);
                if (!mode.name().equals(mode(node, device).name())) {
                    int tasks = tasks(node, device);
                    if (best == null || tasks < best.tasks) {
                        best = new Suggestion(new Place(node, device), mode.name(), tasks);
                    }
                }
            }
        }
        return Optional.ofNullable(best);
    }

    /// A change that would help.
    ///
    /// @param mode  to bring the device into
    /// @param tasks that must end before, 0 when it is idle
    public record Suggestion(Place place, String mode, int tasks) {}

    private int tasks(int node, int device) {
        int tasks = 0;
        for (Allotment each : cluster.held(node)) {
            tasks += each.touches(device) ? 1 : 0;
        }
        return tasks;
    }

    private static @Nullable PartitionScheme withProfile(Host host, String profile) {
        for (PartitionScheme mode : host.modes()) {
            if (mode.indexOf(profile) >= 0) {
                return mode;
            }
        }
        return null;
    }

    private PartitionState enter(int node, int device, PartitionState before, PartitionState next) {
        var place = new Place(node, device);
        switch (next) {
            case PartitionState.Draining draining -> {
                moving.put(place, draining);
                cluster.drain(node, device);
            }
            case PartitionState.Switching switching -> {
                if (!(before instanceof PartitionState.Switching)) {
                    cluster.repartition(node, device, switching.next().name());
                }
                moving.put(place, switching);
            }
            case PartitionState.Serving serving -> {
                boolean isNew = !serving.mode().name().equals(mode(node, device).name());
                if (isNew) {
                    cluster.repartition(node, device, serving.mode().name());
                }
                if (moving.remove(place) != null || isNew) {
                    cluster.open(node, device);
                }
            }
        }
        return next;
    }

    private long occupied(int node, int device) {
        return cluster.isIdle(node, device) ? 0 : 1;
    }

    private PartitionScheme mode(int node, int device) {
        return cluster.mode(node, device).orElseGet(() -> whole(node));
    }

    private PartitionScheme scheme(int node, String name) {
        if (name.equals(PartitionSchemes.WHOLE_MODE)) {
            return whole(node);
        }
        List<PartitionScheme> modes = cluster.host(node).modes();
        for (PartitionScheme mode : modes) {
            if (mode.name().equals(name) && mode.kind() != PartitionKind.WHOLE) {
                return mode;
            }
        }
        List<String> names = new ArrayList<>(List.of(PartitionSchemes.WHOLE_MODE));
        modes.forEach(mode -> names.add(mode.name()));
        throw new IllegalArgumentException(
                "devices of node " + cluster.host(node).id() + " have no partition mode " + name + "; they have "
                        + String.join(", ", names));
    }

    private PartitionScheme whole(int node) {
        return PartitionSchemes.whole(Math.max(1, cluster.host(node).deviceBytes()));
    }
}
