package dev.pagoda.compute;

import dev.pagoda.compute.fleet.AcceleratorCatalogue;
import dev.pagoda.compute.fleet.Node;
import dev.pagoda.compute.fleet.NodeGroup;
import dev.pagoda.compute.placement.Strategy;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/// The configuration of compute.
///
/// @param nodes    the fleet, at most 4096 nodes
/// @param strategy which node takes a gang that fits several
public record ComputeConfig(List<NodeGroup> nodes, Strategy strategy) {
    static final int MAX_NODES = 4_096;

    public ComputeConfig {
        nodes = List.copyOf(nodes);
        Objects.requireNonNull(strategy, "strategy");
        long count = nodes.stream().mapToLong(NodeGroup::count).sum();
        if (count > MAX_NODES) {
            throw new IllegalArgumentException("a fleet of " + count + " nodes is above " + MAX_NODES);
        }
    }

    /// Four kinds of accelerator from three makers, 36 devices; host memory as such servers usually have.
    public static ComputeConfig defaults() {
        return new ComputeConfig(
                List.of(
                        new NodeGroup(2, "h100", "h100-sxm", 8, 2_048),
                        new NodeGroup(1, "ascend", "ascend-910b3", 8, 1_536),
                        new NodeGroup(1, "mi300x", "mi300x", 8, 2_304),
                        new NodeGroup(1, "l20", "l20", 4, 512)),
                Strategy.PAGODA);
    }

    /// The nodes of the fleet.
    ///
    /// @throws IllegalArgumentException if an accelerator is unknown or two nodes have one name
    public List<Node> fleet(AcceleratorCatalogue catalogue) {
        List<Node> fleet =
                nodes.stream().flatMap(group -> group.nodes(catalogue).stream()).toList();
        Set<String> ids = new HashSet<>();
        for (Node node : fleet) {
            if (!ids.add(node.id())) {
                throw new IllegalArgumentException(
                        "two nodes are named " + node.id() + "; node groups need prefixes that keep them apart");
            }
        }
        return fleet;
    }
}
