package dev.pagoda.compute.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.fleet.Interconnect.Level;
import dev.pagoda.compute.fleet.Interconnect.Path;
import dev.pagoda.compute.fleet.Interconnect.Place;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class InterconnectTest {
    private static final AcceleratorCatalogue CATALOGUE = AcceleratorCatalogue.shipped();
    private static final Interconnect WAYS = new Interconnect(CATALOGUE);

    @Test
    void devicesOfABoxTalkOverTheirLinks() {
        Node node = nodes("h", "h100-sxm", 1, NetworkTier.INFINIBAND_NDR).getFirst();
        Path path = WAYS.between(new Place(node, 0), new Place(node, 7));
        assertEquals(Level.LINK_DOMAIN, path.level());
        assertEquals(450e9, path.bytesPerSecond());
    }

    @Test
    void devicesWithoutLinksTalkOverPcieAndSockets() {
        Node node = nodes("l", "l20", 1, NetworkTier.ETHERNET_25).getFirst();
        assertEquals(Level.PCIE_SWITCH, Interconnect.level(new Place(node, 0), new Place(node, 1)));
        assertEquals(Level.NUMA_NODE, Interconnect.level(new Place(node, 1), new Place(node, 2)));
        Path far = WAYS.between(new Place(node, 0), new Place(node, 7));
        assertEquals(Level.NODE, far.level());
        assertEquals(31.5e9, far.bytesPerSecond());
        assertEquals(Level.SAME_DEVICE, Interconnect.level(new Place(node, 3), new Place(node, 3)));
    }

    @Test
    void eachDeviceHasItsPartOfTheNodesPorts() {
        List<Node> rails = nodes("h", "h100-sxm", 2, NetworkTier.INFINIBAND_NDR);
        assertEquals(50e9, between(rails, 0, 1).bytesPerSecond());
        List<Node> oneCard = nodes("h", "h100-sxm", 2, NetworkTier.ETHERNET_100);
        assertEquals(100e9 / 8 / 8, between(oneCard, 0, 1).bytesPerSecond());
    }

    @Test
    void fartherIsNeverFaster() {
        for (NetworkTier tier : NetworkTier.values()) {
            List<Node> nodes = nodes("h", "h100-sxm", 6, tier);
            Node elsewhere =
                    group("e", "h100-sxm", 1, "europe-west4", "a", tier).getFirst();
            Node otherZone = group("z", "h100-sxm", 1, "us-central1", "b", tier).getFirst();
            Place from = new Place(nodes.getFirst(), 0);
            List<Path> paths = List.of(
                    WAYS.between(from, from),
                    WAYS.between(from, new Place(nodes.getFirst(), 7)),
                    WAYS.between(from, new Place(nodes.get(1), 0)),
                    WAYS.between(from, new Place(nodes.get(5), 0)),
                    WAYS.between(from, new Place(otherZone, 0)),
                    WAYS.between(from, new Place(elsewhere, 0)));
            assertEquals(
                    List.of(Level.SAME_DEVICE, Level.LINK_DOMAIN, Level.RACK, Level.ZONE, Level.REGION, Level.WORLD),
                    paths.stream().map(Path::level).toList());
            for (int i = 1; i < paths.size(); i++) {
                assertTrue(paths.get(i).bytesPerSecond() <= paths.get(i - 1).bytesPerSecond(), tier + " " + i);
                assertTrue(paths.get(i).latencySeconds() >= paths.get(i - 1).latencySeconds(), tier + " " + i);
            }
        }
    }

    @Test
    void wayIsTheSameInBothDirections() {
        List<Node> nodes = nodes("l", "l20", 6, NetworkTier.ROCE_200);
        for (int a = 0; a < 48; a++) {
            for (int b = 0; b < 48; b++) {
                Place one = new Place(nodes.get(a / 8), a % 8);
                Place other = new Place(nodes.get(b / 8), b % 8);
                assertEquals(WAYS.between(one, other), WAYS.between(other, one));
            }
        }
    }

    @Test
    void gangIsAsFastAsItsNarrowestWay() {
        List<Node> nodes = nodes("h", "h100-sxm", 5, NetworkTier.INFINIBAND_NDR);
        List<Place> box = IntStream.range(0, 8)
                .mapToObj(i -> new Place(nodes.getFirst(), i))
                .toList();
        assertEquals(Level.LINK_DOMAIN, WAYS.narrowest(box).level());
        List<Place> spread = List.of(box.get(0), box.get(1), new Place(nodes.get(1), 0), new Place(nodes.get(4), 0));
        assertEquals(Level.ZONE, WAYS.narrowest(spread).level());
        assertEquals(Level.SAME_DEVICE, WAYS.narrowest(box.subList(0, 1)).level());
    }

    @Test
    void rackOfLinkedNodesIsOneDomain() {
        List<Node> nodes = group("g", "gb200", 18, "us-central1", "a", NetworkTier.INFINIBAND_XDR, 4);
        assertEquals(Level.LINK_DOMAIN, Interconnect.level(new Place(nodes.get(0), 0), new Place(nodes.get(17), 3)));
    }

    private static Path between(List<Node> nodes, int a, int b) {
        return WAYS.between(new Place(nodes.get(a), 0), new Place(nodes.get(b), 0));
    }

    private static List<Node> nodes(String prefix, String accelerator, int count, NetworkTier network) {
        return group(prefix, accelerator, count, "us-central1", "a", network);
    }

    private static List<Node> group(
            String prefix, String accelerator, int count, String region, String zone, NetworkTier network) {
        return group(prefix, accelerator, count, region, zone, network, 8);
    }

    private static List<Node> group(
            String prefix,
            String accelerator,
            int count,
            String region,
            String zone,
            NetworkTier network,
            int devices) {
        var site = new Site(region, zone, 4, network, null, null, null, null);
        return new NodeGroup(count, prefix, accelerator, devices, 512, null, site, null, null).nodes(CATALOGUE);
    }
}
