package dev.pagoda.gateway.upstream;

import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Ends exchanges in which nothing has come for too long. It looks a few times a second, because a timer for each
/// request costs more than the answer to most of them. Of one event loop.
final class Patience {
    static final long LOOK_MILLIS = 50;
    /// An event loop that is later than this was without a processor, or in a long pause of its collector: what servers
    /// said meanwhile is still to be read, so that the silence is not theirs.
    private static final long DEAF_NANOS = 500_000_000;

    private final Vertx vertx;
    private final Set<UpstreamExchange> open = new HashSet<>();
    private long timer = -1;
    private long lookedNanos;

    Patience(Vertx vertx) {
        this.vertx = vertx;
    }

    void begun(UpstreamExchange exchange) {
        open.add(exchange);
        if (timer < 0) {
            lookedNanos = System.nanoTime();
            timer = vertx.setPeriodic(LOOK_MILLIS, look -> look());
        }
    }

    void ended(UpstreamExchange exchange) {
        open.remove(exchange);
    }

    private void look() {
        if (open.isEmpty()) {
            vertx.cancelTimer(timer);
            timer = -1;
            return;
        }
        long now = System.nanoTime();
        long deafNanos = now - lookedNanos > DEAF_NANOS ? now - lookedNanos : 0;
        lookedNanos = now;
        for (UpstreamExchange exchange : List.copyOf(open)) {
            exchange.excuse(deafNanos);
            exchange.look(now);
        }
    }
}
