package dev.pagoda.workflow.graph;

import java.util.Map;

/// What a node gave and what it used.
///
/// @param outputs   values by output name, as the node's spec promises
/// @param tokens    model tokens used, in and out
/// @param costNanos price of these in nano-units of the platform's currency
public record NodeResult(Map<String, Object> outputs, long tokens, long costNanos) {
    public NodeResult {
        if (tokens < 0 || costNanos < 0) {
            throw new IllegalArgumentException("tokens " + tokens + " and cost " + costNanos + " start at 0");
        }
        outputs = Map.copyOf(outputs);
    }

    /// A result that used no model.
    public static NodeResult of(Map<String, Object> outputs) {
        return new NodeResult(outputs, 0, 0);
    }
}
