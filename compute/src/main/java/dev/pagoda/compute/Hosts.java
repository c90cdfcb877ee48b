package dev.pagoda.compute;

import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.placement.Host;
import java.util.List;

/// Described machines as placement sees them.
final class Hosts {
    private Hosts() {}

    static List<Host> of(List<Node> fleet) {
        return fleet.stream().map(Hosts::of).toList();
    }

    private static Host of(Node node) {
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
                PartitionSchemes.of(node.accelerator()));
    }
}
