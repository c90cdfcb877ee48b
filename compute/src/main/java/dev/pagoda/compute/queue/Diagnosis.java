package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.PendingReason;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Condition;
import dev.pagoda.compute.placement.Lack;
import dev.pagoda.compute.placement.Refusal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Why a pending job waits: the first question, from what no waiting mends to what the next release does, to
/// which the answer is no. Each is asked of a fork that differs from the state in one thing: everything idle
/// and repaired, everything idle, nothing.
final class Diagnosis {
    /// Lacks of a node that has nothing of the sort that is asked for.
    private static final Set<Lack> OF_ANOTHER_SORT = Set.of(Lack.ACCELERATOR, Lack.DEVICE_MEMORY, Lack.PARTITION);

    private final State state;
    private final Job job;
    private final JobSpec spec;
    private final int min;
    private final Map<String, Long> counts = new LinkedHashMap<>();

    private Diagnosis(State state, Job job) {
        this.state = state;
        this.job = job;
        this.spec = job.spec;
        this.min = spec.gang().min();
    }

    /// @param kind   the kind of device that came nearest, empty for none
    /// @param flavor of the quota that is short, null when none is
    record Finding(
            PendingReason reason,
            String sentence,
            Map<String, Long> counts,
            String kind,
            @Nullable String flavor) {}

    static Finding of(State state, Job job) {
        return new Diagnosis(state, job).find();
    }

    private Finding find() {
        counts.put("tasks needed", (long) min);
        counts.put("devices needed", (long) spec.devices(min));
        List<String> kinds = state.room.coveredKinds(spec);
        if (kinds.isEmpty()) {
            return finding(
                    PendingReason.FLAVOR_NOT_IN_QUEUE,
                    "queue " + spec.queue() + " has no quota of " + asked(),
                    "",
                    null);
        }
        Finding quota = quota(kinds, true);
        if (quota != null) {
            return quota;
        }
        Room idle = idle();
        Optional<Room.Answer.NoRoom> down = idle.lack(spec);
        if (down.isPresent()) {
            Finding never = never(idle);
            return never != null ? never : nodesDown(down.get());
        }
        quota = quota(kinds, false);
        if (quota != null) {
            return quota;
        }
        Optional<Room.Answer.NoRoom> busy = state.room.beside().lack(spec);
        return busy.isPresent() ? busy(busy.get()) : behind(kinds.getFirst());
    }

    /// The room with nobody in it.
    private Room idle() {
        Room idle = state.room.beside();
        state.running.values().forEach(each -> idle.release(each.spec.queue(), each.seatOrThrow()));
        return idle;
    }

    private @Nullable Finding never(Room idle) {
        Room whole = idle.beside();
        Cluster cluster = whole.cluster();
        for (int node = 0; node < cluster.nodes(); node++) {
            cluster.open(node);
            for (int device = 0; device < cluster.host(node).devices(); device++) {
                cluster.open(node, device);
            }
        }
        Optional<Room.Answer.NoRoom> lack = whole.lack(spec);
        if (lack.isEmpty()) {
            return null;
        }
        Refusal refusal = lack.get().refusal();
        countNodes(refusal);
        String kind = lack.get().accelerator();
        if (refusal.placed() == 0 && OF_ANOTHER_SORT.containsAll(refusal.nodes().keySet())) {
            return finding(
                    PendingReason.NO_SUCH_DEVICE, "no node has " + asked() + ": " + refusal.sentence(), kind, null);
        }
        if (refusal.placed() == 0 && refusal.isPermanent()) {
            return finding(
                    PendingReason.NODE_TOO_SMALL,
                    "no node can hold one task of " + Asking.demand(spec.task(), kind) + ": " + refusal.sentence(),
                    kind,
                    null);
        }
        return finding(
                PendingReason.FLEET_TOO_SMALL, "even an empty fleet is too small: " + refusal.sentence(), kind, null);
    }

    private Finding nodesDown(Room.Answer.NoRoom lack) {
        Cluster cluster = state.room.cluster();
        long nodes = 0;
        long devices = 0;
        for (int node = 0; node < cluster.nodes(); node++) {
            boolean isDown = cluster.condition(node) != Condition.UP;
            nodes += isDown ? 1 : 0;
            for (int device = 0; device < cluster.host(node).devices(); device++) {
                devices += isDown || cluster.condition(node, device) != Condition.UP ? 1 : 0;
            }
        }
        counts.put("nodes down", nodes);
        counts.put("devices down", devices);
        countNodes(lack.refusal());
        return finding(
                PendingReason.NODES_DOWN,
                "it would fit if " + Words.count(nodes, "node") + " and " + Words.count(devices, "device")
                        + " that are out of service came back: "
                        + lack.refusal().sentence(),
                lack.accelerator(),
                null);
    }

