package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.fleet.PartitionKind;
import dev.pagoda.compute.fleet.PartitionScheme;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A second, simple account of a cluster: who holds each thousandth, byte and slot. It knows nothing of how the
/// cluster keeps its figures, and judges every change by what people would call giving something twice.
final class CapacityLedger {
    /// Where MIG instances may begin, by the number before the `g` and their memory slices; as `nvidia-smi mig
    /// -lgipp` prints it, for products with eight memory slices and with four.
    private static final Map<String, List<Integer>> MIG_STARTS = Map.of(
            "8:1:1", List.of(0, 1, 2, 3, 4, 5, 6),
            "8:1:2", List.of(0, 2, 4, 6),
            "8:2:2", List.of(0, 2, 4),
            "8:3:4", List.of(0, 4),
            "8:4:4", List.of(0),
            "8:7:8", List.of(0),
            "4:1:1", List.of(0, 1, 2, 3),
            "4:2:2", List.of(0, 2),
            "4:4:4", List.of(0));

    private final List<Host> hosts;
    private final long[] heldCpu;
    private final long[] heldMemory;
    private final int[][] heldMilli;
    private final long[][] heldBytes;
    private final long[][][] slotOwner;
    private final String[][] modes;
    private final boolean[][] isDeviceDown;
    private final boolean[] isNodeDown;
    private final Map<Long, Allotment> held = new HashMap<>();

    CapacityLedger(List<Host> hosts) {
        this.hosts = hosts;
        int nodes = hosts.size();
        heldCpu = new long[nodes];
        heldMemory = new long[nodes];
        heldMilli = new int[nodes][];
        heldBytes = new long[nodes][];
        slotOwner = new long[nodes][][];
        modes = new String[nodes][];
        isDeviceDown = new boolean[nodes][];
        isNodeDown = new boolean[nodes];
        for (int node = 0; node < nodes; node++) {
            int devices = hosts.get(node).devices();
            heldMilli[node] = new int[devices];
            heldBytes[node] = new long[devices];
            slotOwner[node] = new long[devices][Long.SIZE];
            modes[node] = new String[devices];
            Arrays.fill(modes[node], "whole");
            isDeviceDown[node] = new boolean[devices];
        }
    }

    Map<Long, Allotment> held() {
        return held;
    }

    boolean isIdle(int node, int device) {
        return heldMilli[node][device] == 0
                && heldBytes[node][device] == 0
                && Arrays.stream(slotOwner[node][device]).allMatch(owner -> owner == 0);
    }

    boolean isDeviceDown(int node, int device) {
        return isDeviceDown[node][device];
    }

    /// Whether these grants are what the demand asks for and nobody has any of it.
    boolean mayGive(int node, Demand demand, List<Grant> grants) {
        Host host = hosts.get(node);
        if (isNodeDown[node]
                || heldCpu[node] + demand.cpuMilli() > host.cpuMilli()
                || heldMemory[node] + demand.memoryMib() > host.memoryMib()
                || grants.size() != demand.devices()
                || (demand.devices() > 0 && !demand.accepts(host.accelerator()))) {
            return false;
        }
        Set<Integer> devices = new HashSet<>();
        Set<String> slots = new HashSet<>();
        for (Grant grant : grants) {
            int device = grant.device();
            if (device < 0 || device >= host.devices() || isDeviceDown[node][device]) {
                return false;
            }
            boolean isDivided = !modes[node][device].equals("whole");
            boolean mayGive = switch (demand.share()) {
                case Share.Whole whole ->
                    !isDivided
                            && devices.add(device)
                            && isIdle(node, device)
                            && grant.slots() == 0
                            && grant.milli() == 1_000
                            && grant.bytes() == host.deviceBytes()
                            && host.deviceBytes() >= whole.minBytes();
                case Share.Fraction part ->
                    !isDivided
                            && devices.add(device)
                            && grant.slots() == 0
                            && grant.milli() == part.milli()
                            && grant.bytes() == part.bytes()
                            && heldMilli[node][device] + part.milli() <= 1_000
                            && heldBytes[node][device] + part.bytes() <= host.deviceBytes();
                case Share.Slice slice ->
                    isDivided && grant.milli() == 0 && maySit(node, device, slice.profile(), grant, slots);
            };
            if (!mayGive) {
                return false;
            }
        }
        return true;
    }

    private boolean maySit(int node, int device, String profile, Grant grant, Set<String> taken) {
        PartitionScheme mode = mode(node, device);
        int index = mode.indexOf(profile);
        if (index < 0
                || grant.slots() == 0
                || grant.bytes() != mode.profiles().get(index).memoryBytes()) {
            return false;
        }
        for (int slot = 0; slot < Long.SIZE; slot++) {
            if ((grant.slots() >>> slot & 1) == 1
                    && (slotOwner[node][device][slot] != 0 || !taken.add(device + ":" + slot))) {
                return false;
            }
        }
        if (mode.kind() != PartitionKind.MIG) {
            return mode.isPlacement(index, grant.slots());
        }
        int memorySlices = hosts.get(node).accelerator().startsWith("rtx") ? 4 : 8;
        long memory = grant.slots() & (1L << memorySlices) - 1;
        int start = Long.numberOfTrailingZeros(memory);
        int size = Long.bitCount(memory);
        List<Integer> starts = MIG_STARTS.getOrDefault(memorySlices + ":" + profile.charAt(0) + ":" + size, List.of());
        boolean isRow = memory >>> start == (1L << size) - 1;
        return isRow && starts.contains(start) && mode.isPlacement(index, grant.slots());
    }

