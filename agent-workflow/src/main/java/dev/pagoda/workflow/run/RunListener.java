package dev.pagoda.workflow.run;

import dev.pagoda.workflow.graph.GraphEvent;

/// Hears the events of a run in their order, on one Vert.x context.
@FunctionalInterface
public interface RunListener {
    void on(String runId, GraphEvent event);
}
