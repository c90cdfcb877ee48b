package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.DeviceView;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.NodeView;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.fleet.Node;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The oracle: tries every set of devices of a small fleet as it was before a gang was placed.
final class ExhaustivePlacement {
    private final List<DeviceRef> free = new ArrayList<>();
    private final Map<String, Long> memory = new HashMap<>();
    private final List<String> kindsByMemory;

    ExhaustivePlacement(List<NodeView> before, List<Node> nodes) {
        for (NodeView node : before) {
            for (DeviceView device : node.devices()) {
                memory.put(node.accelerator(), device.memoryBytes());
                if (node.state() == NodeState.UP && device.isFree()) {
                    free.add(new DeviceRef(node.id(), device.index(), node.accelerator()));
                }
            }
        }
        kindsByMemory = nodes.stream()
                .sorted(Comparator.comparingLong(
                        node -> node.accelerator().memory().bytes()))
                .map(node -> node.accelerator().id())
                .distinct()
                .toList();
    }

    void check(PlaceGang gang, Verdict verdict, Strategy strategy, String when) {
        List<String> kinds = gang.accelerators().isEmpty() ? kindsByMemory : gang.accelerators();
        for (String kind : kinds) {
            List<List<DeviceRef>> sets = sets(gang, kind);
            if (sets.isEmpty()) {
                continue;
            }
            if (!(verdict instanceof Verdict.Granted(Placement placement))) {
                throw new AssertionError(when + ": " + gang + " fits " + kind + " but was refused: " + verdict);
            }
            assertEquals(kind, placement.accelerator().id(), when);
            long fewest =
                    sets.stream().mapToLong(ExhaustivePlacement::nodes).min().orElseThrow();
            assertEquals(fewest, nodes(placement.devices()), when + ": more nodes than needed");
            if (fewest == 1) {
                var freeOnNodes = sets.stream()
                        .filter(set -> nodes(set) == 1)
                        .mapToLong(set -> freeOn(set.getFirst().node()))
                        .summaryStatistics();
                assertEquals(
                        switch (strategy) {
                            case BINPACK -> freeOnNodes.getMin();
                            case SPREAD -> freeOnNodes.getMax();
                        },
                        freeOn(placement.devices().getFirst().node()),
                        when);
            }
            return;
        }
        if (verdict instanceof Verdict.Granted) {
            throw new AssertionError(when + ": " + gang + " does not fit but got " + verdict);
        }
    }

    private List<List<DeviceRef>> sets(PlaceGang gang, String kind) {
        List<List<DeviceRef>> sets = new ArrayList<>();
        for (int bits = 0; bits < 1 << free.size(); bits++) {
            if (Integer.bitCount(bits) != gang.devices()) {
                continue;
            }
            List<DeviceRef> set = new ArrayList<>();
            for (int i = 0; i < free.size(); i++) {
                if ((bits & 1 << i) != 0) {
                    set.add(free.get(i));
                }
            }
            boolean fits = set.stream()
                    .allMatch(device -> device.accelerator().equals(kind)
                            && memory.getOrDefault(kind, 0L) >= gang.bytesPerDevice());
            if (fits && (!gang.oneNode() || nodes(set) == 1)) {
                sets.add(set);
            }
        }
        return sets;
    }

    private long freeOn(String node) {
        return free.stream().filter(device -> device.node().equals(node)).count();
    }

    private static long nodes(List<DeviceRef> set) {
        return set.stream().map(DeviceRef::node).distinct().count();
    }
}
