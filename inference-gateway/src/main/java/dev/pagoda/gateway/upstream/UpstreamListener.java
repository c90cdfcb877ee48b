package dev.pagoda.gateway.upstream;

import dev.pagoda.governance.api.ServiceTier;
import dev.pagoda.governance.bus.Refusal;
import io.vertx.core.buffer.Buffer;

/// Hears an answer. Called on the event loop that asked; after [#onWhole], [#onEnd] or [#onFailure] nothing
/// comes any more.
public interface UpstreamListener {
    /// The whole answer, whatever its status: the server's own words.
    void onWhole(Head head, Buffer body, Outcome outcome);

    /// An answer of events begins.
    void onStart(Head head);

    /// Events as they are for the client.
    void onEvents(Buffer events);

    /// The events have ended properly.
    void onEnd(Outcome outcome);

    /// Nobody answered, or the answer broke off; then what came before it was passed on.
    void onFailure(Refusal refusal, Outcome outcome);

    /// What came first of an answer.
    ///
    /// @param status      of HTTP
    /// @param contentType as it was sent, empty if none was
    /// @param retryAfter  as it was sent, empty if none was
    /// @param upstream    who answers
    record Head(int status, String contentType, String retryAfter, String upstream) {}

    /// What an answer used.
    ///
    /// @param promptTokens     read
    /// @param completionTokens delivered
    /// @param isReported       whether the server itself said so; else it was counted here
    /// @param upstreamNanos    from the first request to the end, what others took
    /// @param attempts         requests that were sent
    /// @param tier             that the server named, the default one without
    record Outcome(
            long promptTokens,
            long completionTokens,
            boolean isReported,
            long upstreamNanos,
            int attempts,
            ServiceTier tier) {
        /// Of a request that nobody had begun to answer.
        public static final Outcome NOTHING = new Outcome(0, 0, false, 0, 0, ServiceTier.DEFAULT);
    }
}
