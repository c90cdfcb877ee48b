package dev.pagoda.compute.queue;

import dev.pagoda.compute.fleet.Interconnect;
import dev.pagoda.compute.fleet.Interconnect.Place;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeBook;
import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Cluster;
import dev.pagoda.compute.placement.Grant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The links of a described fleet. Nodes that it does not know, such as those of a thought experiment, are
/// joined as a [LinkTable] says.
///
/// Safe from any thread.
public final class FleetLinks implements Links {
    private final Interconnect interconnect;
    private final NodeBook nodes;
    private final LinkTable others;

    public FleetLinks(Interconnect interconnect, NodeBook nodes, LinkTable others) {
        this.interconnect = interconnect;
        this.nodes = nodes;
        this.others = others;
    }

    @Override
    public double slowest(Cluster cluster, String accelerator, List<Allotment> parts) {
        List<Place> places = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (Allotment part : parts) {
            Node node = nodes.find(cluster.host(part.node()).id()).orElse(null);
            if (node == null || part.grants().isEmpty()) {
                return others.slowest(cluster, accelerator, parts);
            }
            for (Grant grant : part.grants()) {
                // Two devices stand for all that share a switch and a domain: pairs of further ones are like
                // theirs.
                String like = node.id() + " " + node.switchOf(grant.device()) + " "
                        + node.place().linkDomains().get(grant.device());
                if (seen.add(like + " 1") || seen.add(like + " 2")) {
                    places.add(new Place(node, grant.device()));
                }
            }
        }
        return interconnect.narrowest(places).bytesPerSecond();
    }
}
