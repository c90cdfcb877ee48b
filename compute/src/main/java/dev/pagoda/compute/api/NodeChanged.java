package dev.pagoda.compute.api;

import java.util.Objects;

/// The news that a node went down or came back.
public record NodeChanged(String node, NodeState state, long atMicros) {
    public NodeChanged {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(state, "state");
    }
}
