package dev.pagoda.compute.api;

import java.util.Objects;

/// A request to take a node down, as if it had failed, or to bring it back.
public record SetNode(String node, NodeState state) {
    public SetNode {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(state, "state");
    }
}
