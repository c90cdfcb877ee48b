package dev.pagoda.compute;

import dev.pagoda.compute.api.JobDecision;
import dev.pagoda.compute.queue.Scheduler;
import dev.pagoda.compute.queue.SchedulerEvent;
import dev.pagoda.compute.queue.SchedulerSnapshot;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The scheduler under the wall clock. An event is in the journal before it takes effect, and takes effect in
/// the journal's order; so nothing is answered that a restart would forget, and the same journal gives the same
/// state. What ends by itself needs no entry: the scheduler decides the same whenever it is looked at.
///
/// One Vert.x context; every call comes from it and every future completes on it.
final class LiveScheduler {
    /// Events after which the journal is cut.
    static final int EVENTS_A_SNAPSHOT = 1_000;

    /// Events that may wait for the disk.
    private static final int MOST_WAITING = 10_000;

    private static final long FIRST_PAUSE_MILLIS = 100;
    private static final long LONGEST_PAUSE_MILLIS = TimeUnit.MINUTES.toMillis(1);
    private static final long LONGEST_TIMER_MILLIS = TimeUnit.HOURS.toMillis(1);
    private static final Logger LOG = LoggerFactory.getLogger(LiveScheduler.class);

    private final Vertx vertx;
    private final EventLog journal;
    private final InstantSource clock;
    private final Consumer<List<JobDecision>> decided;
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    private final Scheduler scheduler;
    private long lastSequence;
    private long lastAtMicros;
    private long cutSequence;
    private boolean cutting;
    private long timer = -1;
    private boolean closed;

    /// An event on its way to the disk.
    private static final class Waiting {
        private final EventLog.Entry entry;
        private final Promise<List<JobDecision>> answer = Promise.promise();
        private boolean durable;
        private @Nullable Throwable failure;

        Waiting(EventLog.Entry entry) {
            this.entry = entry;
        }
    }

    /// Takes over what the journal holds, and what has ended since; nobody hears of these decisions.
    ///
    /// @param fresh   makes an idle scheduler at a time
    /// @param restore makes a scheduler of a snapshot
    /// @param decided hears every decision from now on once, in order
    LiveScheduler(
            Vertx vertx,
            EventLog journal,
            InstantSource clock,
            EventLog.Kept kept,
            LongFunction<Scheduler> fresh,
            Function<SchedulerSnapshot, Scheduler> restore,
            Consumer<List<JobDecision>> decided) {
        this.vertx = vertx;
        this.journal = journal;
        this.clock = clock;
        this.decided = decided;
        this.cutSequence = kept.snapshot().map(EventLog.Snapshot::sequence).orElse(0L);
        this.scheduler = kept.snapshot()
                .map(snapshot -> restore.apply(SchedulerJson.read(snapshot.body(), SchedulerSnapshot.class)))
                .orElseGet(() -> fresh.apply(
                        kept.entries().isEmpty()
                                ? WallTime.micros(clock)
                                : kept.entries().getFirst().atMicros()));
        for (EventLog.Entry entry : kept.entries()) {
            try {
                scheduler.apply(entry.event(), Math.max(entry.atMicros(), scheduler.nowMicros()));
            } catch (IllegalArgumentException refused) {
                LOG.debug("event {} of the journal was refused when it came, too", entry.sequence(), refused);
            }
        }
        lastSequence = kept.last();
        lastAtMicros = Math.max(scheduler.nowMicros(), WallTime.micros(clock));
        scheduler.apply(new SchedulerEvent.Tick(), lastAtMicros);
        arm();
    }

    /// To be read only.
    Scheduler scheduler() {
        return scheduler;
    }

    /// A number that no event has had.
    long nextSequence() {
        return lastSequence + 1;
    }

    /// Writes an event down and then lets it take effect.
    ///
    /// @return what was decided; fails with [Refused] when it cannot be written down or is broken, and then
    ///     nothing has changed
    Future<List<JobDecision>> tell(SchedulerEvent event) {
        if (closed) {
            return Future.failedFuture(new Refused(Reason.UNAVAILABLE, "compute_stopped", "compute is stopping"));
        }
        if (waiting.size() >= MOST_WAITING) {
            return Future.failedFuture(new Refused(
                    Reason.EXHAUSTED, "compute_busy", MOST_WAITING + " changes wait for the disk; try again"));
        }
        lastAtMicros = Math.max(lastAtMicros, Math.max(scheduler.nowMicros(), WallTime.micros(clock)));
        var entry = new Waiting(new EventLog.Entry(++lastSequence, lastAtMicros, event));
        waiting.add(entry);
        journal.append(entry.entry).onComplete(written -> {
            entry.durable = true;
            entry.failure = written.cause();
            drain();
        });
        return entry.answer.future();
    }

    /// Tells what must not be lost, again and again until it is written down.
    ///
    /// @return completes after the first try, however that went
    Future<Void> insist(SchedulerEvent event) {
        return insist(event, FIRST_PAUSE_MILLIS);
    }

    private Future<Void> insist(SchedulerEvent event, long pauseMillis) {
        return tell(event).<Void>mapEmpty().recover(failure -> {
            if (!closed) {
                LOG.warn("compute: {} is told again in {} ms", event, pauseMillis, failure);
                vertx.setTimer(pauseMillis, due -> insist(event, Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS)));
            }
            return Future.succeededFuture();
        });
    }

    /// Lets the time pass that has passed; the present decisions are heard before this returns.
    void look() {
        if (waiting.isEmpty() && !closed) {
            lastAtMicros = Math.max(lastAtMicros, WallTime.micros(clock));
            hear(scheduler.apply(new SchedulerEvent.Tick(), Math.max(lastAtMicros, scheduler.nowMicros())));
        }
    }

    /// Refuses what comes from now on.
    void close() {
        closed = true;
        vertx.cancelTimer(timer);
    }

    private void drain() {
        while (!waiting.isEmpty() && waiting.getFirst().durable) {
            Waiting next = waiting.removeFirst();
            if (next.failure != null) {
                next.answer.fail(next.failure);
                continue;
            }
            try {
                List<JobDecision> decisions = scheduler.apply(next.entry.event(), next.entry.atMicros());
                hear(decisions);
                next.answer.complete(decisions);
            } catch (IllegalArgumentException broken) {
                next.answer.fail(new Refused(Reason.INVALID, "invalid_change", String.valueOf(broken.getMessage())));
            }
        }
        if (waiting.isEmpty()) {
            cut();
            arm();
        }
    }

    private void hear(List<JobDecision> decisions) {
        if (!decisions.isEmpty()) {
            decided.accept(decisions);
        }
    }

    private void cut() {
        if (cutting || closed || lastSequence - cutSequence < EVENTS_A_SNAPSHOT) {
            return;
        }
        cutting = true;
        long sequence = lastSequence;
        journal.cut(new EventLog.Snapshot(sequence, SchedulerJson.write(scheduler.snapshot())))
                .onComplete(done -> {
                    cutting = false;
                    if (done.succeeded()) {
                        cutSequence = sequence;
                    } else {
                        LOG.warn("compute: the journal grows on, its snapshot was not written", done.cause());
                    }
                });
    }

    private void arm() {
        vertx.cancelTimer(timer);
        timer = -1;
        long next = scheduler.nextMicros();
        if (closed || next == Long.MAX_VALUE) {
            return;
        }
        long millis = Math.clamp((next - WallTime.micros(clock)) / 1_000 + 1, 1, LONGEST_TIMER_MILLIS);
        timer = vertx.setTimer(millis, due -> {
            look();
            arm();
        });
    }
}
