package dev.pagoda.compute.placement;

import dev.pagoda.compute.fleet.PartitionScheme;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Whether and how often a task fits a node, and on which devices by default.
final class Fit {
    private Fit() {}

    /// Why the node cannot take the task now, null when it can.
    ///
    /// @param allowed the devices it may use, a bit mask
    static @Nullable Lack lack(Cluster cluster, int node, Demand demand, long allowed) {
        Host host = cluster.host(node);
        int wanted = demand.devices();
        if (wanted > 0) {
            Lack lack = unsuitable(cluster, node, demand);
            if (lack != null) {
                return lack;
            }
        }
        if (demand.cpuMilli() > host.cpuMilli()) {
            return Lack.CPU_CAPACITY;
        }
        if (demand.memoryMib() > host.memoryMib()) {
            return Lack.MEMORY_CAPACITY;
        }
        Condition condition = cluster.condition(node);
        if (condition != Condition.UP) {
            return condition == Condition.DOWN ? Lack.NODE_DOWN : Lack.DRAINING;
        }
        if (wanted > 0 && devicesFor(cluster, node, demand, allowed, wanted) < wanted) {
            return scarceDevices(cluster, node, demand, allowed);
        }
        if (demand.memoryMib() > cluster.freeMemoryMib(node)) {
            return Lack.MEMORY_BUSY;
        }
        return demand.cpuMilli() > cluster.freeCpuMilli(node) ? Lack.CPU_BUSY : null;
    }

    private static @Nullable Lack unsuitable(Cluster cluster, int node, Demand demand) {
        Host host = cluster.host(node);
        if (host.devices() == 0 || !demand.accepts(host.accelerator())) {
            return Lack.ACCELERATOR;
        }
        return switch (demand.share()) {
            case Share.Whole whole when demand.devices() > host.devices() -> Lack.DEVICE_COUNT;
            case Share.Whole whole when whole.minBytes() > host.deviceBytes() -> Lack.DEVICE_MEMORY;
            case Share.Fraction part when demand.devices() > host.devices() -> Lack.DEVICE_COUNT;
            case Share.Fraction part when part.bytes() > host.deviceBytes() -> Lack.DEVICE_MEMORY;
            case Share.Slice slice when !hasPartition(cluster, node, slice) -> Lack.PARTITION;
            case Share.Whole whole -> null;
            case Share.Fraction part -> null;
            case Share.Slice slice -> null;
        };
    }

    private static boolean hasPartition(Cluster cluster, int node, Share.Slice slice) {
        for (int device = 0; device < cluster.host(node).devices(); device++) {
            if (isDividedFor(cluster, node, device, slice)) {
                return true;
            }
        }
        return false;
    }

    private static Lack scarceDevices(Cluster cluster, int node, Demand demand, long allowed) {
        if (allowed != Cluster.ALL
                && devicesFor(cluster, node, demand, Cluster.ALL, demand.devices()) >= demand.devices()) {
            return Lack.DOMAIN;
        }
        int up = 0;
        int draining = 0;
        int down = 0;
        for (int device = 0; device < cluster.host(node).devices(); device++) {
            if (isDividedFor(cluster, node, device, demand.share())) {
                switch (cluster.condition(node, device)) {
                    case UP -> up++;
                    case DRAINING, REPARTITIONING -> draining++;
                    case DOWN -> down++;
                }
            }
        }
        int least = demand.share() instanceof Share.Slice ? 1 : demand.devices();
        if (up >= least) {
            return Lack.DEVICES_BUSY;
        }
        if (up + draining >= least) {
            return Lack.DRAINING;
        }
        return up + draining + down >= least ? Lack.DEVICE_DOWN : Lack.PARTITION;
    }

    private static boolean isDividedFor(Cluster cluster, int node, int device, Share share) {
        PartitionScheme mode = cluster.modeOrNull(node, device);
        return share instanceof Share.Slice slice ? mode != null && mode.indexOf(slice.profile()) >= 0 : mode == null;
    }

    /// How many devices (or slices) of those asked for the node has free, counted up to `enough`.
    private static int devicesFor(Cluster cluster, int node, Demand demand, long allowed, int enough) {
        int found = 0;
        for (long left = cluster.openDevices(node) & allowed; left != 0 && found < enough; left &= left - 1) {
            int device = Long.numberOfTrailingZeros(left);
            found += room(cluster, node, device, demand.share(), enough - found);
        }
        return found;
    }

    /// How many such shares of one task a device can give; at most one of an undivided device.
    private static int room(Cluster cluster, int node, int device, Share share, int enough) {
        return switch (share) {
            case Share.Whole whole -> cluster.freeMilli(node, device) == Share.WHOLE_MILLI ? 1 : 0;
            case Share.Fraction part ->
                cluster.freeMilli(node, device) >= part.milli() && cluster.freeBytes(node, device) >= part.bytes()
                        ? 1
                        : 0;
            case Share.Slice slice -> slicesLeft(cluster, node, device, slice, enough);
        };
    }

