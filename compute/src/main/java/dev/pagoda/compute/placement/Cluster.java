package dev.pagoda.compute.placement;

import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The capacity of all nodes and who holds which part of it.
///
/// **State.** Figures lie in primitive arrays by node and by device; what is held hangs at its node as a small
/// array that is replaced, never written, so that [#fork()] copies only the outer arrays: tens of microseconds
/// for a thousand nodes. A fork and its origin know nothing of each other's changes, and an [Allotment] made
/// before the fork can be released in both.
///
/// **What is conserved.** The free part of every node and device is its capacity without what the allotments it
/// holds say, after every call; [#check()] proves it by adding up anew. Nothing holds a part of what is down. A
/// device is either undivided, and gives thousandths and bytes, or in a partition mode, and gives places for
/// slices.
///
/// **Change.** [#version(int)] of a node grows with each change to it, so that whoever keeps figures derived
/// from a node knows when they are old. No two states of a node in a cluster and all its forks have one version,
/// so that figures may be kept over forks. The latest changes are listed, so that whoever looks often need not
/// look at every node.
///
/// One owner's thread. Nodes are counted from 0 in the order they were added and are never removed; a bad index
/// is an `IndexOutOfBoundsException`.
public final class Cluster {
    private static final Allotment[] NOTHING = {};
    /// How many changes are listed; a power of two.
    static final int RECENT = 256;
    /// Of [#mode]: the device is not divided.
    private static final int UNDIVIDED = -1;

    private Host[] hosts;
    private Map<String, Integer> indexById;
    private int nodes;
    private int[] firstDevice;

    private long[] freeCpuMilli;
    private long[] freeMemoryMib;
    private Condition[] nodeCondition;
    /// Devices that take new work, as a bit mask; none while the node is not up.
    private long[] openDevices;
    private long[] version;
    /// Shared with all forks, which may have threads of their own.
    private final AtomicLong lastVersion;
    /// The nodes of the latest changes, as a ring.
    private final int[] recent;
    private long changes;

    private Allotment[][] held;

    private Condition[] deviceCondition;
    private int[] freeMilli;
    private long[] freeBytes;
    private long[] usedSlots;
    private byte[] mode;

    private long lastAllotment;

    /// An idle cluster, everything up and in the mode that its host says.
    ///
    /// @param hosts with distinct ids
    public Cluster(List<Host> hosts) {
        int devices = hosts.stream().mapToInt(Host::devices).sum();
        this.hosts = new Host[hosts.size()];
        this.indexById = new HashMap<>();
        this.firstDevice = new int[hosts.size() + 1];
        this.freeCpuMilli = new long[hosts.size()];
        this.freeMemoryMib = new long[hosts.size()];
        this.nodeCondition = new Condition[hosts.size()];
        this.openDevices = new long[hosts.size()];
        this.version = new long[hosts.size()];
        this.lastVersion = new AtomicLong();
        this.recent = new int[RECENT];
        this.held = new Allotment[hosts.size()][];
        this.deviceCondition = new Condition[devices];
        this.freeMilli = new int[devices];
        this.freeBytes = new long[devices];
        this.usedSlots = new long[devices];
        this.mode = new byte[devices];
        hosts.forEach(this::put);
    }

    private Cluster(Cluster origin) {
        hosts = origin.hosts.clone();
        indexById = origin.indexById;
        nodes = origin.nodes;
        firstDevice = origin.firstDevice.clone();
        freeCpuMilli = origin.freeCpuMilli.clone();
        freeMemoryMib = origin.freeMemoryMib.clone();
        nodeCondition = origin.nodeCondition.clone();
        openDevices = origin.openDevices.clone();
        version = origin.version.clone();
        lastVersion = origin.lastVersion;
        recent = origin.recent.clone();
        changes = origin.changes;
        held = origin.held.clone();
        deviceCondition = origin.deviceCondition.clone();
        freeMilli = origin.freeMilli.clone();
        freeBytes = origin.freeBytes.clone();
        usedSlots = origin.usedSlots.clone();
        mode = origin.mode.clone();
        lastAllotment = origin.lastAllotment;
    }

