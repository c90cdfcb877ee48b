package dev.pagoda.governance.http;

import dev.pagoda.governance.bus.Refusal;
import io.vertx.core.buffer.Buffer;

/// How one foreign protocol writes an error body. Each protocol package has one.
@FunctionalInterface
public interface ErrorForm {
    /// @param status  the HTTP status that is sent
    /// @param refusal what went wrong
    /// @return the JSON body
    Buffer body(int status, Refusal refusal);

    /// As [#body(int, Refusal)], for protocols whose error bodies name their request.
    ///
    /// @param requestId what the header `x-request-id` says, empty when the response has none
    default Buffer body(int status, Refusal refusal, String requestId) {
        return body(status, refusal);
    }

    /// The status of a refusal, for protocols that have statuses of their own.
    default int status(Refusal refusal) {
        return refusal.reason().status();
    }
}
