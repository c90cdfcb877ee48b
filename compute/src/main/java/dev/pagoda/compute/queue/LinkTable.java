package dev.pagoda.compute.queue;

import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Grant;
import dev.pagoda.compute.placement.Host;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The same bandwidths everywhere, in bytes a second in one direction, by what two devices share.
///
/// @param links of one device over the fast links of its domain, by accelerator; kinds that are missing meet
///     over the host
/// @param host  of two devices of one node without such links
/// @param node  of a node to others of its rack
/// @param rack  of a node to other racks of its zone
/// @param zone  of a node to other zones
public record LinkTable(Map<String, Double> links, double host, double node, double rack, double zone)
        implements Links {
    public LinkTable {
        links = Collections.unmodifiableMap(new TreeMap<>(links));
        links.forEach((accelerator, rate) -> positive("link of " + accelerator, rate));
        positive("host", host);
        positive("node", node);
        positive("rack", rack);
        positive("zone", zone);
    }

    /// PCIe 4 x16 in a host, 400 Gbit/s to the rack, half of it beyond, a quarter beyond the zone.
    public static LinkTable defaults() {
        return new LinkTable(Map.of(), 32e9, 50e9, 25e9, 12.5e9);
    }

    @Override
    public double slowest(Cluster cluster, String accelerator, List<Allotment> parts) {
        Double fast = links.get(accelerator);
        if (fast != null && isOneLinkDomain(cluster, parts)) {
            return fast;
        }
        Allotment first = parts.getFirst();
        Host.Domains domains = cluster.host(first.node()).domains();
        boolean isOneNode = true;
        boolean isOneRack = !domains.rack().isEmpty();
        boolean isOneZone = !domains.zone().isEmpty();
        for (Allotment part : parts) {
            Host.Domains other = cluster.host(part.node()).domains();
            isOneNode &= part.node() == first.node();
            isOneRack &= other.rack().equals(domains.rack());
            isOneZone &= other.zone().equals(domains.zone());
        }
        if (isOneNode) {
            return host;
        }
        if (isOneRack) {
            return node;
        }
        return isOneZone ? rack : zone;
    }

    private static boolean isOneLinkDomain(Cluster cluster, List<Allotment> parts) {
        String shared = null;
        for (Allotment part : parts) {
            Host host = cluster.host(part.node());
            List<String> domains = host.domains().links();
            for (Grant grant : part.grants()) {
                String domain = domains.isEmpty() ? "node " + host.id() : "link " + domains.get(grant.device());
                if (shared != null && !shared.equals(domain)) {
                    return false;
                }
                shared = domain;
            }
        }
        return true;
    }

    private static void positive(String what, double rate) {
        if (!(rate > 0 && rate <= 1e18)) {
            throw new IllegalArgumentException("bandwidth of " + what + " is " + rate + " B/s, outside 0 to 1e18");
        }
    }
}
