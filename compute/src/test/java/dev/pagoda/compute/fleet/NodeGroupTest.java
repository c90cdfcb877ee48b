package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NodeGroupTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();

    @Test
    void leavesNothingOpenWhenLittleIsSaid() {
        Node node = nodes(new NodeGroup(1, "a", "h100-sxm", 8, 512)).getFirst();
        assertEquals(new HostShape(128, 2, 4), node.shape());
        assertEquals("us-central1", node.place().region().id());
        assertEquals(NetworkTier.ETHERNET_100, node.service().network());
        assertEquals(1, node.service().nics());
        assertEquals(StorageTier.DISTRIBUTED, node.service().storage());
        assertEquals(IsolationMode.CONTAINER, node.service().isolation());
        assertEquals(2.95, node.service().usdPerDeviceHour());
        assertEquals(PartitionKind.WHOLE, node.mode().kind());
    }

    @Test
    void devicesHangOnSwitchesAndSocketsInTheirOrder() {
        Node node = nodes(new NodeGroup(1, "a", "h100-sxm", 8, 512)).getFirst();
        assertEquals(List.of(0, 0, 1, 1, 2, 2, 3, 3), each(8, node::switchOf));
        assertEquals(List.of(0, 0, 0, 0, 1, 1, 1, 1), each(8, node::numaOf));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 10, 16, 33, 64})
    void usualShapeFitsAnyNumberOfDevices(int devices) {
        Node node = nodes(new NodeGroup(1, "a", "l20", devices, 512)).getFirst();
        List<Integer> numa = each(devices, node::numaOf);
        assertEquals(numa.stream().sorted().toList(), numa);
        assertTrue(numa.stream().allMatch(i -> i >= 0 && i < node.shape().numaNodes()));
    }

    @Test
    void linksOfABoxJoinItsDevicesOnly() {
        List<Node> nodes = nodes(new NodeGroup(2, "h", "h100-sxm", 8, 512));
        assertEquals(
                java.util.Collections.nCopies(8, "h-0/0"), nodes.get(0).place().linkDomains());
        assertEquals("h-1/0", nodes.get(1).place().linkDomains().get(7));
    }

    @Test
    void devicesWithoutLinksAreAloneInTheirDomain() {
        Node node = nodes(new NodeGroup(1, "l", "l20", 4, 512)).getFirst();
        assertEquals(List.of("l-0/0", "l-0/1", "l-0/2", "l-0/3"), node.place().linkDomains());
        assertFalse(node.hasLinkedDevices());
    }

    @Test
    void linksOfARackReachOverItsNodes() {
        List<Node> nodes = nodes(new NodeGroup(20, "g", "gb200", 4, 512));
        assertEquals("g/0", nodes.get(17).place().linkDomains().get(3));
        assertEquals("g/1", nodes.get(18).place().linkDomains().getFirst());
        assertEquals(
                2,
                new HashSet<>(nodes.stream()
                                .flatMap(node -> node.place().linkDomains().stream())
                                .toList())
                        .size());
    }

    @Test
    void nodesFillRacksInTheirOrder() {
        var site = new Site("europe-north1", "b", 3, NetworkTier.INFINIBAND_NDR, null, null, null, null);
        List<Node> nodes = nodes(new NodeGroup(7, "h", "h100-sxm", 8, 512, null, site, null, null));
        assertEquals("europe-north1/b", nodes.get(0).place().zone());
        assertEquals(
                List.of("h-0", "h-0", "h-0", "h-1", "h-1", "h-1", "h-2"),
                nodes.stream()
                        .map(node -> node.place().rack().substring("europe-north1/b/".length()))
                        .toList());
        assertEquals(8, nodes.getFirst().service().nics());
    }

    @Test
    void takesTheModeAndThePriceThatAreSaid() {
        var group = new NodeGroup(1, "m", "mi300x", 8, 512, null, null, "cpx_nps4", 1.25);
        Node node = nodes(group).getFirst();
        assertEquals("cpx_nps4", node.mode().name());
        assertEquals(1.25, node.service().usdPerDeviceHour());
    }

    @Test
    void estimatesThePriceOfADeviceThatHasNone() {
        Node node = nodes(new NodeGroup(1, "a", "ascend-910b3", 8, 512)).getFirst();
        assertEquals(2.95 * 313 / 989, node.service().usdPerDeviceHour(), 1e-9);
    }

    @Test
    void saysWhatWouldHaveBeenRight() {
        assertMessage(
                "accelerator t4 has no mode mig; its modes are whole, time-slicing-N, mps-N",
                () -> nodes(new NodeGroup(1, "a", "t4", 1, 64, null, null, "mig", null)));
        assertMessage("region europe-nord1 is unknown; the nearest is europe-north1", () -> {
            var site = new Site("europe-nord1", null, null, null, null, null, null, null);
            nodes(new NodeGroup(1, "a", "t4", 1, 64, null, site, null, null));
        });
        assertMessage("pcieSwitches 3 do not spread evenly over 2 NUMA nodes", () -> new HostShape(64, 2, 3));
        assertMessage("cpuCores 0 is outside 1 to 4096", () -> new HostShape(0, 1, 1));
        assertMessage(
                "nodesPerRack 0 is outside 1 to 4096", () -> new Site(null, null, 0, null, null, null, null, null));
        assertMessage(
                "price of -1.0 USD an hour is outside 0 to 10000.0",
                () -> nodes(new NodeGroup(1, "a", "t4", 1, 64, null, null, null, -1.0)));
        assertMessage("node group a has 65 devices a node, outside 1 to 64", () -> new NodeGroup(1, "a", "t4", 65, 64));
    }

    private static void assertMessage(String message, org.junit.jupiter.api.function.Executable executable) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, executable).getMessage());
    }

    private static List<Integer> each(int devices, java.util.function.IntUnaryOperator of) {
        return IntStream.range(0, devices).map(of).boxed().toList();
    }

    private static List<Node> nodes(NodeGroup group) {
        return group.nodes(CATALOGUE);
    }
}
