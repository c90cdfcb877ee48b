package dev.pagoda.workflow.node;

import dev.pagoda.workflow.graph.NodeResult;
import io.vertx.core.Future;

/// What nodes of one type do. One object serves every run; it keeps no state of a run.
public interface NodeBehaviour {

    /// The type that a node's spec names.
    String type();

    /// Does the node's work. Called on an event loop: waits by composing futures only.
    ///
    /// @return outputs as the node's spec promises, or a failed future, which fails the run
    Future<NodeResult> run(NodeTask task);
}
