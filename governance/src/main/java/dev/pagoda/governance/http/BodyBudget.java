package dev.pagoda.governance.http;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.atomic.AtomicLong;

/// Bounds the bytes of all bodies that are held at once, so that many large requests cannot fill the memory: who comes
/// when the budget is spent is told to come again. Safe from any thread.
final class BodyBudget {
    /// Bodies up to this are not counted: the number of connections bounds them.
    private static final long FREE_BYTES = 64 << 10;

    private final long budget;
    private final AtomicLong held = new AtomicLong();

    BodyBudget(long budget) {
        this.budget = budget;
    }

    /// Holds what the request's body may come to until its response has ended, or refuses it.
    ///
    /// @param maxBodyBytes what a body of unknown length may come to
    void admit(RoutingContext ctx, long maxBodyBytes) {
        long bytes = Math.min(length(ctx, maxBodyBytes), maxBodyBytes);
        if (bytes <= FREE_BYTES) {
            ctx.next();
            return;
        }
        if (held.addAndGet(bytes) > budget) {
            held.addAndGet(-bytes);
            ctx.fail(new Refused(new Refusal(
                    Reason.EXHAUSTED,
                    "too_many_bytes",
                    "the bodies of other requests take the " + budget + " bytes that are held at once",
                    1)));
            return;
        }
        ctx.addEndHandler(_ -> held.addAndGet(-bytes));
        ctx.next();
    }

    private static long length(RoutingContext ctx, long unknown) {
        String told = ctx.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        if (told != null) {
            try {
                return Long.parseLong(told);
            } catch (NumberFormatException notANumber) {
                return unknown;
            }
        }
        return ctx.request().headers().contains(HttpHeaders.TRANSFER_ENCODING)
                        || ctx.request().version() == HttpVersion.HTTP_2
                ? unknown
                : 0;
    }
}