    private static int slicesLeft(Cluster cluster, int node, int device, Share.Slice slice, int enough) {
        PartitionScheme mode = cluster.modeOrNull(node, device);
        int profile = mode == null ? -1 : mode.indexOf(slice.profile());
        if (mode == null || profile < 0) {
            return 0;
        }
        long occupied = cluster.usedSlots(node, device);
        if (enough == 1) {
            return mode.fits(profile, occupied) ? 1 : 0;
        }
        int found = 0;
        for (long place = mode.place(profile, occupied); place != 0 && found < enough; found++) {
            occupied |= place;
            place = mode.place(profile, occupied);
        }
        return found;
    }

    /// Puts up to `enough` slices on a device in thought and adds their places to `grants`.
    private static int slices(
            Cluster cluster, int node, int device, Share.Slice slice, int enough, List<Grant> grants) {
        PartitionScheme mode = cluster.modeOrNull(node, device);
        int profile = mode == null ? -1 : mode.indexOf(slice.profile());
        if (mode == null || profile < 0) {
            return 0;
        }
        long bytes = mode.profiles().get(profile).memoryBytes();
        long occupied = cluster.usedSlots(node, device);
        int found = 0;
        while (found < enough) {
            long place = mode.place(profile, occupied);
            if (place == 0) {
                break;
            }
            occupied |= place;
            grants.add(new Grant(device, 0, bytes, place));
            found++;
        }
        return found;
    }

    /// How many tasks of this demand a node could take at most, counted up to `enough`; exact but for parts of
    /// several devices, of which it may promise too many.
    static int capacity(Cluster cluster, int node, Demand demand, long allowed, int enough) {
        if (lack(cluster, node, demand, allowed) != null) {
            return 0;
        }
        long most = enough;
        if (demand.cpuMilli() > 0) {
            most = Math.min(most, cluster.freeCpuMilli(node) / demand.cpuMilli());
        }
        if (demand.memoryMib() > 0) {
            most = Math.min(most, cluster.freeMemoryMib(node) / demand.memoryMib());
        }
        if (demand.devices() > 0) {
            most = Math.min(most, shares(cluster, node, demand, allowed) / demand.devices());
        }
        return (int) most;
    }

    /// How many such shares the allowed devices can give, also several of one device to different tasks.
    private static long shares(Cluster cluster, int node, Demand demand, long allowed) {
        long shares = 0;
        for (long left = cluster.openDevices(node) & allowed; left != 0; left &= left - 1) {
            int device = Long.numberOfTrailingZeros(left);
            if (demand.share() instanceof Share.Fraction part) {
                long byMilli = cluster.freeMilli(node, device) / part.milli();
                long byBytes = part.bytes() == 0 ? byMilli : cluster.freeBytes(node, device) / part.bytes();
                shares += Math.min(byMilli, byBytes);
            } else {
                shares += room(cluster, node, device, demand.share(), Long.SIZE);
            }
        }
        return shares;
    }

    /// The devices for a task that fits: a part goes to the device with the least that is free and enough,
    /// whole devices are those of [#connected(Cluster, int, int, long)], slices go where fewest slots are free.
    /// Ties go to the lowest index.
    static List<Grant> tightest(Cluster cluster, int node, Demand demand, long allowed) {
        int wanted = demand.devices();
        if (wanted == 0) {
            return List.of();
        }
        return switch (demand.share()) {
            case Share.Whole whole -> wholes(cluster, node, connected(cluster, node, wanted, allowed));
            case Share.Fraction part -> parts(cluster, node, part, wanted, allowed);
            case Share.Slice slice -> tightSlices(cluster, node, slice, wanted, allowed);
        };
    }

    /// So many free devices: all in the link domain of the node that has the fewest free but enough, otherwise
    /// the lowest ones.
    ///
    /// @return a bit mask
    static long connected(Cluster cluster, int node, int wanted, long allowed) {
        long free = 0;
        for (long left = cluster.openDevices(node) & allowed; left != 0; left &= left - 1) {
            int device = Long.numberOfTrailingZeros(left);
            if (room(cluster, node, device, Share.ANY_WHOLE, 1) == 1) {
                free |= 1L << device;
            }
        }
        long best = free;
        List<String> links = cluster.host(node).domains().links();
        if (!links.isEmpty()) {
            for (long left = free; left != 0; ) {
                long domain = 0;
                String link = links.get(Long.numberOfTrailingZeros(left));
                for (long each = left; each != 0; each &= each - 1) {
                    if (links.get(Long.numberOfTrailingZeros(each)).equals(link)) {
                        domain |= Long.lowestOneBit(each);
                    }
                }
                left &= ~domain;
                if (Long.bitCount(domain) >= wanted && Long.bitCount(domain) < Long.bitCount(best)) {
                    best = domain;
                }
            }
        }
        long chosen = 0;
        for (int i = 0; i < wanted; i++) {
            chosen |= Long.lowestOneBit(best & ~chosen);
        }
        return chosen;
    }

