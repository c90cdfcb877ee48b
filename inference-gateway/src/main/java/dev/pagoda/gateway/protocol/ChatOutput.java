package dev.pagoda.gateway.protocol;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.governance.bus.Refusal;

/// How a chat reaches its client: as one JSON object or as a stream of events. Owned by the connection's event loop.
public interface ChatOutput {
    void start(ChatStarted started);

    /// Adds a header to the answer, unless it has begun.
    void header(String name, String value);

    void delta(int choice, ChatDelta delta);

    /// A stop string ended a choice; just before its [#finish].
    default void stop(int choice, String stop) {}

    void finish(int choice, FinishReason reason);

    void end(TokenUsage usage);

    /// Ends the response with an error, whatever has been sent already.
    void refuse(Refusal refusal);

    /// Frees what is held; the connection is gone.
    void abandon();
}