    private PartitionScheme mode(int node, int device) {
        return hosts.get(node).modes().stream()
                .filter(mode -> mode.name().equals(modes[node][device]))
                .findFirst()
                .orElseThrow();
    }

    /// Whether some node that the cluster opens could take a demand for undivided devices.
    boolean hasRoom(Cluster cluster, Demand demand) {
        for (int node = 0; node < hosts.size(); node++) {
            Host host = hosts.get(node);
            if (cluster.condition(node) != Condition.UP
                    || heldCpu[node] + demand.cpuMilli() > host.cpuMilli()
                    || heldMemory[node] + demand.memoryMib() > host.memoryMib()
                    || (demand.devices() > 0 && !demand.accepts(host.accelerator()))) {
                continue;
            }
            int found = 0;
            for (int device = 0; device < host.devices(); device++) {
                if (cluster.condition(node, device) == Condition.UP && modes[node][device].equals("whole")) {
                    found += switch (demand.share()) {
                        case Share.Whole whole ->
                            isIdle(node, device) && host.deviceBytes() >= whole.minBytes() ? 1 : 0;
                        case Share.Fraction part ->
                            heldMilli[node][device] + part.milli() <= 1_000
                                            && heldBytes[node][device] + part.bytes() <= host.deviceBytes()
                                    ? 1
                                    : 0;
                        case Share.Slice slice -> 0;
                    };
                }
            }
            if (found >= demand.devices()) {
                return true;
            }
        }
        return false;
    }

    void give(Allotment allotment) {
        int node = allotment.node();
        assertTrue(mayGive(node, allotment.demand(), allotment.grants()), () -> "over-commit by " + allotment);
        assertEquals(null, held.put(allotment.id(), allotment), "an allotment's id was used twice");
        heldCpu[node] += allotment.demand().cpuMilli();
        heldMemory[node] += allotment.demand().memoryMib();
        for (Grant grant : allotment.grants()) {
            if (grant.slots() == 0) {
                heldMilli[node][grant.device()] += grant.milli();
                heldBytes[node][grant.device()] += grant.bytes();
            }
            own(node, grant, allotment.id());
        }
    }

    void takeBack(Allotment allotment) {
        int node = allotment.node();
        assertEquals(allotment, held.remove(allotment.id()), "what was not held was taken back");
        heldCpu[node] -= allotment.demand().cpuMilli();
        heldMemory[node] -= allotment.demand().memoryMib();
        for (Grant grant : allotment.grants()) {
            if (grant.slots() == 0) {
                heldMilli[node][grant.device()] -= grant.milli();
                heldBytes[node][grant.device()] -= grant.bytes();
            }
            own(node, grant, 0);
        }
    }

    private void own(int node, Grant grant, long owner) {
        for (long left = grant.slots(); left != 0; left &= left - 1) {
            slotOwner[node][grant.device()][Long.numberOfTrailingZeros(left)] = owner;
        }
    }

    /// Who must lose what they have when a device fails, or with -1 the node.
    Set<Long> victims(int node, int device) {
        Set<Long> victims = new HashSet<>();
        for (Allotment each : held.values()) {
            if (each.node() == node
                    && (device < 0 || each.grants().stream().anyMatch(grant -> grant.device() == device))) {
                victims.add(each.id());
            }
        }
        return victims;
    }

    void down(int node, boolean isDown) {
        isNodeDown[node] = isDown;
    }

    void down(int node, int device, boolean isDown) {
        isDeviceDown[node][device] = isDown;
    }

    /// @return whether that was another mode before
    boolean divide(int node, int device, String mode) {
        if (modes[node][device].equals(mode)) {
            return false;
        }
        assertTrue(isIdle(node, device), "a device in use was divided anew");
        modes[node][device] = mode;
        return true;
    }

    /// Whether the cluster has the same figures for a node.
    void compare(Cluster cluster, int node, String when) {
        Host host = hosts.get(node);
        assertEquals(
                host.cpuMilli() - heldCpu[node], cluster.freeCpuMilli(node), () -> when + ": cores of " + host.id());
        assertEquals(
                host.memoryMib() - heldMemory[node],
                cluster.freeMemoryMib(node),
                () -> when + ": memory of " + host.id());
        for (int device = 0; device < host.devices(); device++) {
            boolean isWhole = modes[node][device].equals("whole");
            long slots = 0;
            for (int slot = 0; slot < Long.SIZE; slot++) {
                slots |= slotOwner[node][device][slot] == 0 ? 0 : 1L << slot;
            }
            if (slots != cluster.usedSlots(node, device)
                    || (isWhole ? 1_000 - heldMilli[node][device] : 0) != cluster.freeMilli(node, device)
                    || (isWhole ? host.deviceBytes() - heldBytes[node][device] : 0) != cluster.freeBytes(node, device)
                    || isWhole != cluster.mode(node, device).isEmpty()) {
                throw new AssertionError(when + ": device " + device + " of " + host.id() + " has other figures");
            }
        }
    }

    /// The same for all nodes, and that exactly those are held that should be.
    void compareAll(Cluster cluster, String when) {
        Map<Long, Allotment> found = new TreeMap<>();
        List<Integer> nodes = new ArrayList<>();
        for (int node = 0; node < hosts.size(); node++) {
            compare(cluster, node, when);
            cluster.allotments(node).forEach(each -> found.put(each.id(), each));
            nodes.add(node);
        }
        assertEquals(new TreeMap<>(held), found, () -> when + ": a leak, or a loss, over " + nodes.size() + " nodes");
        cluster.check();
    }
}