    /// The same state, to try things on.
    public Cluster fork() {
        return new Cluster(this);
    }

    /// Adds an idle node.
    ///
    /// @return its index
    /// @throws IllegalArgumentException if a node has its id
    public int add(Host host) {
        if (indexById.containsKey(host.id())) {
            throw new IllegalArgumentException("two nodes are named " + host.id());
        }
        int more = nodes + 1;
        int devices = firstDevice[nodes] + host.devices();
        hosts = Arrays.copyOf(hosts, more);
        // A fork shares the map until either of the two grows.
        indexById = new HashMap<>(indexById);
        firstDevice = Arrays.copyOf(firstDevice, more + 1);
        freeCpuMilli = Arrays.copyOf(freeCpuMilli, more);
        freeMemoryMib = Arrays.copyOf(freeMemoryMib, more);
        nodeCondition = Arrays.copyOf(nodeCondition, more);
        openDevices = Arrays.copyOf(openDevices, more);
        version = Arrays.copyOf(version, more);
        held = Arrays.copyOf(held, more);
        deviceCondition = Arrays.copyOf(deviceCondition, devices);
        freeMilli = Arrays.copyOf(freeMilli, devices);
        freeBytes = Arrays.copyOf(freeBytes, devices);
        usedSlots = Arrays.copyOf(usedSlots, devices);
        mode = Arrays.copyOf(mode, devices);
        put(host);
        return nodes - 1;
    }

    private void put(Host host) {
        int node = nodes;
        if (indexById.putIfAbsent(host.id(), node) != null) {
            throw new IllegalArgumentException("two nodes are named " + host.id());
        }
        hosts[node] = host;
        int first = firstDevice[node];
        int end = first + host.devices();
        firstDevice[node + 1] = end;
        freeCpuMilli[node] = host.cpuMilli();
        freeMemoryMib[node] = host.memoryMib();
        nodeCondition[node] = Condition.UP;
        held[node] = NOTHING;
        Arrays.fill(deviceCondition, first, end, Condition.UP);
        Arrays.fill(freeMilli, first, end, Share.WHOLE_MILLI);
        Arrays.fill(freeBytes, first, end, host.deviceBytes());
        Arrays.fill(mode, first, end, (byte) modeOf(node, host.mode()));
        nodes++;
        changed(node);
    }

    /// How many nodes there are, in whatever condition.
    public int nodes() {
        return nodes;
    }

    public Host host(int node) {
        return hosts[node];
    }

    /// The index of a node by its id, empty when there is none.
    public Optional<Integer> find(String id) {
        return Optional.ofNullable(indexById.get(id));
    }

    /// How often a node changed.
    long changes() {
        return changes;
    }

    /// The node of a change.
    ///
    /// @param change by its number, from 0; one of the latest [#RECENT]
    int changed(long change) {
        return recent[(int) (change & (RECENT - 1))];
    }

    /// Grows with each change to the node; above 0.
    public long version(int node) {
        return version[node];
    }

    public Condition condition(int node) {
        return nodeCondition[node];
    }

    public Condition condition(int node, int device) {
        return deviceCondition[at(node, device)];
    }

    /// Devices that take new work, as a bit mask; none while the node is not up.
    public long openDevices(int node) {
        return openDevices[node];
    }

    public long freeCpuMilli(int node) {
        return freeCpuMilli[node];
    }

    public long freeMemoryMib(int node) {
        return freeMemoryMib[node];
    }

    /// Thousandths that nobody holds, of a device in any condition; 0 when it is divided.
    public int freeMilli(int node, int device) {
        int at = at(node, device);
        return mode[at] == UNDIVIDED ? freeMilli[at] : 0;
    }

    /// Bytes that nobody holds, of a device in any condition; 0 when it is divided.
    public long freeBytes(int node, int device) {
        int at = at(node, device);
        return mode[at] == UNDIVIDED ? freeBytes[at] : 0;
    }

    /// Slots that slices occupy.
    public long usedSlots(int node, int device) {
        return usedSlots[at(node, device)];
    }

