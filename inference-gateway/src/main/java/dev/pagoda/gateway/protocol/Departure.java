package dev.pagoda.gateway.protocol;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.ext.web.RoutingContext;

/// The moment at which a client leaves before it has its answer.
public final class Departure {
    private Departure() {}

    /// Succeeds at that moment, on the event loop of the connection; never completes for clients that stay.
    public static Future<Void> of(RoutingContext ctx) {
        Promise<Void> left = Promise.promise();
        ctx.addEndHandler(ended -> {
            if (ended.failed()) {
                left.tryComplete();
            }
        });
        return left.future();
    }
}
