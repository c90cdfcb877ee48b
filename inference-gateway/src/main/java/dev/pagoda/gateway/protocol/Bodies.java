package dev.pagoda.gateway.protocol;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.function.Function;

/// The bodies of requests: small ones are parsed at once, large ones on the worker pool.
public final class Bodies {
    /// Bodies above this are parsed off the event loop: about 0.3 ms of work.
    private static final int INLINE_BYTES = 64 << 10;

    /// What a surface takes.
    ///
    /// @param maxBodyBytes     larger bodies are refused with 413
    /// @param requestTimeout   deadline of a request, queueing and generation included
    /// @param strictParameters whether names are refused that the protocol does not know
    public record Bounds(long maxBodyBytes, Duration requestTimeout, boolean strictParameters) {}

    private Bodies() {}

    /// @param parse may throw [BadParameter]
    /// @return fails with what `parse` throws
    public static <T> Future<T> read(RoutingContext ctx, Function<Buffer, T> parse) {
        Buffer sent = ctx.body().buffer();
        Buffer body = sent == null ? Buffer.buffer() : sent;
        if (body.length() > INLINE_BYTES) {
            return ctx.vertx().executeBlocking(() -> parse.apply(body), false);
        }
        try {
            return Future.succeededFuture(parse.apply(body));
        } catch (BadParameter bad) {
            return Future.failedFuture(bad);
        }
    }
}
