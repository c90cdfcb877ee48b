package dev.pagoda.gateway.journal;

import dev.pagoda.gateway.journal.LoggedRequest.Outcome;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A line of the request log: its number, in the order in which requests ended, and its columns.
///
/// @param texts   what the columns [#TEXTS] hold, in their order
/// @param numbers what the columns [#NUMBERS] hold, in their order
record RequestRow(long seq, String requestId, String traceId, String[] texts, long[] numbers) {
    /// Columns whose values repeat from request to request.
    static final List<String> TEXTS = List.of(
            "tenant",
            "team",
            "project",
            "api_key",
            "operation",
            "model",
            "version",
            "replica",
            "route",
            "cache",
            "guard",
            "outcome",
            "error",
            "finish");

    static final List<String> NUMBERS = List.of(
            "started_micros",
            "queue_micros",
            "first_token_micros",
            "duration_micros",
            "overhead_micros",
            "prompt_tokens",
            "completion_tokens",
            "cached_tokens",
            "cost_nanos");

    static final String REQUEST_ID = "request_id";
    static final String TRACE_ID = "trace_id";
    static final int TENANT = TEXTS.indexOf("tenant");
    static final int GUARD = TEXTS.indexOf("guard");
    static final int STARTED = NUMBERS.indexOf("started_micros");
    static final int DURATION = NUMBERS.indexOf("duration_micros");

    static RequestRow of(long seq, LoggedRequest request) {
        var principal = request.principal();
        String[] texts = {
            principal.tenant(),
            principal.team(),
            principal.project(),
            principal.key(),
            request.operation(),
            request.model(),
            request.version(),
            request.replica(),
            request.route(),
            request.cache(),
            request.guard(),
            text(request.outcome()),
            request.error(),
            request.finish()
        };
        long[] numbers = {
            request.startedMicros(),
            request.queueMicros(),
            request.firstTokenMicros(),
            request.durationMicros(),
            request.overheadMicros(),
            request.promptTokens(),
            request.completionTokens(),
            request.cachedTokens(),
            request.costNanos()
        };
        return new RequestRow(seq, request.requestId(), request.trace().traceId(), texts, numbers);
    }

    long startedMicros() {
        return numbers[STARTED];
    }

    /// By name, in the order in which they are shown.
    Map<String, Object> columns() {
        Map<String, Object> columns = new LinkedHashMap<>();
        columns.put(REQUEST_ID, requestId);
        for (int i = 0; i < texts.length; i++) {
            columns.put(TEXTS.get(i), texts[i]);
        }
        for (int i = 0; i < numbers.length; i++) {
            columns.put(NUMBERS.get(i), numbers[i]);
        }
        columns.put(TRACE_ID, traceId);
        return columns;
    }

    private static String text(Outcome outcome) {
        return switch (outcome) {
            case COMPLETED -> "completed";
            case ABORTED -> "aborted";
            case FAILED -> "failed";
            case REFUSED -> "refused";
        };
    }
}
