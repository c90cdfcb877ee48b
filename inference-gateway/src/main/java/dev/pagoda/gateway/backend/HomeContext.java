package dev.pagoda.gateway.backend;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// The event loop context that owns all deployments. Safe from any thread.
///
/// @param context the one
record HomeContext(Vertx vertx, Context context) {
    private static final long POLL_MILLIS = 10;

    /// Runs work that ends later; its result comes on this context.
    <T> Future<T> call(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> work.get().onComplete(promise));
        return promise.future();
    }

    /// Completes when the condition holds or the time is up; true when it holds. To be called on this context, which
    /// is where the condition is asked.
    Future<Boolean> until(BooleanSupplier condition, Duration atMost) {
        if (condition.getAsBoolean()) {
            return Future.succeededFuture(true);
        }
        Promise<Boolean> promise = Promise.promise();
        long deadline = System.nanoTime() + atMost.toNanos();
        vertx.setPeriodic(POLL_MILLIS, timer -> {
            boolean holds = condition.getAsBoolean();
            if (holds || System.nanoTime() - deadline >= 0) {
                vertx.cancelTimer(timer);
                promise.complete(holds);
            }
        });
        return promise.future();
    }
}
