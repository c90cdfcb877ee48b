package dev.pagoda.workflow.api;

import java.util.Map;

/// How a run ended.
///
/// @param status       `succeeded`, `failed` or `stopped`
/// @param outputs      what the workflow gives: `answer`, `intent`, `language`, `citations`, `ticket`
/// @param error        why it did not succeed, or empty
/// @param elapsedNanos time from start to end
/// @param tokens       model tokens used, in and out
/// @param costNanos    their price in nano-dollars
public record RunReport(
        String id,
        String workflow,
        String status,
        Map<String, Object> outputs,
        String error,
        int steps,
        long elapsedNanos,
        long tokens,
        long costNanos) {
    public RunReport {
        outputs = Map.copyOf(outputs);
    }
}
