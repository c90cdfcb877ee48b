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
}
