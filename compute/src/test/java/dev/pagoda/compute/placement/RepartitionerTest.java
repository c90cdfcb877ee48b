package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.fleet.PartitionState;
import dev.pagoda.compute.placement.Repartitioner.Place;
import dev.pagoda.compute.placement.Repartitioner.Suggestion;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class RepartitionerTest {
    private static final long SECOND = 1_000_000;
    private static final Demand WHOLE = Demand.ofDevices(0, 0, 1);
    private static final Demand SLICE = new Demand(0, 0, 1, new Share.Slice("3g.40gb"), Set.of());

    private final Cluster cluster =
            FleetHosts.cluster(new NodeGroup(1, "h", "h100-sxm", 2, 512).nodes(AcceleratorCatalogue.shipped()));
    private final Placer placer = new Placer(cluster, new BestFit());
    private final Repartitioner modes = new Repartitioner(cluster);

    @Test
    void idleDeviceIsDividedAfterItsTime() {
        assertFalse(cluster.fits(0, SLICE));
        modes.ask(0, 0, "mig", 5);
        assertEquals(OptionalLong.of(30 * SECOND + 5), modes.next());
        assertEquals(List.of(), modes.advance(30 * SECOND));
        assertFalse(cluster.fits(0, SLICE));
        assertEquals(List.of(new Place(0, 0)), modes.advance(30 * SECOND + 5));
        assertTrue(cluster.fits(0, SLICE));
        assertEquals(OptionalLong.empty(), modes.next());
    }

    @Test
    void deviceInUseTakesNothingNewAndKeepsWhatItHas() {
        Allotment task = placer.place(WHOLE).orElseThrow();
        int device = task.grants().getFirst().device();
        assertInstanceOf(PartitionState.Draining.class, modes.ask(0, device, "mig", 0));
        assertTrue(cluster.holds(task));
        cluster.release(task);
        assertEquals(
                1 - device,
                placer.place(WHOLE).orElseThrow().grants().getFirst().device());
        modes.settle(7 * SECOND);
        assertEquals(OptionalLong.of(37 * SECOND), modes.next());
        modes.advance(37 * SECOND);
        assertEquals("mig", modes.state(0, device).mode().name());
        assertEquals(2, cluster.mode(0, device).orElseThrow().room(4, cluster.usedSlots(0, device)));
    }

    @Test
    void changeThatWaitsCanBeCalledOff() {
        Allotment task = placer.place(WHOLE).orElseThrow();
        int device = task.grants().getFirst().device();
        modes.ask(0, device, "mig", 0);
        assertEquals(List.of(new Place(0, device)), modes.moving());
        modes.callOff(0, device);
        assertEquals(List.of(), modes.moving());
        cluster.release(task);
        assertTrue(cluster.fits(0, Demand.ofDevices(0, 0, 2)));
    }

    @Test
    void failureEndsAChangeAndRepairBringsTheDeviceBack() {
        modes.ask(0, 0, "mig", 0);
        modes.failed(0, 0, SECOND);
        assertEquals(List.of(), modes.advance(100 * SECOND));
        assertThrows(IllegalStateException.class, () -> modes.ask(0, 0, "whole", 0));
        modes.repaired(0, 0);
        assertEquals("mig", modes.state(0, 0).mode().name());
        assertTrue(cluster.fits(0, SLICE));
    }

    @Test
    void failureOfATaskLetsADrainingDeviceGoOn() {
        Allotment task = placer.place(Demand.ofDevices(0, 0, 2)).orElseThrow();
        modes.ask(0, 1, "mig", 0);
        assertEquals(List.of(task), modes.failed(0, 0, SECOND));
        assertInstanceOf(PartitionState.Switching.class, modes.state(0, 1));
    }

    @Test
    void forkGoesItsOwnWay() {
        modes.ask(0, 0, "mig", 0);
        Cluster fork = cluster.fork();
        modes.fork(fork).advance(60 * SECOND);
        assertTrue(fork.fits(0, SLICE));
        assertFalse(cluster.fits(0, SLICE));
    }

    @Test
    void suggestsTheDeviceThatIsLeastInUse() {
        assertEquals(Optional.of(new Suggestion(new Place(0, 0), "mig", 0)), modes.suggest(SLICE));
        assertTrue(placer.place(WHOLE).isPresent());
        assertEquals(Optional.of(new Suggestion(new Place(0, 1), "mig", 0)), modes.suggest(SLICE));
        assertTrue(placer.place(WHOLE).isPresent());
        assertEquals(1, modes.suggest(SLICE).orElseThrow().tasks());
        assertEquals(Optional.empty(), modes.suggest(WHOLE));
        assertEquals(Optional.empty(), modes.suggest(SLICE.on("t4")));
        modes.ask(0, 0, "mig", 0);
        modes.ask(0, 1, "mig", 0);
        assertEquals(Optional.empty(), modes.suggest(SLICE));
    }

    @Test
    void devicesBeginInTheModeThatTheirNodeSays() {
        var group = new NodeGroup(1, "m", "h100-sxm", 2, 512, null, null, "mig", null);
        Cluster divided = FleetHosts.cluster(group.nodes(AcceleratorCatalogue.shipped()));
        assertEquals(
                4,
                new Placer(divided, new BestFit()).place(Gang.of(SLICE, 4)) instanceof GangVerdict.Granted granted
                        ? granted.allotments().size()
                        : 0);
        assertFalse(divided.fits(0, WHOLE));
        divided.check();
    }

    @Test
    void saysWhichModesTheDevicesHave() {
        var error = assertThrows(IllegalArgumentException.class, () -> modes.ask(0, 0, "cpx_nps4", 0));
        assertEquals("devices of node h-0 have no partition mode cpx_nps4; they have whole, mig", error.getMessage());
    }
}
