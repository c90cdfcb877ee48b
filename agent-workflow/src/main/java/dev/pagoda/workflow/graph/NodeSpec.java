package dev.pagoda.workflow.graph;

import java.time.Duration;
import java.util.Map;

/// A node of a graph: what kind it is, what it reads and what it promises to give.
///
/// @param id      letters, digits, `_` or `-`; unique in the graph and not `start`
/// @param type    decides which code runs it
/// @param title   shown to people
/// @param outputs what a finished node gives; each promised value is checked when it arrives
/// @param timeout time after which the node has failed
public record NodeSpec(
        String id,
        String type,
        String title,
        Map<String, Input> inputs,
        Map<String, ValueType> outputs,
        Duration timeout) {
    public NodeSpec {
        if (!id.matches("[A-Za-z0-9_-]{1,64}") || id.equals(Selector.START)) {
            throw new IllegalArgumentException(
                    "node id \"" + id + "\" is not 1 to 64 letters, digits, _ or -, or is the reserved \"start\"");
        }
        if (type.isBlank()) {
            throw new IllegalArgumentException("node " + id + " has no type");
        }
        if (!timeout.isPositive()) {
            throw new IllegalArgumentException("node " + id + " has the timeout " + timeout + "; it must be positive");
        }
        inputs = Map.copyOf(inputs);
        outputs = Map.copyOf(outputs);
    }
}
