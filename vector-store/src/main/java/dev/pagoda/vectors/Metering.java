package dev.pagoda.vectors;

import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.MeterReading;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.vectors.collection.Catalogue;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.UsageMeter;
import dev.pagoda.vectors.collection.UsageMeter.Counts;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells governance at intervals what each principal asked for and stored, and what each tenant keeps.
///
/// Searches and writes only add to counters; a reading carries what has come since the last one that was recorded. One
/// whose fate is unknown is sent again as it was, under its id, before another of the same principal, so nothing counts
/// twice or gets lost while the process lives. What is kept is metered as a level times the length of the interval.
/// Everything runs on one Vert.x context.
final class Metering {
    /// Searches answered.
    static final String QUERIES = "vectors.queries";

    /// Points written, updates included.
    static final String POINTS_WRITTEN = "vectors.points_written";

    /// Points kept, times seconds.
    static final String POINT_SECONDS = "vectors.point_seconds";

    /// Memory of vectors, links and postings, times seconds.
    static final String BYTE_SECONDS = "vectors.byte_seconds";

    static final Duration INTERVAL = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(Metering.class);
    private static final Duration ATTEMPT = Duration.ofSeconds(5);
    private static final int LAST_ATTEMPTS = 3;

    private final Vertx vertx;
    private final Context context;
    private final Bus bus;
    private final UsageMeter usage;
    private final Catalogue catalogue;
    private final Map<Principal, Account> accounts = new HashMap<>();
    private long timer;
    private long keptUntilNanos = System.nanoTime();
    private Future<Void> round = Future.succeededFuture();

    /// What has been recorded of a principal, and what may have been.
    private static final class Account {
        private Counts reported = Counts.ZERO;
        private final Map<String, Long> kept = new LinkedHashMap<>();
        private @Nullable Sent sent;
    }

    private record Sent(MeterReading reading, Counts upTo) {}

    Metering(Vertx vertx, Bus bus, UsageMeter usage, Catalogue catalogue) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.bus = bus;
        this.usage = usage;
        this.catalogue = catalogue;
    }

    /// @param told runs after each round
    void start(Duration interval, Runnable told) {
        context.runOnContext(_ -> {
            timer = vertx.setPeriodic(interval.toMillis(), _ -> {
                if (round.isComplete()) {
                    round = report().onFailure(failure ->
                            LOG.warn("usage of vectors was not recorded, it is sent again: {}", failure.getMessage()));
                    told.run();
                }
            });
        });
    }

    /// Reports what is left.
    Future<Void> stop() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(_ -> {
            vertx.cancelTimer(timer);
            round.transform(_ -> last(1))
                    .onFailure(lost -> LOG.error("usage of vectors is lost: {}", lost.getMessage()))
                    .onComplete(done);
        });
        return done.future();
    }

    private Future<Void> last(int attempt) {
        return report().recover(failure -> attempt == LAST_ATTEMPTS ? Future.failedFuture(failure) : last(attempt + 1));
    }

    /// Fails when some reading was not recorded; the others are.
    private Future<Void> report() {
        addKept();
        usage.principals().forEach(this::account);
        List<Future<Void>> sending = new ArrayList<>();
        Map.copyOf(accounts).forEach((principal, account) -> sending.add(report(principal, account)));
        return Future.join(sending).mapEmpty();
    }

    private Account account(Principal principal) {
        return accounts.computeIfAbsent(principal, _ -> new Account());
    }

    private void addKept() {
        long now = System.nanoTime();
        double seconds = (now - keptUntilNanos) / (double) TimeUnit.SECONDS.toNanos(1);
        keptUntilNanos = now;
        Map<String, long[]> levels = new HashMap<>();
        for (Collection collection : catalogue.list()) {
            long[] level = levels.computeIfAbsent(collection.tenant(), _ -> new long[2]);
            level[0] += collection.points();
            level[1] += collection.bytes();
        }
        levels.forEach((tenant, level) -> {
            Map<String, Long> kept = account(keeper(tenant)).kept;
            kept.merge(POINT_SECONDS, Math.round(level[0] * seconds), Long::sum);
            kept.merge(BYTE_SECONDS, Math.round(level[1] * seconds), Long::sum);
        });
    }

    /// In whose name a tenant keeps its points: nobody's key alone.
    private static Principal keeper(String tenant) {
        return new Principal(tenant, "", "", Principal.PLATFORM.key(), Principal.Role.MEMBER);
    }

    /// Sends what is unsure, then what has come since.
    private Future<Void> report(Principal principal, Account account) {
        Sent unsure = account.sent;
        if (unsure != null) {
            return send(principal, account, unsure).compose(_ -> report(principal, account));
        }
        Counts now = usage.counts(principal);
        Map<String, Long> amounts = new HashMap<>(account.kept);
        amounts.put(QUERIES, now.queries() - account.reported.queries());
        amounts.put(POINTS_WRITTEN, now.points() - account.reported.points());
        amounts.values().removeIf(amount -> amount == 0);
        account.kept.clear();
        if (amounts.isEmpty()) {
            return Future.succeededFuture();
        }
        long startMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
        Sent sent = new Sent(new MeterReading(UUID.randomUUID().toString(), amounts, startMicros), now);
        account.sent = sent;
        return send(principal, account, sent);
    }

    private Future<Void> send(Principal principal, Account account, Sent sent) {
        Call call = Call.within(principal, sent.reading().readingId(), ATTEMPT);
        return bus.ask(Governance.RECORD_METERS, sent.reading(), call).map(_ -> {
            account.reported = sent.upTo();
            account.sent = null;
            return null;
        });
    }
}