    /// How it is divided; empty when it is not.
    public Optional<PartitionScheme> mode(int node, int device) {
        return Optional.ofNullable(modeOrNull(node, device));
    }

    @Nullable
    PartitionScheme modeOrNull(int node, int device) {
        int index = mode[at(node, device)];
        return index == UNDIVIDED ? null : hosts[node].modes().get(index);
    }

    /// Whether nobody holds a part of it.
    public boolean isIdle(int node, int device) {
        int at = at(node, device);
        return usedSlots[at] == 0 && freeMilli[at] == Share.WHOLE_MILLI && freeBytes[at] == hosts[node].deviceBytes();
    }

    /// Whether the node is up, nobody holds a part of it, and all its devices take work and are undivided.
    public boolean isIdle(int node) {
        int devices = hosts[node].devices();
        long all = devices == Long.SIZE ? -1L : (1L << devices) - 1;
        if (nodeCondition[node] != Condition.UP || held[node].length > 0 || openDevices[node] != all) {
            return false;
        }
        for (int at = firstDevice[node]; at < firstDevice[node + 1]; at++) {
            if (mode[at] != UNDIVIDED) {
                return false;
            }
        }
        return true;
    }

    /// What is held of a node, oldest first.
    public List<Allotment> allotments(int node) {
        return List.of(held[node]);
    }

    /// The same without a copy; not to be written.
    Allotment[] held(int node) {
        return held[node];
    }

    public boolean holds(Allotment allotment) {
        for (Allotment each : held[allotment.node()]) {
            if (each.equals(allotment)) {
                return true;
            }
        }
        return false;
    }

    /// Whether the node could take the task now.
    public boolean fits(int node, Demand demand) {
        return Fit.lack(this, node, demand, ALL) == null;
    }

    /// Why the node cannot take the task now; empty when it can.
    public Optional<Lack> lack(int node, Demand demand) {
        return Optional.ofNullable(Fit.lack(this, node, demand, ALL));
    }

    /// The mask of all devices.
    static final long ALL = -1L;

    /// Gives a task its part of a node.
    ///
    /// @param grants for each device asked for one, of an undivided device at most one; whoever wants them
    ///     chosen asks a [Policy]
    /// @throws IllegalArgumentException if any of it is not free, not open, or not what the demand asks for;
    ///     nothing has changed then
    public Allotment allot(int node, Demand demand, List<Grant> grants) {
        Fit.verify(this, node, demand, grants);
        Allotment allotment = new Allotment(++lastAllotment, node, demand, grants);
        int count = held[node].length;
        Allotment[] more = Arrays.copyOf(held[node], count + 1);
        more[count] = allotment;
        held[node] = more;
        account(allotment, -1);
        changed(node);
        return allotment;
    }

    /// Takes it back.
    ///
    /// @throws IllegalArgumentException if the cluster does not hold it, because it was released or its node or
    ///     device failed
    public void release(Allotment allotment) {
        int node = allotment.node();
        Allotment[] before = held[node];
        for (int i = 0; i < before.length; i++) {
            if (before[i].equals(allotment)) {
                Allotment[] left = new Allotment[before.length - 1];
                System.arraycopy(before, 0, left, 0, i);
                System.arraycopy(before, i + 1, left, i, left.length - i);
                held[node] = left.length == 0 ? NOTHING : left;
                account(allotment, 1);
                changed(node);
                return;
            }
        }
        throw new IllegalArgumentException(
                "allotment " + allotment.id() + " of node " + hosts[node].id() + " is not held");
    }

    /// Takes a node down.
    ///
    /// @return what was held of it and is lost, oldest first
    public List<Allotment> fail(int node) {
        List<Allotment> lost = allotments(node);
        lost.forEach(this::release);
        nodeCondition[node] = Condition.DOWN;
        changed(node);
        return lost;
    }

    /// Takes a device down.
    ///
    /// @return what touched it and is lost, oldest first, with what it held of other devices of the node
    public List<Allotment> fail(int node, int device) {
        int at = at(node, device);
        List<Allotment> lost = new ArrayList<>();
        for (Allotment each : held[node]) {
            if (each.touches(device)) {
                lost.add(each);
            }
        }
        lost.forEach(this::release);
        deviceCondition[at] = Condition.DOWN;
        changed(node);
        return lost;
    }

