package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.ServedRequest;
import dev.pagoda.gateway.backend.ChatSession.Ended;
import dev.pagoda.governance.api.UsagePriced;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// Has the usage of requests recorded when they end, and remembers the latest.
///
/// [#book] is safe from any thread, the rest belongs to the deployments' context.
final class EndedRequests {
    private final UsageBook usage;
    private final Context home;
    private final InstantSource clock;
    private final Consumer<Ended> booked;
    private final AtomicInteger unrecorded = new AtomicInteger();
    /// The home context's.
    private final ArrayDeque<ServedRequest> latest = new ArrayDeque<>();

    /// @param booked hears of each on the home context, once its usage is durable
    EndedRequests(UsageBook usage, Context home, InstantSource clock, Consumer<Ended> booked) {
        this.usage = usage;
        this.home = home;
        this.clock = clock;
        this.booked = booked;
    }

    /// Has a request's usage recorded and remembers it.
    ///
    /// @return the price
    Future<Long> book(Ended ended, Call call) {
        long endedMicros = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        long totalMicros = TimeUnit.NANOSECONDS.toMicros(ended.totalNanos());
        var record = new UsageRecord(
                ended.requestId(),
                ended.operation(),
                ended.model(),
                ended.promptTokens(),
                ended.completionTokens(),
                ended.usageOutcome(),
                endedMicros - totalMicros,
                totalMicros,
                ended.tier());
        unrecorded.incrementAndGet();
        return usage.record(record, call)
                .map(UsagePriced::costNanos)
                .onSuccess(costNanos -> home.runOnContext(v -> remember(ended, call, endedMicros, costNanos)))
                .eventually(() -> {
                    unrecorded.decrementAndGet();
                    return Future.succeededFuture();
                });
    }

    private void remember(Ended ended, Call call, long endedMicros, long costNanos) {
        booked.accept(ended);
        if (latest.size() == GatewayStatus.MAX_LATEST) {
            latest.removeLast();
        }
        latest.addFirst(new ServedRequest(
                ended.requestId(),
                call.tenant(),
                ended.model(),
                ended.outcome(),
                ended.promptTokens(),
                ended.completionTokens(),
                endedMicros,
                ended.firstTokenNanos() < 0 ? -1 : TimeUnit.NANOSECONDS.toMicros(ended.firstTokenNanos()),
                TimeUnit.NANOSECONDS.toMicros(ended.totalNanos()),
                costNanos));
    }

    /// Whether the usage of all is durable.
    boolean areRecorded() {
        return unrecorded.get() == 0;
    }

    /// Newest first.
    List<ServedRequest> latest() {
        return List.copyOf(latest);
    }
}
