package dev.pagoda.gateway.protocol;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The chats whose response has not ended, and how they end when the platform stops. Safe from any thread.
final class OpenExchanges {
    static final Refusal SHUTTING_DOWN =
            new Refusal(Reason.UNAVAILABLE, "shutting_down", "The server is shutting down; send the request again.", 1);

    /// Time for the last events to reach the sockets once a drain has run out of patience.
    private static final long LAST_WORDS_MILLIS = 1_000;

    private final Set<OpenExchange> open = ConcurrentHashMap.newKeySet();
    private final Promise<Void> empty = Promise.promise();
    private volatile boolean draining;

    boolean isDraining() {
        return draining;
    }

    int count() {
        return open.size();
    }

    void add(OpenExchange exchange) {
        open.add(exchange);
    }

    void remove(OpenExchange exchange) {
        open.remove(exchange);
        if (draining && open.isEmpty()) {
            empty.tryComplete();
        }
    }

    /// Waits for the open chats to end, and ends those that are left after `patience` with an error.
    Future<Void> drain(Duration patience) {
        draining = true;
        if (open.isEmpty()) {
            empty.tryComplete();
        }
        return empty.future()
                .timeout(Math.max(1, patience.toMillis()), TimeUnit.MILLISECONDS)
                .recover(OpenExchanges::unlessTimeout)
                .compose(v -> {
                    open.forEach(exchange -> exchange.shutDown(SHUTTING_DOWN));
                    return empty.future()
                            .timeout(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS)
                            .recover(OpenExchanges::unlessTimeout);
                });
    }

    private static Future<Void> unlessTimeout(Throwable failure) {
        return failure instanceof TimeoutException ? Future.succeededFuture() : Future.failedFuture(failure);
    }
}