    /// Lets a node finish what it has; one that is down stays so.
    public void drain(int node) {
        if (nodeCondition[node] == Condition.UP) {
            nodeCondition[node] = Condition.DRAINING;
            changed(node);
        }
    }

    /// Lets a device finish what it has; one that is down or being divided stays so.
    public void drain(int node, int device) {
        int at = at(node, device);
        if (deviceCondition[at] == Condition.UP) {
            deviceCondition[at] = Condition.DRAINING;
            changed(node);
        }
    }

    /// Lets a node take work again, whatever kept it from it: repaired, or not to be drained after all.
    public void open(int node) {
        nodeCondition[node] = Condition.UP;
        changed(node);
    }

    /// Lets a device take work again: repaired, divided, or not to be drained after all.
    public void open(int node, int device) {
        deviceCondition[at(node, device)] = Condition.UP;
        changed(node);
    }

    /// Begins to divide a device anew; [#open(int, int)] ends it.
    ///
    /// @param name of a mode of its host, or [PartitionSchemes#WHOLE_MODE] for undivided
    /// @throws IllegalArgumentException if the host has no such mode
    /// @throws IllegalStateException    if the device is down or somebody holds a part of it
    public void repartition(int node, int device, String name) {
        int at = at(node, device);
        int next = modeOf(node, name);
        if (deviceCondition[at] == Condition.DOWN || !isIdle(node, device)) {
            throw new IllegalStateException("device " + device + " of node " + hosts[node].id()
                    + (deviceCondition[at] == Condition.DOWN ? " is down" : " is in use")
                    + " and cannot be divided");
        }
        mode[at] = (byte) next;
        deviceCondition[at] = Condition.REPARTITIONING;
        changed(node);
    }

    private int modeOf(int node, String name) {
        return name.equals(PartitionSchemes.WHOLE_MODE) ? UNDIVIDED : modeIndex(node, name);
    }

    private int modeIndex(int node, String name) {
        List<PartitionScheme> modes = hosts[node].modes();
        for (int i = 0; i < modes.size(); i++) {
            if (modes.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("devices of node " + hosts[node].id() + " have no partition mode " + name
                + "; they have " + modes.stream().map(PartitionScheme::name).toList());
    }

    /// Adds everything up anew.
    ///
    /// @throws IllegalStateException if what is free is not the capacity without what is held, or something
    ///     down or of the wrong mode is held
    public void check() {
        for (int node = 0; node < nodes; node++) {
            check(node);
        }
    }

    /// The same for one node.
    public void check(int node) {
        ClusterCheck.check(this, node);
    }

    private void account(Allotment allotment, int sign) {
        int node = allotment.node();
        freeCpuMilli[node] += sign * allotment.demand().cpuMilli();
        freeMemoryMib[node] += sign * allotment.demand().memoryMib();
        for (Grant grant : allotment.grants()) {
            int at = firstDevice[node] + grant.device();
            if (grant.slots() == 0) {
                freeMilli[at] += sign * grant.milli();
                freeBytes[at] += sign * grant.bytes();
            } else {
                usedSlots[at] ^= grant.slots();
            }
        }
    }

    private void changed(int node) {
        long open = 0;
        if (nodeCondition[node] == Condition.UP) {
            for (int at = firstDevice[node], bit = 0; at < firstDevice[node + 1]; at++, bit++) {
                if (deviceCondition[at] == Condition.UP) {
                    open |= 1L << bit;
                }
            }
        }
        openDevices[node] = open;
        version[node] = lastVersion.incrementAndGet();
        recent[(int) (changes++ & (RECENT - 1))] = node;
    }

    private int at(int node, int device) {
        if (device < 0 || device >= hosts[node].devices()) {
            throw new IndexOutOfBoundsException("node " + hosts[node].id() + " has no device " + device);
        }
        return firstDevice[node] + device;
    }
}
