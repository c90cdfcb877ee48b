package dev.pagoda.compute;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.CheckpointSpec;
import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.Explanation;
import dev.pagoda.compute.api.GangSpec;
import dev.pagoda.compute.api.JobKind;
import dev.pagoda.compute.api.JobSpec;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.api.PendingReason;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.PlacementRefusal;
import dev.pagoda.compute.api.TaskPlace;
import dev.pagoda.compute.api.TaskSpec;
import dev.pagoda.compute.api.TopologyLevel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Gangs that want their devices now or not at all, as jobs of the scheduler: replicas of models, which run
/// until somebody stops them.
final class ServingJobs {
    /// Whose quota they use.
    static final String QUEUE = "serving";

    /// People wait for replicas, so they go before everything that can wait.
    static final int PRIORITY = 1_000;

    private static final String PREFIX = "p-";

    private ServingJobs() {}

    static String id(long sequence) {
        return PREFIX + sequence;
    }

    static boolean isOne(JobSpec spec) {
        return spec.queue().equals(QUEUE) && spec.id().startsWith(PREFIX);
    }

    /// @param kinds of the fleet
    static JobSpec spec(String id, PlaceGang gang, Collection<AcceleratorSpec> kinds) {
        int perTask = gang.oneNode() ? gang.devices() : 1;
        int tasks = gang.oneNode() ? 1 : gang.devices();
        return new JobSpec(
                id,
                QUEUE,
                JobKind.SERVING,
                PRIORITY,
                new TaskSpec(0, 0, perTask, 1_000, gang.bytesPerDevice(), "", accepted(gang, kinds)),
                new GangSpec(tasks, tasks, null, tasks == 1 ? null : TopologyLevel.NODE),
                null,
                CheckpointSpec.none(),
                JobSpec.Limits.none(),
                gang.artefacts());
    }

    /// In the order of the gang's preference, and where it has none, the kinds with the least memory first, so that
    /// large devices stay free for large models.
    private static List<String> accepted(PlaceGang gang, Collection<AcceleratorSpec> kinds) {
        Set<String> accepted = new LinkedHashSet<>();
        for (String id : gang.accelerators().isEmpty() ? List.of(PlaceGang.ANY) : gang.accelerators()) {
            if (id.equals(PlaceGang.ANY)) {
                kinds.stream()
                        .sorted(Comparator.comparingLong(kind -> kind.memory().bytes()))
                        .forEach(kind -> accepted.add(kind.id()));
            } else {
                accepted.add(id);
            }
        }
        return List.copyOf(accepted);
    }

    /// By node, then by index.
    static List<DeviceRef> devices(JobView job) {
        List<DeviceRef> devices = new ArrayList<>();
        for (TaskPlace place : job.places()) {
            place.devices().forEach(part -> devices.add(new DeviceRef(place.node(), part.index(), job.accelerator())));
        }
        return List.copyOf(devices);
    }

    static PlacementRefusal refusal(Explanation why, boolean isKnownKind) {
        return refusal(why.reason(), isKnownKind);
    }

    private static PlacementRefusal refusal(PendingReason reason, boolean isKnownKind) {
        return switch (reason) {
            case NO_SUCH_DEVICE, FLAVOR_NOT_IN_QUEUE ->
                isKnownKind ? PlacementRefusal.DEVICE_TOO_SMALL : PlacementRefusal.NO_SUCH_ACCELERATOR;
            case NODE_TOO_SMALL, FLEET_TOO_SMALL, QUOTA_TOO_SMALL -> PlacementRefusal.FLEET_TOO_SMALL;
            case NODES_DOWN -> PlacementRefusal.NODES_DOWN;
            case FRAGMENTED -> PlacementRefusal.FRAGMENTED;
            case QUOTA_USED, QUOTA_LENT, BUSY, BEHIND_RESERVATION -> PlacementRefusal.BUSY;
        };
    }
}
