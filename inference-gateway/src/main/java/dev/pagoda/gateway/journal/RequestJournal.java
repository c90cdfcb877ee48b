package dev.pagoda.gateway.journal;

import dev.pagoda.gateway.journal.JournalStore.Entry;
import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The request log: hears of each request's end, and writes batches a few times a second, off the requests' way.
///
/// What it has heard and not written is bounded: beyond that requests are not logged but counted. [#hear] is safe from
/// any thread and costs less than a microsecond.
public final class RequestJournal {
    private static final Logger LOG = LoggerFactory.getLogger(RequestJournal.class);
    private static final long WRITE_MILLIS = 250;
    private static final int BATCH = 4_000;
    private static final long SWEEP_MILLIS = 30_000;
    private static final int SWEPT = 20_000;
    private static final Duration LAST = Duration.ofSeconds(5);

    private final Vertx vertx;
    private final JournalStore store;
    private final JournalConfig config;
    private final PolicyBook<JournalPolicy> policies;
    private final InstantSource clock;
    private final TraceExport export;
    private final Counter dropped;
    private final Object lock = new Object();

    /// Guarded by `lock`, as all below.
    private final ArrayDeque<LoggedRequest> waiting = new ArrayDeque<>();

    private Future<Void> writing = Future.succeededFuture();
    private long lastSeq;
    private long writer = -1;
    private long sweeper = -1;

    public RequestJournal(
            Vertx vertx,
            JournalStore store,
            JournalConfig config,
            PolicyBook<JournalPolicy> policies,
            InstantSource clock,
            Telemetry telemetry) {
        this.vertx = vertx;
        this.store = store;
        this.config = config;
        this.policies = policies;
        this.clock = clock;
        this.export = TraceExport.to(config.otlpEndpoint());
        this.dropped = Counter.builder("pagoda.gateway.journal.dropped")
                .description("Requests that were not logged because too many waited to be written")
                .register(telemetry.meters());
        Gauge.builder("pagoda.gateway.journal.waiting", this, RequestJournal::waiting)
                .description("Requests that wait to be written to the log")
                .register(telemetry.meters());
    }

    /// Goes on behind what is logged already; the tables are there.
    public Future<Void> start() {
        if (!config.enabled()) {
            return Future.succeededFuture();
        }
        return store.last().map(last -> {
            synchronized (lock) {
                lastSeq = last;
                writer = vertx.setPeriodic(WRITE_MILLIS, timer -> write());
                sweeper = vertx.setPeriodic(SWEEP_MILLIS, timer -> sweep());
            }
            return null;
        });
    }

    /// Writes what waits.
    public Future<Void> stop() {
        synchronized (lock) {
            vertx.cancelTimer(writer);
            vertx.cancelTimer(sweeper);
        }
        return flush().timeout(LAST.toMillis(), TimeUnit.MILLISECONDS)
                .otherwiseEmpty()
                .compose(done -> vertx.executeBlocking(() -> {
                    export.close();
                    return null;
                }));
    }

    /// Whether the texts of a tenant's requests are to be told.
    boolean keepsTexts(String tenant) {
        JournalPolicy policy = policies.of(tenant);
        return config.enabled() && policy != null && policy.keepsTexts();
    }

    /// A request has ended.
    public void hear(LoggedRequest request) {
        export.send(request);
        if (!config.enabled()) {
            return;
        }
        boolean isFull;
        synchronized (lock) {
            isFull = waiting.size() >= config.queued();
            if (!isFull) {
                waiting.addLast(request);
            }
        }
        if (isFull) {
            dropped.increment();
        }
    }

    /// Completes when everything that was heard is written.
    Future<Void> flush() {
        Future<Void> begun = write();
        synchronized (lock) {
            return waiting.isEmpty() ? begun : begun.compose(done -> flush());
        }
    }

    int waiting() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    private Future<Void> write() {
        synchronized (lock) {
            if (!writing.isComplete()) {
                return writing;
            }
            List<Entry> batch = new ArrayList<>();
            long nowMicros = nowMicros();
            while (batch.size() < BATCH && !waiting.isEmpty()) {
                LoggedRequest request = waiting.removeFirst();
                JournalPolicy policy = policies.of(request.principal().tenant());
                batch.add(new Entry(++lastSeq, request, nowMicros + (policy == null ? 0 : policy.retentionMicros())));
            }
            if (batch.isEmpty()) {
                return Future.succeededFuture();
            }
            writing = store.write(batch)
                    .onFailure(failure -> {
                        dropped.increment(batch.size());
                        LOG.error("{} requests could not be logged", batch.size(), failure);
                    })
                    .otherwiseEmpty()
                    .map(done -> {
                        boolean isBehind;
                        synchronized (lock) {
                            isBehind = waiting.size() >= BATCH;
                        }
                        if (isBehind) {
                            vertx.runOnContext(v -> write());
                        }
                        return null;
                    });
            return writing;
        }
    }

    private void sweep() {
        long oldest;
        synchronized (lock) {
            oldest = lastSeq - config.maxRequests() + 1;
        }
        long now = nowMicros();
        store.forget(now - Duration.ofDays(config.retentionDays()).toMillis() * 1_000, oldest, now, SWEPT)
                .onSuccess(gone -> {
                    if (gone == SWEPT) {
                        vertx.runOnContext(v -> sweep());
                    }
                })
                .onFailure(failure -> LOG.warn("old requests could not be forgotten", failure));
    }

    private long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }
}