    private static List<Grant> wholes(Cluster cluster, int node, long chosen) {
        List<Grant> grants = new ArrayList<>(Long.bitCount(chosen));
        long bytes = cluster.host(node).deviceBytes();
        for (long left = chosen; left != 0; left &= left - 1) {
            grants.add(new Grant(Long.numberOfTrailingZeros(left), Share.WHOLE_MILLI, bytes, 0));
        }
        return grants;
    }

    private static List<Grant> parts(Cluster cluster, int node, Share.Fraction part, int wanted, long allowed) {
        long chosen = 0;
        for (int i = 0; i < wanted; i++) {
            int best = -1;
            long open = cluster.openDevices(node) & allowed & ~chosen;
            for (long left = open; left != 0; left &= left - 1) {
                int device = Long.numberOfTrailingZeros(left);
                if (room(cluster, node, device, part, 1) == 1
                        && (best < 0 || cluster.freeMilli(node, device) < cluster.freeMilli(node, best))) {
                    best = device;
                }
            }
            chosen |= 1L << best;
        }
        List<Grant> grants = new ArrayList<>(wanted);
        for (long left = chosen; left != 0; left &= left - 1) {
            grants.add(new Grant(Long.numberOfTrailingZeros(left), part.milli(), part.bytes(), 0));
        }
        return grants;
    }

    private static List<Grant> tightSlices(Cluster cluster, int node, Share.Slice slice, int wanted, long allowed) {
        List<Grant> grants = new ArrayList<>(wanted);
        long devices = cluster.openDevices(node) & allowed;
        while (grants.size() < wanted) {
            int best = -1;
            for (long left = devices; left != 0; left &= left - 1) {
                int device = Long.numberOfTrailingZeros(left);
                if (room(cluster, node, device, slice, 1) == 1
                        && (best < 0
                                || Long.bitCount(cluster.usedSlots(node, device))
                                        > Long.bitCount(cluster.usedSlots(node, best)))) {
                    best = device;
                }
            }
            devices &= ~(1L << best);
            slices(cluster, node, best, slice, wanted - grants.size(), grants);
        }
        return grants;
    }

    /// @throws IllegalArgumentException unless these grants are what the demand asks for and are free
    static void verify(Cluster cluster, int node, Demand demand, List<Grant> grants) {
        Lack lack = lack(cluster, node, demand, Cluster.ALL);
        if (lack != null) {
            throw new IllegalArgumentException(
                    "node " + cluster.host(node).id() + " cannot take " + demand + ": nodes like it " + lack.words());
        }
        if (grants.size() != demand.devices()) {
            throw new IllegalArgumentException(grants.size() + " grants are not " + demand.devices() + " devices");
        }
        long undivided = 0;
        long[] slots = new long
                [demand.share() instanceof Share.Slice ? cluster.host(node).devices() : 0];
        for (Grant grant : grants) {
            int device = grant.device();
            boolean isFree = device >= 0
                    && device < cluster.host(node).devices()
                    && (cluster.openDevices(node) >>> device & 1) == 1
                    && switch (demand.share()) {
                        case Share.Whole whole ->
                            (undivided >>> device & 1) == 0
                                    && room(cluster, node, device, whole, 1) == 1
                                    && grant.equals(new Grant(
                                            device,
                                            Share.WHOLE_MILLI,
                                            cluster.host(node).deviceBytes(),
                                            0));
                        case Share.Fraction part ->
                            (undivided >>> device & 1) == 0
                                    && room(cluster, node, device, part, 1) == 1
                                    && grant.equals(new Grant(device, part.milli(), part.bytes(), 0));
                        case Share.Slice slice -> isPlace(cluster, node, grant, slice, slots);
                    };
            if (!isFree) {
                throw new IllegalArgumentException(grant + " on node "
                        + cluster.host(node).id() + " is not free or not what " + demand + " asks for");
            }
            undivided |= 1L << device;
            if (grant.slots() != 0) {
                slots[device] |= grant.slots();
            }
        }
    }

    private static boolean isPlace(Cluster cluster, int node, Grant grant, Share.Slice slice, long[] taken) {
        int device = grant.device();
        PartitionScheme mode = cluster.modeOrNull(node, device);
        int profile = mode == null ? -1 : mode.indexOf(slice.profile());
        return mode != null
                && profile >= 0
                && mode.isPlacement(profile, grant.slots())
                && grant.milli() == 0
                && grant.bytes() == mode.profiles().get(profile).memoryBytes()
                && (grant.slots() & (cluster.usedSlots(node, device) | taken[device])) == 0;
    }
}
