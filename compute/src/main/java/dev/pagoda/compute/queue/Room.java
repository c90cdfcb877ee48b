package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.ArrivalMix;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Condition;
import dev.pagoda.compute.placement.Gang;
import dev.pagoda.compute.placement.GangVerdict;
import dev.pagoda.compute.placement.Grant;
import dev.pagoda.compute.placement.Host;
import dev.pagoda.compute.placement.Lack;
import dev.pagoda.compute.placement.Placer;
import dev.pagoda.compute.placement.Policy;
import dev.pagoda.compute.placement.Refusal;
import dev.pagoda.compute.placement.Share;
import dev.pagoda.compute.placement.Topology;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What jobs need to start: devices and quota, together.
///
/// One owner's thread. A seat belongs to the room that gave it; [#hold] gives another room, such as a fork, the
/// same.
final class Room {
    private static final int MAX_REFUSED = 65_536;

    private final Cluster cluster;
    private Placer placer;
    private final Units units;
    private final Map<String, Long> sliceMilli = new HashMap<>();
    private final Map<Want, Known> refused = new HashMap<>();
    /// How often something became free; until it changes a refusal stands.
    private long gains;

    private QuotaTree quotas;
    private Set<String> kinds;

    Room(Cluster cluster, Policy policy, QuotaTree quotas, Units units) {
        this.cluster = cluster;
        this.placer = new Placer(cluster, policy);
        this.quotas = quotas;
        this.units = units;
        this.kinds = kinds(cluster);
    }

    private Room(Room origin) {
        this.cluster = origin.cluster.fork();
        this.placer = origin.placer.beside(cluster);
        this.quotas = origin.quotas.fork();
        this.units = origin.units;
        this.kinds = origin.kinds;
        this.sliceMilli.putAll(origin.sliceMilli);
    }

    /// A copy that may have another thread than this room.
    Room fork() {
        var fork = new Room(cluster.fork(), placer.policy().copy(), quotas.fork(), units);
        fork.gains = gains;
        fork.refused.putAll(refused);
        return fork;
    }

    /// A copy to think on: it begins with what this room knows of its nodes, and has its thread.
    Room beside() {
        return new Room(this);
    }

    Room forkWith(Policy policy) {
        return new Room(cluster.fork(), policy, quotas.fork(), units);
    }

    Cluster cluster() {
        return cluster;
    }

    QuotaTree quotas() {
        return quotas;
    }

    Units units() {
        return units;
    }

    Policy policy() {
        return placer.policy();
    }

    /// Places by what is expected to arrive from now on.
    void expect(ArrivalMix mix) {
        placer = new Placer(cluster, placer.policy().expecting(mix));
    }

    void replaceQuotas(QuotaTree next) {
        quotas = next;
        gains++;
    }

    void add(Host host) {
        cluster.add(host);
        kinds = kinds(cluster);
        sliceMilli.clear();
        gains++;
    }

    /// Says that something may have become free of which the room was not told.
    void gained() {
        gains++;
    }

    long gains() {
        return gains;
    }

    private record Want(TaskSpec task, GangSpec gang, String kind, int least) {
        @Override
        public int hashCode() {
            return (((task.devices() * 31 + task.deviceMilli()) * 31 + Long.hashCode(task.cpuMilli())) * 31
                                    + Long.hashCode(task.memoryMib()))
                            * 31
                    + gang.max() * 31
                    + kind.hashCode();
        }
    }

    private record Known(long gains, GangVerdict.Refused refused) {}

    /// The answer to a job that wants a seat.
    sealed interface Answer {
        record Seated(Seat seat) implements Answer {}

        /// No kind of device is both in its queue's quota and accepted.
        record Uncovered() implements Answer {}

        /// @param accelerator the kind for which most tasks are within quota
        /// @param tasks       how many are
        record NoQuota(String accelerator, int tasks) implements Answer {}

        record NoRoom(String accelerator, Refusal refusal) implements Answer {}
    }

