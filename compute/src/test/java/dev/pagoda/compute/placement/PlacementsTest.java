package dev.pagoda.compute.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.ComputeConfig;
import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.DeviceView;
import dev.pagoda.compute.api.FleetStatus;
import dev.pagoda.compute.api.NodeState;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.PlacementRefusal;
import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.Node;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PlacementsTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final long GIB = 1L << 30;

    private final Placements fleet = new Placements(ComputeConfig.defaults().fleet(CATALOGUE), Strategy.BINPACK, 1);

    @Test
    void givesAGangTheLowestDevicesOfOneNode() {
        Placement placement = granted(fleet, gang(3, 60 * GIB, true, "h100-sxm"));
        assertEquals(List.of(h100("h100-0", 0), h100("h100-0", 1), h100("h100-0", 2)), placement.devices());
        assertEquals("h100-sxm", placement.accelerator().id());
    }

    @Test
    void binpackFillsTheFullestNodeThatFits() {
        granted(fleet, gang(3, 0, true, "h100-sxm"));
        granted(fleet, gang(6, 0, true, "h100-sxm"));
        assertEquals("h100-1", firstNode(granted(fleet, gang(2, 0, true, "h100-sxm"))));
        assertEquals("h100-0", firstNode(granted(fleet, gang(5, 0, true, "h100-sxm"))));
    }

    @Test
    void spreadTakesTheEmptiestNode() {
        var spread = new Placements(ComputeConfig.defaults().fleet(CATALOGUE), Strategy.SPREAD, 1);
        assertEquals("h100-0", firstNode(granted(spread, gang(1, 0, true, "h100-sxm"))));
        assertEquals("h100-1", firstNode(granted(spread, gang(2, 0, true, "h100-sxm"))));
        assertEquals("h100-0", firstNode(granted(spread, gang(1, 0, true, "h100-sxm"))));
    }

    @Test
    void spansNodesOnlyWhenAllowed() {
        refused(PlacementRefusal.FLEET_TOO_SMALL, gang(12, 0, true, "h100-sxm"));
        Placement spanning = granted(fleet, gang(12, 0, false, "h100-sxm"));
        assertEquals(2, spanning.placed().nodes());
        assertEquals(12, spanning.devices().stream().distinct().count());
    }

    @Test
    void triesPreferredAcceleratorsInTheirOrder() {
        granted(fleet, gang(8, 0, true, "mi300x"));
        Placement placement = granted(fleet, gang(4, 40 * GIB, true, "mi300x", "l20", "ascend-910b3"));
        assertEquals("l20", placement.accelerator().id());
    }

    @Test
    void fallsBackToAnyAcceleratorAfterThePreferredOnes() {
        PlaceGang gang = gang(8, 60 * GIB, true, "h200-sxm", "mi300x", "*");
        assertEquals("mi300x", granted(fleet, gang).accelerator().id());
        assertEquals("ascend-910b3", granted(fleet, gang).accelerator().id());
        assertEquals("h100-sxm", granted(fleet, gang).accelerator().id());
    }

    @Test
    void takesTheSmallestSufficientDevicesWithoutAPreference() {
        assertEquals(
                "l20", granted(fleet, gang(1, 20 * GIB, true)).accelerator().id());
        assertEquals(
                "ascend-910b3",
                granted(fleet, gang(1, 60 * GIB, true)).accelerator().id());
        assertEquals(
                "mi300x", granted(fleet, gang(1, 90 * GIB, true)).accelerator().id());
    }

    @Test
    void sixAndOneFreeDevicesInTwoNodesAreNotSevenConnectedOnes() {
        granted(fleet, gang(2, 0, true, "h100-sxm"));
        granted(fleet, gang(7, 0, true, "h100-sxm"));
        refused(PlacementRefusal.FRAGMENTED, gang(7, 0, true, "h100-sxm"));
        assertEquals(2, granted(fleet, gang(7, 0, false, "h100-sxm")).placed().nodes());
    }

    @Test
    void refusesWithTheDominantReasonAndItsCounts() {
        granted(fleet, gang(2, 0, true, "h100-sxm"));
        granted(fleet, gang(7, 0, true, "h100-sxm"));
        assertEquals(
                "needs 7 h100-sxm with 70.5 GiB each in one node; 7 of 16 are free, but at most 6 in one node",
                refused(PlacementRefusal.FRAGMENTED, gang(7, 141 * GIB / 2, true, "h100-sxm")));
        assertEquals(
                "needs 8 h100-sxm; 7 of 16 are free", refused(PlacementRefusal.BUSY, gang(8, 0, false, "h100-sxm")));
        assertEquals(
                "needs 1 devices with 256 GiB each in one node, but mi300x has 192 GiB each",
                refused(PlacementRefusal.DEVICE_TOO_SMALL, gang(1, 256 * GIB, true)));
        assertEquals(
                "needs 17 h100-sxm, but the fleet has only 16",
                refused(PlacementRefusal.FLEET_TOO_SMALL, gang(17, 0, false, "h100-sxm")));
        assertEquals(
                "needs 1 tpu-v5e, of which the fleet has none; it has h100-sxm, ascend-910b3, mi300x, l20",
                refused(PlacementRefusal.NO_SUCH_ACCELERATOR, gang(1, 0, false, "tpu-v5e")));
        fleet.fail("l20-0", 2);
        assertEquals(
                "needs 2 l20; only 0 of 4 are in nodes that are up",
                refused(PlacementRefusal.NODES_DOWN, gang(2, 0, false, "l20")));
    }

    @Test
    void aRefusalChangesNothing() {
        List<?> before = fleet.nodes();
        refused(PlacementRefusal.FLEET_TOO_SMALL, gang(9, 0, true));
        assertEquals(before, fleet.nodes());
    }

    @Test
    void releasedDevicesCanBeGivenAgain() {
        Placement first = granted(fleet, gang(8, 0, true, "mi300x"));
        refused(PlacementRefusal.BUSY, gang(1, 0, true, "mi300x"));
        assertEquals(first, fleet.release(first.id()).orElseThrow());
        assertTrue(fleet.release(first.id()).isEmpty());
        assertEquals(first.devices(), granted(fleet, gang(8, 0, true, "mi300x")).devices());
    }

    @Test
    void aFailedNodeLosesItsPlacementsWholeAndTakesNoMore() {
        Placement inside = granted(fleet, gang(2, 0, true, "h100-sxm"));
        Placement spanning = granted(fleet, gang(10, 0, false, "h100-sxm"));
        Placement elsewhere = granted(fleet, gang(1, 0, true, "mi300x"));
        assertEquals(List.of(inside, spanning), fleet.fail("h100-0", 7));
        assertEquals(List.of(), fleet.fail("h100-0", 8));
        assertEquals(List.of(elsewhere), List.copyOf(fleet.placements()));
        assertEquals(NodeState.DOWN, fleet.node("h100-0").state());
        assertEquals(7, fleet.node("h100-0").stateSinceMicros());
        assertTrue(fleet.node("h100-1").devices().stream().allMatch(DeviceView::isFree));
        assertEquals("h100-1", firstNode(granted(fleet, gang(8, 0, true, "h100-sxm"))));
        refused(PlacementRefusal.NODES_DOWN, gang(9, 0, false, "h100-sxm"));
    }

    @Test
    void aRecoveredNodeTakesWorkAgain() {
        fleet.fail("l20-0", 7);
        assertTrue(fleet.recover("l20-0", 9));
        assertFalse(fleet.recover("l20-0", 10));
        assertEquals(9, fleet.node("l20-0").stateSinceMicros());
        granted(fleet, gang(4, 0, true, "l20"));
    }

    @Test
    void knowsNoNodeItWasNotGiven() {
        assertFalse(fleet.hasNode("h100-9"));
        var error = assertThrows(IllegalArgumentException.class, () -> fleet.fail("h100-9", 1));
        assertEquals("the fleet has no node h100-9", error.getMessage());
    }

    @Test
    void countsDevicesByKind() {
        granted(fleet, gang(5, 0, true, "h100-sxm"));
        fleet.fail("h100-1", 2);
        var h100 = fleet.status().accelerators().getFirst();
        assertEquals(new FleetStatus.KindStatus("h100-sxm", 16, 8, 5), h100);
        assertEquals(4, fleet.status().nodesUp());
        assertEquals(1, fleet.status().placements());
    }

    @Test
    void anEmptyFleetRefusesEverything() {
        var nothing = new Placements(List.of(), Strategy.BINPACK, 1);
        var verdict = assertInstanceOf(Verdict.Refused.class, nothing.place(gang(1, 0, true), 2));
        assertEquals("needs 1 devices in one node, but the fleet has no node", verdict.sentence());
    }

    @Test
    void placesAGangOf512DevicesOnAThousandNodesQuickly() {
        List<Node> nodes = IntStream.range(0, 1_213)
                .mapToObj(i -> new Node("n-" + i, CATALOGUE.get("h100-sxm"), 8, GIB))
                .toList();
        var large = new Placements(nodes, Strategy.BINPACK, 1);
        long start = System.nanoTime();
        Placement placement = granted(large, gang(512, 0, false));
        assertEquals(64, placement.placed().nodes());
        assertTrue(System.nanoTime() - start < Duration.ofMillis(500).toNanos());
    }

    private String refused(PlacementRefusal reason, PlaceGang gang) {
        var verdict = assertInstanceOf(Verdict.Refused.class, fleet.place(gang, 2));
        assertEquals(reason, verdict.reason(), verdict.sentence());
        return verdict.sentence();
    }

    private static Placement granted(Placements fleet, PlaceGang gang) {
        return assertInstanceOf(Verdict.Granted.class, fleet.place(gang, 2)).placement();
    }

    private static PlaceGang gang(int devices, long bytes, boolean oneNode, String... accelerators) {
        return new PlaceGang("test", devices, bytes, List.of(accelerators), oneNode);
    }

    private static DeviceRef h100(String node, int index) {
        return new DeviceRef(node, index, "h100-sxm");
    }

    private static String firstNode(Placement placement) {
        return placement.devices().getFirst().node();
    }
}
