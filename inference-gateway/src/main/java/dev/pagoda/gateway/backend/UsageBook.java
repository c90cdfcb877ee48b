package dev.pagoda.gateway.backend;

import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.UsagePriced;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Has each request's usage recorded, once, however often it has to ask: the pillar counts a request id once.
///
/// A usage outlives the request's own deadline, so that each attempt gets a deadline of its own.
public final class UsageBook {
    private static final Logger LOG = LoggerFactory.getLogger(UsageBook.class);
    private static final Duration ATTEMPT = Duration.ofSeconds(10);
    private static final int ATTEMPTS = 4;
    private static final long FIRST_PAUSE_MILLIS = 100;

    private final Vertx vertx;
    private final Bus bus;

    public UsageBook(Vertx vertx, Bus bus) {
        this.vertx = vertx;
        this.bus = bus;
    }

    /// @return the price, once the usage is durable
    public Future<UsagePriced> record(UsageRecord usage, Call call) {
        return attempt(usage, call, 1);
    }

    private Future<UsagePriced> attempt(UsageRecord usage, Call call, int number) {
        Call own = Call.within(call.principal(), call.trace(), ATTEMPT);
        return bus.ask(Governance.RECORD_USAGE, usage, own).recover(failure -> {
            if (number == ATTEMPTS || !isPassing(failure)) {
                LOG.error("usage of request {} is lost: {}", usage.requestId(), failure.getMessage());
                return Future.failedFuture(failure);
            }
            Promise<UsagePriced> later = Promise.promise();
            vertx.setTimer(
                    FIRST_PAUSE_MILLIS << (2 * number),
                    timer -> attempt(usage, call, number + 1).onComplete(later));
            return later.future();
        });
    }

    private static boolean isPassing(Throwable failure) {
        if (!(failure instanceof Refused refused)) {
            return false;
        }
        Reason reason = refused.refusal().reason();
        return reason == Reason.UNAVAILABLE
                || reason == Reason.DEADLINE
                || reason == Reason.EXHAUSTED
                || reason == Reason.INTERNAL;
    }
}
