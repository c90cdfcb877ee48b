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
                modes,
                node.mode().name());
    }

    /// An idle cluster of a fleet.
    ///
    /// @param fleet nodes with distinct ids
    public static Cluster cluster(List<Node> fleet) {
        return new Cluster(fleet.stream().map(FleetHosts::of).toList());
    }
}
