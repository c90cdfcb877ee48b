package dev.pagoda.compute.api;

import java.util.Objects;

/// A request to keep new work off a node, or to let it come again.
public record CordonNode(String node, Action action) {
    /// What to do, as users of Kubernetes name it.
    public enum Action {
        /// What runs goes on, nothing new comes.
        CORDON,
        /// Nothing new comes, and what runs goes elsewhere, from its last checkpoint.
        DRAIN,
        /// Work comes again; a failed node stays so.
        UNCORDON
    }

    public CordonNode {
        Objects.requireNonNull(node, "node");
        Objects.requireNonNull(action, "action");
    }
}
