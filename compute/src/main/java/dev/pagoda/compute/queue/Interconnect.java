package dev.pagoda.compute.queue;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/// How fast devices reach each other, in bytes a second in one direction.
///
/// @param links   of one device over the fast links of its domain, by accelerator; kinds that are missing meet
///     over the host
/// @param host    of two devices of one node without such links
/// @param node    of a node to others of its rack
/// @param rack    of a node to other racks of its zone
/// @param zone    of a node to other zones
public record Interconnect(Map<String, Double> links, double host, double node, double rack, double zone) {
    public Interconnect {
        links = Collections.unmodifiableMap(new TreeMap<>(links));
        links.forEach((accelerator, rate) -> positive("link of " + accelerator, rate));
        positive("host", host);
        positive("node", node);
        positive("rack", rack);
        positive("zone", zone);
    }

    /// PCIe 4 x16 in a host, 400 Gbit/s to the rack, half of it beyond, a quarter beyond the zone.
    public static Interconnect defaults() {
        return new Interconnect(Map.of(), 32e9, 50e9, 25e9, 12.5e9);
    }

    private static void positive(String what, double rate) {
        if (!(rate > 0 && rate <= 1e18)) {
            throw new IllegalArgumentException("bandwidth of " + what + " is " + rate + " B/s, outside 0 to 1e18");
        }
    }
}
