package dev.pagoda.gateway.journal;

import dev.pagoda.governance.api.Principal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A request that has ended, and what became of it. Texts are empty where there is nothing to say, numbers -1 where
/// they are not known.
///
/// @param operation        `chat`, `embeddings`, `rerank`, or what the price book calls a request for media
/// @param route            how it was decided who answers, as the router told
/// @param cache            what became of it at the cache
/// @param guard            verdicts of its checks
/// @param startedMicros    wall clock
/// @param queueMicros      until an engine took it up
/// @param firstTokenMicros until its first token
/// @param overheadMicros   spent in the gateway's own code
/// @param error            the refusal's code
/// @param finish           why its choices ended, joined by commas
/// @param prompt           the messages' text, null unless it is kept
public record LoggedRequest(
        String requestId,
        Principal principal,
        String operation,
        String model,
        String version,
        String replica,
        String route,
        String cache,
        String guard,
        long startedMicros,
        long queueMicros,
        long firstTokenMicros,
        long durationMicros,
        long overheadMicros,
        int promptTokens,
        int completionTokens,
        int cachedTokens,
        long costNanos,
        Outcome outcome,
        String error,
        String finish,
        TraceParent trace,
        @Nullable String prompt,
        @Nullable String answer) {
    /// How a request ended.
    public enum Outcome {
        COMPLETED,
        /// The client left.
        ABORTED,
        /// It was taken up, and could not go on.
        FAILED,
        /// It was not taken up.
        REFUSED
    }

    public LoggedRequest {
        Objects.requireNonNull(requestId, "requestId");
        Objects.requireNonNull(principal, "principal");
        Objects.requireNonNull(outcome, "outcome");
        Objects.requireNonNull(trace, "trace");
    }
}
