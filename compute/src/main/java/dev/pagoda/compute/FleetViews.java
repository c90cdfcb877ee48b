package dev.pagoda.compute;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.DeviceView;
import dev.pagoda.compute.api.FleetStatus;
import dev.pagoda.compute.api.FleetStatus.KindStatus;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.api.JobView;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.NodeView;
import dev.pagoda.compute.api.TaskPlace;
import dev.pagoda.compute.fleet.DeviceIdentity;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Condition;
import dev.pagoda.compute.placement.Demand;
import dev.pagoda.compute.placement.Grant;
import dev.pagoda.compute.placement.Share;
import dev.pagoda.compute.queue.Scheduler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The fleet as others see it, put together from the scheduler's state. One owner's thread.
final class FleetViews {
    private final Map<String, Node> nodes = new LinkedHashMap<>();
    private final Map<String, AcceleratorSpec> kinds = new LinkedHashMap<>();

    /// Since when a node is in its state, microseconds since 1970.
    private final Map<String, Long> since = new HashMap<>();

    FleetViews(List<Node> fleet, long nowMicros) {
        add(fleet, nowMicros);
    }

    /// Takes notice of new nodes.
    final void add(List<Node> fleet, long nowMicros) {
        for (Node node : fleet) {
            nodes.put(node.id(), node);
            kinds.putIfAbsent(node.accelerator().id(), node.accelerator());
            since.put(node.id(), nowMicros);
        }
    }

    /// The figures of the kinds in the fleet.
    List<AcceleratorSpec> accelerators() {
        return List.copyOf(kinds.values());
    }

    List<String> nodeIds() {
        return List.copyOf(nodes.keySet());
    }

    boolean has(String node) {
        return nodes.containsKey(node);
    }

    void changed(String node, long nowMicros) {
        since.put(node, nowMicros);
    }

    NodeView node(Scheduler scheduler, Owners owners, String id) {
        return view(scheduler.cluster(), holders(scheduler), owners, id);
    }

    List<NodeView> nodes(Scheduler scheduler, Owners owners) {
        Map<String, String> holders = holders(scheduler);
        return nodes.keySet().stream()
                .map(id -> view(scheduler.cluster(), holders, owners, id))
                .toList();
    }

    /// Who a job's devices belong to, for people to read.
    interface Owners {
        String of(String job);
    }

    /// The first job on each device that is held, by node and index.
    private static Map<String, String> holders(Scheduler scheduler) {
        Map<String, String> holders = new HashMap<>();
        for (JobView job : scheduler.jobs()) {
            if (job.phase() == JobPhase.RUNNING) {
                for (TaskPlace place : job.places()) {
                    for (TaskPlace.DevicePart part : place.devices()) {
                        holders.putIfAbsent(
                                place.node() + "/" + part.index(), job.spec().id());
                    }
                }
            }
        }
        return holders;
    }

    private NodeView view(Cluster cluster, Map<String, String> holders, Owners owners, String id) {
        Node node = nodes.get(id);
        int index = cluster.find(id).orElse(-1);
        if (node == null || index < 0) {
            throw new IllegalArgumentException("the fleet has no node " + id);
        }
        List<DeviceView> devices = new ArrayList<>(node.devices());
        long bytes = node.accelerator().memory().bytes();
        long[] used = new long[node.devices()];
        for (Allotment allotment : cluster.allotments(index)) {
            for (Grant grant : allotment.grants()) {
                used[grant.device()] += promised(allotment.demand(), grant);
            }
        }
        for (int device = 0; device < node.devices(); device++) {
            String job = holders.get(id + "/" + device);
            devices.add(new DeviceView(
                    device,
                    bytes,
                    Math.min(bytes, used[device]),
                    job,
                    job == null ? null : owners.of(job),
                    cluster.mode(index, device).map(PartitionScheme::name).orElse(PartitionSchemes.WHOLE_MODE)));
        }
        return new NodeView(
                id,
                state(cluster, index),
                since.getOrDefault(id, 0L),
                node.accelerator().id(),
                node.hostMemoryBytes(),
                devices);
    }

    /// A whole device is held with all its memory; in use is what its holder asked for.
    private static long promised(Demand demand, Grant grant) {
        return demand.share() instanceof Share.Whole(long minBytes) && minBytes > 0 ? minBytes : grant.bytes();
    }

    private static NodeState state(Cluster cluster, int node) {
        return switch (cluster.condition(node)) {
            case UP, REPARTITIONING -> NodeState.UP;
            case DRAINING -> NodeState.DRAINING;
            case DOWN -> NodeState.DOWN;
        };
    }

    FleetStatus status(Scheduler scheduler, int placements) {
        Cluster cluster = scheduler.cluster();
        Map<String, int[]> counts = new LinkedHashMap<>();
        kinds.keySet().forEach(kind -> counts.put(kind, new int[3]));
        int up = 0;
        for (int node = 0; node < cluster.nodes(); node++) {
            boolean isUp = cluster.condition(node) != Condition.DOWN;
            up += isUp ? 1 : 0;
            int[] count = counts.computeIfAbsent(cluster.host(node).accelerator(), kind -> new int[3]);
            for (int device = 0; device < cluster.host(node).devices(); device++) {
                count[0]++;
                count[1] += isUp && cluster.condition(node, device) != Condition.DOWN ? 1 : 0;
                count[2] += cluster.isIdle(node, device) ? 0 : 1;
            }
        }
        List<KindStatus> byKind = new ArrayList<>();
        counts.forEach((kind, count) -> byKind.add(new KindStatus(kind, count[0], count[1], count[2])));
        return new FleetStatus(cluster.nodes(), up, placements, byKind);
    }

    /// Every device with what is held of it.
    List<DeviceSample> samples(Scheduler scheduler) {
        Map<String, List<DeviceSample.Holding>> held = new HashMap<>();
        for (JobView job : scheduler.jobs()) {
            if (job.phase() == JobPhase.RUNNING) {
                for (TaskPlace place : job.places()) {
                    for (TaskPlace.DevicePart part : place.devices()) {
                        held.computeIfAbsent(place.node() + "/" + part.index(), first -> new ArrayList<>())
                                .add(holding(job, part));
                    }
                }
            }
        }
        Cluster cluster = scheduler.cluster();
        List<DeviceSample> samples = new ArrayList<>();
        for (Node node : nodes.values()) {
            int index = cluster.find(node.id()).orElseThrow();
            boolean isUp = cluster.condition(index) != Condition.DOWN;
            for (int device = 0; device < node.devices(); device++) {
                samples.add(new DeviceSample(
                        node,
                        DeviceIdentity.of(node, device),
                        isUp && cluster.condition(index, device) != Condition.DOWN,
                        cluster.mode(index, device).map(PartitionScheme::name).orElse(""),
                        held.getOrDefault(node.id() + "/" + device, List.of())));
            }
        }
        return samples;
    }

    private static DeviceSample.Holding holding(JobView job, TaskPlace.DevicePart part) {
        long asked = job.spec().task().bytesPerDevice();
        String profile = part.slots() == 0 ? "" : job.spec().task().profile();
        return new DeviceSample.Holding(
                job.spec().id(),
                job.spec().queue(),
                part.milli(),
                asked > 0 ? Math.min(asked, part.bytes()) : part.bytes(),
                part.bytes(),
                profile,
                part.slots());
    }
}