    private @Nullable Finding quota(List<String> kinds, boolean isIdle) {
        QuotaTree quotas = state.room.quotas();
        String nearest = "";
        int most = -1;
        for (String kind : kinds) {
            Use perTask = state.room.use(spec, kind);
            int within = isIdle
                    ? quotas.potentialTasks(spec.queue(), perTask, min)
                    : quotas.mostTasks(spec.queue(), perTask, min);
            if (within >= min) {
                return null;
            }
            if (within > most) {
                most = within;
                nearest = kind;
            }
        }
        Use use = state.room.use(spec, nearest).times(min);
        String flavor = Objects.requireNonNull(quotas.shortFlavor(spec.queue(), use, isIdle));
        long needed = quotas.milliOf(spec.queue(), flavor, use);
        long nominal = quotas.nominalMilli(spec.queue(), flavor);
        long used = quotas.usedMilli(spec.queue(), flavor);
        counts.put("quota needed (milli)", needed);
        counts.put("quota nominal (milli)", nominal);
        counts.put("quota used (milli)", used);
        if (isIdle) {
            long potential = quotas.potentialMilli(spec.queue(), flavor);
            counts.put("quota with borrowing (milli)", potential);
            return finding(
                    PendingReason.QUOTA_TOO_SMALL,
                    "it needs " + Words.milli(needed) + " " + flavor + ", but queue " + spec.queue()
                            + " may never use more than " + Words.milli(potential) + ", borrowing included",
                    nearest,
                    flavor);
        }
        long available = Math.max(0, quotas.availableMilli(spec.queue(), flavor));
        counts.put("quota available (milli)", available);
        if (used + needed <= nominal) {
            return finding(
                    PendingReason.QUOTA_LENT,
                    "it needs " + Words.milli(needed) + " " + flavor + " of queue " + spec.queue() + "'s own "
                            + Words.milli(nominal) + ", but others have borrowed all but " + Words.milli(available),
                    nearest,
                    flavor);
        }
        return finding(
                PendingReason.QUOTA_USED,
                "it needs " + Words.milli(needed) + " " + flavor + ", but queue " + spec.queue() + " uses "
                        + Words.milli(used) + " of its " + Words.milli(nominal) + " and can take only "
                        + Words.milli(available) + " more",
                nearest,
                flavor);
    }

    private Finding busy(Room.Answer.NoRoom lack) {
        Refusal refusal = lack.refusal();
        countNodes(refusal);
        long needed;
        long free;
        String noun;
        if (spec.task().devices() > 0) {
            needed = spec.devices(min);
            free = freeDevices(lack.accelerator());
            noun = "device";
            counts.put("devices free", free);
        } else {
            needed = Math.ceilDiv(spec.task().cpuMilli() * min, 1_000);
            free = freeCores();
            noun = "core";
            counts.put("cores free", free);
        }
        String of = lack.accelerator().isEmpty() ? "" : " of " + lack.accelerator();
        if (free >= needed) {
            return finding(
                    PendingReason.FRAGMENTED,
                    "it needs " + Words.count(needed, noun) + " and " + free + of
                            + (free == 1 ? " is" : " are") + " free, but not where it needs them: "
                            + refusal.sentence(),
                    lack.accelerator(),
                    null);
        }
        return finding(
                PendingReason.BUSY,
                "it needs " + Words.count(needed, noun) + of + " and " + free + (free == 1 ? " is" : " are") + " free: "
                        + refusal.sentence(),
                lack.accelerator(),
                null);
    }

    private Finding behind(String kind) {
        State fork = state.fork();
        var pass = new Pass(fork);
        pass.run();
        String head = pass.behind().get(job.id());
        counts.put("jobs waiting", (long) state.pending.size());
        return finding(
                PendingReason.BEHIND_RESERVATION,
                head == null
                        ? "it fits, and starts with the next decision"
                        : "it would fit, but would delay job " + head + ", which is ahead of it",
                kind,
                null);
    }

    /// Devices that take work and of which at least the part that is asked for is free.
    private long freeDevices(String kind) {
        Cluster cluster = state.room.cluster();
        long free = 0;
        for (int node = 0; node < cluster.nodes(); node++) {
            if (!cluster.host(node).accelerator().equals(kind)) {
                continue;
            }
            for (long open = cluster.openDevices(node); open != 0; open &= open - 1) {
                int device = Long.numberOfTrailingZeros(open);
                boolean isFree = spec.task().profile().isEmpty()
                        ? cluster.freeMilli(node, device) >= spec.task().deviceMilli()
                        : cluster.isIdle(node, device);
                free += isFree ? 1 : 0;
            }
        }
        return free;
    }

    private long freeCores() {
        Cluster cluster = state.room.cluster();
        long milli = 0;
        for (int node = 0; node < cluster.nodes(); node++) {
            milli += cluster.condition(node) == Condition.UP ? cluster.freeCpuMilli(node) : 0;
        }
        return milli / 1_000;
    }

    private void countNodes(Refusal refusal) {
        counts.put("tasks that fit", (long) refusal.placed());
        refusal.nodes().forEach((lack, nodes) -> counts.put("nodes that " + lack.words(), (long) nodes));
    }

    private String asked() {
        List<String> kinds = spec.task().accelerators();
        String profile = spec.task().profile().isEmpty()
                ? ""
                : " divided into " + spec.task().profile();
        return (kinds.isEmpty() ? "any accelerator" : String.join(" or ", kinds)) + profile;
    }

    private Finding finding(PendingReason reason, String sentence, String kind, @Nullable String flavor) {
        return new Finding(reason, sentence, counts, kind, flavor);
    }
}
