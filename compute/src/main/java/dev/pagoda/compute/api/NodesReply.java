package dev.pagoda.compute.api;

import java.util.List;

/// Every node of the fleet in the order of the configuration.
///
/// @param accelerators the figures of the kinds that occur in it
public record NodesReply(List<NodeView> nodes, List<AcceleratorSpec> accelerators) {
    public NodesReply {
        nodes = List.copyOf(nodes);
        accelerators = List.copyOf(accelerators);
    }
}
