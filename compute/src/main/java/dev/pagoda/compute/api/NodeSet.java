package dev.pagoda.compute.api;

import java.util.List;
import java.util.Objects;

/// The answer to a change of a node's state.
///
/// @param changed whether it was in the other state before
/// @param lost    ids of the placements that went down with it, oldest first
public record NodeSet(NodeView node, boolean changed, List<String> lost) {
    public NodeSet {
        Objects.requireNonNull(node, "node");
        lost = List.copyOf(lost);
    }
}
