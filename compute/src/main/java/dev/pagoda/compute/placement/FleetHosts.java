package dev.pagoda.compute.placement;

import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.PartitionKind;
import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import java.util.ArrayList;
import java.util.List;

/// The machines of a described fleet as placement sees them.
public final class FleetHosts {
    private FleetHosts() {}

    /// A node's capacity, where it stands, and every mode that its devices may be brought into.
    public static Host of(Node node) {
        List<PartitionScheme> modes = new ArrayList<>(PartitionSchemes.of(node.accelerator()));
        boolean isNew =
                modes.stream().noneMatch(mode -> mode.name().equals(node.mode().name()));
        if (isNew && node.mode().kind() != PartitionKind.WHOLE) {
            modes.add(node.mode());
        }
        return new Host(
                node.id(),
                node.shape().cpuCores() * 1_000L,
                node.hostMemoryBytes() >> 20,
                node.accelerator().id(),
                node.devices(),
                node.accelerator().memory().bytes(),
                new Host.Domains(
                        node.place().linkDomains(),
                        node.place().rack(),
                        node.place().zone()),
                modes);
    }

    /// An idle cluster of a fleet, each device in the mode that its node says.
    ///
    /// @param fleet nodes with distinct ids
    public static Cluster cluster(List<Node> fleet) {
        var cluster = new Cluster(fleet.stream().map(FleetHosts::of).toList());
        for (int node = 0; node < fleet.size(); node++) {
            PartitionScheme mode = fleet.get(node).mode();
            if (mode.kind() != PartitionKind.WHOLE) {
                for (int device = 0; device < fleet.get(node).devices(); device++) {
                    cluster.repartition(node, device, mode.name());
                    cluster.open(node, device);
                }
            }
        }
        return cluster;
    }
}
