package dev.pagoda.compute.fleet;

import java.util.List;

/// The ways between devices: what they share, how much it carries, how long a small message takes.
///
/// Rates come from the catalogue (links, PCIe) and from the network of the nodes; a node's ports are shared
/// evenly by its devices. Latencies inside a node, and everything between zones, are estimates.
public final class Interconnect {
    private static final double LINK_SECONDS = 1.5e-6;
    private static final double SWITCH_SECONDS = 2e-6;
    private static final double NUMA_SECONDS = 2.5e-6;
    private static final double SOCKET_SECONDS = 3.5e-6;
    /// Two more switches on the way out of a rack.
    private static final double SPINE_SECONDS = 1e-6;

    private static final double ZONE_SECONDS = 1e-3;
    private static final double REGION_SECONDS = 50e-3;
    /// What peers get through the link between two sockets.
    private static final double SOCKET_BYTES = 32e9;

    private static final double ZONE_SHARE = 0.1;
    private static final double REGION_SHARE = 0.01;

    private final AcceleratorCatalogue catalogue;

    public Interconnect(AcceleratorCatalogue catalogue) {
        this.catalogue = catalogue;
    }

    /// A device of a node.
    public record Place(Node node, int device) {
        public Place {
            if (device < 0 || device >= node.devices()) {
                throw new IndexOutOfBoundsException("device " + device + " of node " + node.id());
            }
        }
    }

    /// What two devices share, nearest first.
    public enum Level {
        SAME_DEVICE,
        LINK_DOMAIN,
        PCIE_SWITCH,
        NUMA_NODE,
        NODE,
        RACK,
        ZONE,
        REGION,
        WORLD
    }

    /// A way between two devices.
    ///
    /// @param bytesPerSecond one way, when nobody else uses it
    /// @param latencySeconds of a small message
    public record Path(Level level, double bytesPerSecond, double latencySeconds) {}

    /// The way from one device to another.
    public Path between(Place a, Place b) {
        Level level = level(a, b);
        double hosts = Math.min(hostBytes(a), hostBytes(b));
        double ports = Math.min(portBytes(a), portBytes(b));
        double wire = Math.max(
                a.node.service().network().latencySeconds(),
                b.node.service().network().latencySeconds());
        double oversubscription = Math.max(
                a.node.service().network().oversubscription(),
                b.node.service().network().oversubscription());
        return switch (level) {
            case SAME_DEVICE -> new Path(level, a.node.accelerator().memory().bytesPerSecond(), 0);
            case LINK_DOMAIN -> new Path(level, Math.min(linkBytes(a), linkBytes(b)), LINK_SECONDS);
            case PCIE_SWITCH -> new Path(level, hosts, SWITCH_SECONDS);
            case NUMA_NODE -> new Path(level, hosts, NUMA_SECONDS);
            case NODE -> new Path(level, Math.min(hosts, SOCKET_BYTES), SOCKET_SECONDS);
            case RACK -> new Path(level, ports, wire);
            case ZONE -> new Path(level, ports / oversubscription, wire + SPINE_SECONDS);
            case REGION -> new Path(level, ports * ZONE_SHARE, ZONE_SECONDS);
            case WORLD -> new Path(level, ports * REGION_SHARE, REGION_SECONDS);
        };
    }

    /// The narrowest way between any two of these devices, the slowest of equals; a ring over all of them
    /// cannot do better when one of its steps must take that way. For one device the device itself.
    ///
    /// Looks at every pair, so a gang of 512 devices costs 130,816 looks.
    ///
    /// @param places at least one
    public Path narrowest(List<Place> places) {
        Path narrowest = between(places.getFirst(), places.getFirst());
        for (int i = 0; i < places.size(); i++) {
            for (int j = i + 1; j < places.size(); j++) {
                Path path = between(places.get(i), places.get(j));
                boolean isSlower = path.latencySeconds > narrowest.latencySeconds;
                if (path.bytesPerSecond < narrowest.bytesPerSecond
                        || (path.bytesPerSecond == narrowest.bytesPerSecond && isSlower)) {
                    narrowest = path;
                }
            }
        }
        return narrowest;
    }

    /// What two devices share.
    public static Level level(Place a, Place b) {
        NodePlace one = a.node.place();
        NodePlace other = b.node.place();
        boolean isOneNode = a.node.id().equals(b.node.id());
        if (isOneNode && a.device == b.device) {
            return Level.SAME_DEVICE;
        }
        if (one.linkDomains().get(a.device).equals(other.linkDomains().get(b.device))) {
            return Level.LINK_DOMAIN;
        }
        if (isOneNode) {
            if (a.node.switchOf(a.device) == a.node.switchOf(b.device)) {
                return Level.PCIE_SWITCH;
            }
            return a.node.numaOf(a.device) == a.node.numaOf(b.device) ? Level.NUMA_NODE : Level.NODE;
        }
        if (one.rack().equals(other.rack())) {
            return Level.RACK;
        }
        if (one.zone().equals(other.zone())) {
            return Level.ZONE;
        }
        return one.region().equals(other.region()) ? Level.REGION : Level.WORLD;
    }

    private double hostBytes(Place place) {
        return catalogue.hostLink(place.node.accelerator().id()).bytesPerSecond();
    }

    /// Devices without links of their own that are one domain all the same talk through the host.
    private double linkBytes(Place place) {
        double links = place.node.accelerator().link().bytesPerSecondOneWay();
        return links > 0 ? links : hostBytes(place);
    }

    /// A device's part of the node's ports.
    private double portBytes(Place place) {
        return Math.min(hostBytes(place), place.node.service().networkBytesPerSecond() / place.node.devices());
    }
}
