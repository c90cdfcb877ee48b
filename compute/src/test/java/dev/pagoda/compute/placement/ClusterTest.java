package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClusterTest {
    private static final long GIB = 1L << 30;
    private static final Demand HALF = part(500, 8 * GIB);

    private static Demand part(int milli, long bytes) {
        return new Demand(1000, 1024, 1, new Share.Fraction(milli, bytes), Set.of());
    }

    private static Cluster oneNode() {
        return new Cluster(List.of(Host.of("a", 8_000, 65_536, "l4", 2, 24 * GIB)));
    }

    private static Allotment give(Cluster cluster, int node, Demand demand) {
        return cluster.allot(node, demand, Fit.tightest(cluster, node, demand, Cluster.ALL));
    }

    @Test
    void whatIsFreeIsTheCapacityWithoutWhatIsHeld() {
        Cluster cluster = oneNode();
        Allotment half = give(cluster, 0, HALF);
        Allotment whole = give(cluster, 0, Demand.ofDevices(4_000, 1_024, 1));
        assertEquals(List.of(new Grant(0, 500, 8 * GIB, 0)), half.grants());
        assertEquals(List.of(new Grant(1, 1000, 24 * GIB, 0)), whole.grants());
        assertEquals(3_000, cluster.freeCpuMilli(0));
        assertEquals(500, cluster.freeMilli(0, 0));
        assertEquals(0, cluster.freeBytes(0, 1));
        cluster.check();
        cluster.release(whole);
        cluster.release(half);
        assertEquals(8_000, cluster.freeCpuMilli(0));
        assertTrue(cluster.isIdle(0, 0) && cluster.isIdle(0, 1));
        cluster.check();
    }

    @Test
    void aCardIsNeverGivenTwice() {
        Cluster cluster = oneNode();
        Demand whole = Demand.ofDevices(0, 0, 1);
        cluster.allot(0, whole, List.of(new Grant(0, 1000, 24 * GIB, 0)));
        assertThrows(
                IllegalArgumentException.class,
                () -> cluster.allot(0, whole, List.of(new Grant(0, 1000, 24 * GIB, 0))));
        assertThrows(
                IllegalArgumentException.class, () -> cluster.allot(0, HALF, List.of(new Grant(0, 500, 8 * GIB, 0))));
        Demand two = Demand.ofDevices(0, 0, 2);
        assertEquals(Optional.of(Lack.DEVICES_BUSY), cluster.lack(0, two));
        cluster.check();
    }

    @Test
    void bytesOfASharedCardAreCountedBesideItsThousandths() {
        Cluster cluster = oneNode();
        give(cluster, 0, part(100, 20 * GIB));
        give(cluster, 0, part(100, 20 * GIB));
        assertEquals(Optional.of(Lack.DEVICES_BUSY), cluster.lack(0, part(100, 5 * GIB)));
        assertTrue(cluster.fits(0, part(900, 4 * GIB)));
    }

    @Test
    void aNodeSaysWhatItLacks() {
        Cluster cluster = oneNode();
        assertEquals(
                Optional.of(Lack.ACCELERATOR),
                cluster.lack(0, Demand.ofDevices(0, 0, 1).on("h100-sxm", "a100-sxm-80g")));
        assertEquals(Optional.of(Lack.DEVICE_COUNT), cluster.lack(0, Demand.ofDevices(0, 0, 3)));
        assertEquals(Optional.of(Lack.DEVICE_MEMORY), cluster.lack(0, part(1, 25 * GIB)));
        assertEquals(
                Optional.of(Lack.PARTITION), cluster.lack(0, new Demand(0, 0, 1, new Share.Slice("1g.5gb"), Set.of())));
        assertEquals(Optional.of(Lack.CPU_CAPACITY), cluster.lack(0, Demand.ofCpu(8_001, 0)));
        assertEquals(Optional.of(Lack.MEMORY_CAPACITY), cluster.lack(0, Demand.ofCpu(0, 65_537)));
        give(cluster, 0, Demand.ofCpu(8_000, 1));
        assertEquals(Optional.of(Lack.CPU_BUSY), cluster.lack(0, Demand.ofCpu(1, 0)));
        assertEquals(Optional.of(Lack.MEMORY_BUSY), cluster.lack(0, Demand.ofCpu(0, 65_536)));
        cluster.drain(0);
        assertEquals(Optional.of(Lack.DRAINING), cluster.lack(0, Demand.ofCpu(0, 0)));
        cluster.fail(0);
        assertEquals(Optional.of(Lack.NODE_DOWN), cluster.lack(0, Demand.ofCpu(0, 0)));
    }

    @Test
    void aFailedNodeLosesWhatItHeldAndComesBackEmpty() {
        Cluster cluster = oneNode();
        Allotment half = give(cluster, 0, HALF);
        assertEquals(List.of(half), cluster.fail(0));
        assertFalse(cluster.holds(half));
        assertThrows(IllegalArgumentException.class, () -> cluster.release(half));
        assertEquals(List.of(), cluster.fail(0));
        cluster.check();
        cluster.open(0);
        assertTrue(cluster.fits(0, Demand.ofDevices(8_000, 65_536, 2)));
    }

    @Test
    void aFailedDeviceLosesTheTasksThatTouchItOnly() {
        Cluster cluster = oneNode();
        Allotment half = give(cluster, 0, HALF);
        Allotment whole = give(cluster, 0, Demand.ofDevices(0, 0, 1));
        assertEquals(List.of(whole), cluster.fail(0, 1));
        assertTrue(cluster.holds(half));
        assertEquals(Optional.of(Lack.DEVICE_DOWN), cluster.lack(0, Demand.ofDevices(0, 0, 2)));
        cluster.check();
        cluster.open(0, 1);
        assertTrue(cluster.fits(0, Demand.ofDevices(0, 0, 1)));
    }

    @Test
    void aDrainingDeviceKeepsWhatItHasAndTakesNothing() {
        Cluster cluster = oneNode();
        Allotment half = give(cluster, 0, HALF);
        cluster.drain(0, 0);
        assertTrue(cluster.holds(half));
        assertEquals(1, give(cluster, 0, HALF).grants().getFirst().device());
        assertThrows(IllegalStateException.class, () -> cluster.repartition(0, 0, "whole"));
        cluster.check();
    }

    @Test
    void slicesOfADividedDeviceExcludeEachOther() {
        PartitionScheme mig = PartitionSchemes.mig("a30-24gb", 24 * GIB);
        Cluster cluster =
                new Cluster(List.of(new Host("a", 8_000, 1_024, "a30", 2, 24 * GIB, Host.Domains.NONE, List.of(mig))));
        cluster.repartition(0, 1, "mig");
        assertEquals(Optional.of(Lack.DRAINING), cluster.lack(0, slices("2g.12gb", 1)));
        cluster.open(0, 1);
        assertEquals(Optional.of(Lack.PARTITION), cluster.lack(0, Demand.ofDevices(0, 0, 2)));
        Allotment two = give(cluster, 0, slices("2g.12gb", 1));
        assertEquals(1, two.grants().getFirst().device());
        give(cluster, 0, slices("1g.6gb", 1));
        assertEquals(Optional.of(Lack.DEVICES_BUSY), cluster.lack(0, slices("2g.12gb", 1)));
        assertEquals(1, give(cluster, 0, slices("1g.6gb", 1)).grants().size());
        cluster.check();
        assertThrows(IllegalStateException.class, () -> cluster.repartition(0, 1, "whole"));
        cluster.release(two);
        assertEquals(2, give(cluster, 0, slices("1g.6gb", 2)).grants().size());
        assertEquals(Optional.of(Lack.DEVICES_BUSY), cluster.lack(0, slices("1g.6gb", 1)));
        cluster.check();
    }

    private static Demand slices(String profile, int count) {
        return new Demand(0, 0, count, new Share.Slice(profile), Set.of());
    }

    @Test
    void aForkAndItsOriginKnowNothingOfEachOther() {
        Cluster origin = oneNode();
        Allotment half = give(origin, 0, HALF);
        Cluster fork = origin.fork();
        fork.add(Host.of("b", 1_000, 1_024, "", 0, 0));
        fork.release(half);
        give(fork, 0, Demand.ofDevices(0, 0, 2));
        assertTrue(origin.holds(half));
        assertEquals(1, origin.nodes());
        assertEquals(Optional.empty(), origin.find("b"));
        assertEquals(Optional.of(1), fork.find("b"));
        give(origin, 0, HALF);
        origin.check();
        fork.check();
    }

    @Test
    void refusesWhatCannotBe() {
        assertThrows(IllegalArgumentException.class, () -> Demand.ofCpu(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> Demand.ofDevices(0, 0, 1_000_000));
        assertThrows(IllegalArgumentException.class, () -> part(1_001, 0));
        assertThrows(IllegalArgumentException.class, () -> Demand.ofCpu(1_000_000_000_000_000L, 0));
        assertThrows(IllegalArgumentException.class, () -> Host.of("a", 1, 1, "", 1, 0));
        Host twice = Host.of("a", 1, 1, "", 0, 0);
        assertThrows(IllegalArgumentException.class, () -> new Cluster(List.of(twice, twice)));
    }
}