    /// Gives a job so many tasks on one kind of device, or nothing.
    Answer seat(JobSpec spec, int least, int most) {
        Answer.NoRoom noRoom = null;
        Answer.NoQuota noQuota = null;
        for (String kind : kinds(spec)) {
            Use perTask = use(spec, kind);
            if (!quotas.covers(spec.queue(), kind)) {
                continue;
            }
            int within = quotas.mostTasks(spec.queue(), perTask, most);
            if (within < least) {
                if (noQuota == null || within > noQuota.tasks) {
                    noQuota = new Answer.NoQuota(kind, within);
                }
                continue;
            }
            switch (place(spec, kind, least, within)) {
                case GangVerdict.Granted granted -> {
                    Use use = perTask.times(granted.allotments().size());
                    quotas.add(spec.queue(), use);
                    return new Answer.Seated(new Seat(kind, granted.allotments(), use));
                }
                case GangVerdict.Refused(Refusal refusal) -> {
                    if (noRoom == null || refusal.placed() > noRoom.refusal.placed()) {
                        noRoom = new Answer.NoRoom(kind, refusal);
                    }
                }
            }
        }
        if (noRoom != null) {
            return noRoom;
        }
        return noQuota != null ? noQuota : new Answer.Uncovered();
    }

    /// As [#seat], null for any refusal.
    @Nullable
    Seat trySeat(JobSpec spec, int least, int most) {
        return seat(spec, least, most) instanceof Answer.Seated(Seat seat) ? seat : null;
    }

    /// Why a job finds no devices, quotas aside; empty when it finds some.
    Optional<Answer.NoRoom> lack(JobSpec spec) {
        int min = spec.gang().min();
        Answer.NoRoom nearest = null;
        for (String kind : coveredKinds(spec)) {
            switch (place(spec, kind, min, min)) {
                case GangVerdict.Granted(List<Allotment> allotments, Topology.Level level) -> {
                    allotments.forEach(cluster::release);
                    return Optional.empty();
                }
                case GangVerdict.Refused(Refusal refusal) -> {
                    if (nearest == null || refusal.placed() > nearest.refusal.placed()) {
                        nearest = new Answer.NoRoom(kind, refusal);
                    }
                }
            }
        }
        return Optional.ofNullable(nearest);
    }

    /// Whether a node could take one task of a job if it were empty and whole.
    boolean couldFitOn(int node, JobSpec spec) {
        for (String kind : coveredKinds(spec)) {
            Optional<Lack> lack = cluster.lack(node, Asking.demand(spec.task(), kind));
            if (lack.isEmpty() || !lack.get().isPermanent()) {
                return true;
            }
        }
        return false;
    }

    /// Whether one task of a job finds both a place on a node and quota.
    boolean fitsOn(int node, JobSpec spec) {
        for (String kind : coveredKinds(spec)) {
            if (quotas.mostTasks(spec.queue(), use(spec, kind), 1) == 1
                    && cluster.fits(node, Asking.demand(spec.task(), kind))) {
                return true;
            }
        }
        return false;
    }

    /// The kinds of device that a job accepts and its queue has quota of.
    List<String> coveredKinds(JobSpec spec) {
        return kinds(spec).stream()
                .filter(kind -> quotas.covers(spec.queue(), kind))
                .toList();
    }

    private GangVerdict place(JobSpec spec, String kind, int least, int most) {
        var want = new Want(spec.task(), spec.gang(), kind, least);
        Known known = refused.get(want);
        if (known != null && known.gains == gains) {
            return known.refused;
        }
        Gang gang = Gang.elastic(Asking.demand(spec.task(), kind), least, most);
        GangVerdict verdict = null;
        for (Topology topology : Asking.topologies(spec.gang())) {
            verdict = placer.place(gang.within(topology));
            if (verdict instanceof GangVerdict.Granted) {
                return verdict;
            }
        }
        if (verdict instanceof GangVerdict.Refused no) {
            if (refused.size() >= MAX_REFUSED) {
                refused.clear();
            }
            refused.put(want, new Known(gains, no));
            return no;
        }
        throw new IllegalStateException("job " + spec.id() + " was tried at no level");
    }

    void release(String queue, Seat seat) {
        seat.allotments().forEach(cluster::release);
        quotas.remove(queue, seat.use());
        gains++;
    }

    /// Takes back a seat that was given just now, so that what was refused before is refused still.
    void giveBack(String queue, Seat seat) {
        seat.allotments().forEach(cluster::release);
        quotas.remove(queue, seat.use());
    }

    /// Whether everything that a seat is made of takes new work, so that it could be held again once released.
    boolean isOpen(Seat seat) {
        for (Allotment each : seat.allotments()) {
            if (cluster.condition(each.node()) != Condition.UP) {
                return false;
            }
            for (Grant grant : each.grants()) {
                if (cluster.condition(each.node(), grant.device()) != Condition.UP) {
                    return false;
                }
            }
        }
        return true;
    }

