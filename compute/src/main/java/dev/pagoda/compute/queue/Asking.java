package dev.pagoda.compute.queue;

import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.TopologyLevel;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Share;
import dev.pagoda.compute.placement.Topology;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a job asks for, in the words of placement.
final class Asking {
    private Asking() {}

    /// One task on devices of one kind.
    static Demand demand(TaskSpec task, String accelerator) {
        Set<String> kinds = accelerator.isEmpty() ? Set.of() : Set.of(accelerator);
        return new Demand(task.cpuMilli(), task.memoryMib(), task.devices(), share(task), kinds);
    }

    /// One task on devices of any of some kinds, of every kind when there are none.
    static Demand demand(TaskSpec task, List<String> accelerators) {
        return new Demand(
                task.cpuMilli(), task.memoryMib(), task.devices(), share(task), new LinkedHashSet<>(accelerators));
    }

    private static Share share(TaskSpec task) {
        if (!task.profile().isEmpty()) {
            return new Share.Slice(task.profile());
        }
        return task.deviceMilli() < Share.WHOLE_MILLI
                ? new Share.Fraction(task.deviceMilli(), task.bytesPerDevice())
                : new Share.Whole(task.bytesPerDevice());
    }

    /// The constraints to try one after another, from the nearest that is preferred to the widest that will do.
    static List<Topology> topologies(GangSpec gang) {
        Topology.Level widest = level(gang.required());
        Topology.Level nearest = gang.preferred() == null ? widest : level(gang.preferred());
        List<Topology> tries = new ArrayList<>();
        for (Topology.Level level : Topology.Level.values()) {
            if (level.compareTo(nearest) >= 0 && level.compareTo(widest) <= 0) {
                tries.add(Topology.required(level));
            }
        }
        return tries;
    }

    private static Topology.Level level(@Nullable TopologyLevel level) {
        if (level == null) {
            return Topology.Level.CLUSTER;
        }
        return switch (level) {
            case LINK_DOMAIN -> Topology.Level.LINK;
            case NODE -> Topology.Level.NODE;
            case RACK -> Topology.Level.RACK;
            case ZONE -> Topology.Level.ZONE;
        };
    }
}
