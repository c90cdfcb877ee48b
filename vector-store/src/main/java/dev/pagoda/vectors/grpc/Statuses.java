package dev.pagoda.vectors.grpc;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.vectors.qdrant.LocalCalls;
import io.grpc.Metadata;
import io.grpc.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Refusals as gRPC tells them: the code that Qdrant uses, and its words.
final class Statuses {
    private static final Logger LOG = LoggerFactory.getLogger(Statuses.class);

    /// Seconds after which a refused call may come again, as over HTTP.
    private static final Metadata.Key<String> RETRY_AFTER =
            Metadata.Key.of("retry-after", Metadata.ASCII_STRING_MARSHALLER);

    private Statuses() {}

    /// @param trailers takes what does not fit into the status
    static Status of(Throwable failure, Metadata trailers) {
        if (!(failure instanceof Refused refused)) {
            LOG.error("a gRPC call failed", failure);
            return Status.INTERNAL.withDescription("Service internal error: the server's log has the cause");
        }
        Refusal refusal = refused.refusal();
        if (refusal.retryAfterSeconds() > 0) {
            trailers.put(RETRY_AFTER, Integer.toString(refusal.retryAfterSeconds()));
        }
        return Status.fromCode(code(refusal)).withDescription(LocalCalls.message(refusal));
    }

    private static Status.Code code(Refusal refusal) {
        return switch (refusal.reason()) {
            case INVALID, UNPROCESSABLE -> Status.Code.INVALID_ARGUMENT;
            case UNAUTHENTICATED -> Status.Code.UNAUTHENTICATED;
            case FORBIDDEN -> Status.Code.PERMISSION_DENIED;
            case NOT_FOUND -> Status.Code.NOT_FOUND;
            case METHOD_NOT_ALLOWED -> Status.Code.UNIMPLEMENTED;
            case CONFLICT -> Status.Code.ALREADY_EXISTS;
            case TOO_LARGE, EXHAUSTED, INSUFFICIENT_STORAGE -> Status.Code.RESOURCE_EXHAUSTED;
            case INTERNAL -> Status.Code.INTERNAL;
            case UNAVAILABLE -> Status.Code.UNAVAILABLE;
            case DEADLINE -> Status.Code.DEADLINE_EXCEEDED;
        };
    }
}