    /// Gives the same parts of the same nodes in this room.
    ///
    /// @throws IllegalArgumentException if they are not free
    Seat hold(String queue, Seat seat) {
        List<Allotment> held = new ArrayList<>(seat.tasks());
        for (Allotment each : seat.allotments()) {
            held.add(cluster.allot(each.node(), each.demand(), each.grants()));
        }
        quotas.add(queue, seat.use());
        return new Seat(seat.accelerator(), held, seat.use());
    }

    /// What is left of a seat when some of its tasks are gone; the cluster has released them already.
    Seat without(JobSpec spec, Seat seat, Set<Allotment> gone) {
        List<Allotment> left =
                seat.allotments().stream().filter(each -> !gone.contains(each)).toList();
        Use use = use(spec, seat.accelerator()).times(left.size());
        gains++;
        quotas.remove(spec.queue(), seat.use());
        quotas.add(spec.queue(), use);
        return new Seat(seat.accelerator(), left, use);
    }

    /// Adds up to `most` tasks to a seat, anywhere; empty when not even one fits.
    Optional<Seat> extend(JobSpec spec, Seat seat, int most) {
        Use perTask = use(spec, seat.accelerator());
        int within = quotas.mostTasks(spec.queue(), perTask, most);
        if (within < 1) {
            return Optional.empty();
        }
        Gang more = Gang.elastic(Asking.demand(spec.task(), seat.accelerator()), 1, within);
        if (placer.place(more) instanceof GangVerdict.Granted granted) {
            List<Allotment> all = new ArrayList<>(seat.allotments());
            all.addAll(granted.allotments());
            quotas.add(spec.queue(), perTask.times(granted.allotments().size()));
            return Optional.of(new Seat(seat.accelerator(), all, perTask.times(all.size())));
        }
        return Optional.empty();
    }

    /// Gives the last tasks of a seat back.
    Seat shrink(JobSpec spec, Seat seat, int tasks) {
        List<Allotment> gone = seat.allotments().subList(tasks, seat.tasks());
        gone.forEach(cluster::release);
        return without(spec, seat, Set.copyOf(gone));
    }

    /// The kinds of device a job may run on, best first.
    List<String> kinds(JobSpec spec) {
        if (spec.task().devices() == 0) {
            return List.of("");
        }
        return spec.task().accelerators().isEmpty()
                ? List.copyOf(kinds)
                : spec.task().accelerators();
    }

    /// What one task of a job on a kind of device takes from quotas.
    Use use(JobSpec spec, String kind) {
        long milli = 0;
        if (spec.task().devices() > 0) {
            long each = spec.task().profile().isEmpty()
                    ? spec.task().deviceMilli()
                    : sliceMilli(kind, spec.task().profile());
            milli = spec.task().devices() * each;
        }
        long unitsMilli = kind.isEmpty() ? 0 : Math.ceilDiv(milli * units.of(kind), Units.REFERENCE_MILLI);
        long memoryMilli = Math.ceilDiv(spec.task().memoryMib() * 1_000, 1_024);
        return new Use(kind, milli, unitsMilli, spec.task().cpuMilli(), memoryMilli);
    }

    /// The part of the compute that a slice has; a whole device while no node is divided so.
    private long sliceMilli(String kind, String profile) {
        return sliceMilli.computeIfAbsent(kind + " " + profile, key -> {
            for (int node = 0; node < cluster.nodes(); node++) {
                Host host = cluster.host(node);
                for (PartitionScheme mode :
                        host.accelerator().equals(kind) ? host.modes() : List.<PartitionScheme>of()) {
                    if (mode.indexOf(profile) >= 0) {
                        return (long) mode.profile(profile).computeMilli();
                    }
                }
            }
            return (long) Share.WHOLE_MILLI;
        });
    }

    /// The kinds in the fleet, those with the least memory first, so that large devices stay free for large
    /// jobs.
    private static Set<String> kinds(Cluster cluster) {
        Map<String, Long> bytes = new HashMap<>();
        List<String> found = new ArrayList<>();
        for (int node = 0; node < cluster.nodes(); node++) {
            Host host = cluster.host(node);
            if (host.devices() > 0 && bytes.putIfAbsent(host.accelerator(), host.deviceBytes()) == null) {
                found.add(host.accelerator());
            }
        }
        found.sort((a, b) -> {
            int byMemory = Long.compare(bytes.getOrDefault(a, 0L), bytes.getOrDefault(b, 0L));
            return byMemory != 0 ? byMemory : a.compareTo(b);
        });
        return new LinkedHashSet<>(found);
    }
}
