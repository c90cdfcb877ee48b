package dev.pagoda.workflow.run;

/// A run as the history keeps it.
///
/// @param status        `running`, `succeeded`, `failed` or `stopped`
/// @param error         why it did not succeed, or empty
/// @param startedMicros wall clock, microseconds since the epoch
/// @param elapsedMicros 0 while it runs
public record RunRecord(
        String id,
        String tenant,
        String workflow,
        String knowledgeBase,
        String query,
        String status,
        String error,
        int steps,
        long startedMicros,
        long elapsedMicros,
        long tokens,
        long costNanos) {}
