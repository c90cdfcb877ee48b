package dev.pagoda.compute;

import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.placement.FleetHosts;
import dev.pagoda.compute.placement.Host;
import java.util.List;

/// Described machines as placement sees them.
final class Hosts {
    private Hosts() {}

    static List<Host> of(List<Node> fleet) {
        return fleet.stream().map(FleetHosts::of).toList();
    }
}
