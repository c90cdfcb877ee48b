package dev.pagoda.workflow.graph;

import java.util.Map;

/// What a run asks of the shell around it, in this order.
public sealed interface Effect {

    /// Run this node and report under the same visit number.
    record Execute(NodeSpec node, int visit, Map<String, Object> inputs) implements Effect {}

    /// Stop this visit of a node; its report would be ignored.
    record Cancel(String nodeId, int visit) implements Effect {}

    /// Tell whoever listens.
    record Emit(GraphEvent event) implements Effect {}
}
