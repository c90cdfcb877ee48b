package dev.pagoda.workflow.graph;

import java.util.Map;
import java.util.Optional;

/// Something that happened in a run, in the order it did.
public sealed interface GraphEvent {

    /// The run began.
    record WorkflowStarted(Map<String, Object> inputs) implements GraphEvent {}

    /// A node began; `index` counts the steps of the run from 1.
    record NodeStarted(NodeSpec node, int index, Map<String, Object> inputs) implements GraphEvent {}

    /// A node gave a piece of the answer.
    record TextChunk(String nodeId, String text) implements GraphEvent {}

    /// A node ended; a failed one gives nothing and says why.
    record NodeFinished(
            NodeSpec node, int index, StepStatus status, long elapsedNanos, NodeResult result, Optional<String> error)
            implements GraphEvent {}

    /// The run ended.
    record WorkflowFinished(StepStatus status, RunTotals totals, Map<String, Object> outputs, Optional<String> error)
            implements GraphEvent {}

    /// What a whole run used.
    record RunTotals(int steps, long elapsedNanos, long tokens, long costNanos) {}
}
