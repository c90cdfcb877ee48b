package dev.pagoda.workflow.graph;

/// How a node or a run ended.
public enum StepStatus {
    SUCCEEDED,
    FAILED,
    /// Ended from outside: the client left, or the run failed elsewhere.
    STOPPED
}
