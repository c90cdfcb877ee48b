package dev.pagoda.gateway.journal;

import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * A request becomes bytes when it is heard, so that nothing of it has to outlive a collection of young objects; a quarter
 * of a second of requests is one block, written and forced to the disk by a worker. Texts, which few tenants have kept and
 * which end at a time of their own, are in the store, by the number of their row.
 */

/// The request log: hears of each request's end, and writes blocks a few times a second, off the requests' way.
///
/// What it has heard and not written is bounded: beyond that requests are not logged but counted. [#hear] is safe from
/// any thread and costs less than a microsecond.
public final class RequestJournal {
    private static final Logger LOG = LoggerFactory.getLogger(RequestJournal.class);
    private static final long WRITE_MILLIS = 250;
    private static final long SWEEP_MILLIS = 30_000;
    private static final Duration LAST = Duration.ofSeconds(5);

    /// Old requests go by whole files: of so many parts of what is kept, and at most so many rows.
    private static final int SEGMENTS = 16;

    private static final long MAX_SEGMENT_ROWS = 65_536;

    private final Vertx vertx;
    private final Optional<Path> folder;
    private final KeptTexts texts;
    private final JournalConfig config;
    private final PolicyBook<JournalPolicy> policies;
    private final InstantSource clock;
    private final TraceExport export;
    private final Counter dropped;
    private final Object lock = new Object();

    /// Guarded by `lock`, as all below.
    private final ArrayDeque<BlockWriter> full = new ArrayDeque<>();

    private BlockWriter current = new BlockWriter();
    private @Nullable BlockWriter spare;
    private List<KeptTexts.Entry> heardTexts = new ArrayList<>();
    private int waiting;
    private Future<Void> writing = Future.succeededFuture();
    private long lastSeq;
    private long writer = -1;
    private long sweeper = -1;
    private @Nullable RequestFiles files;
    private @Nullable Path temporary;

    /// @param folder of the log's files; empty: it goes with the process
    public RequestJournal(
            Vertx vertx,
            Optional<Path> folder,
            KeptTexts texts,
            JournalConfig config,
            PolicyBook<JournalPolicy> policies,
            InstantSource clock,
            Telemetry telemetry) {
        this.vertx = vertx;
        this.folder = folder;
        this.texts = texts;
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
        return texts.last()
                .compose(textsLast -> vertx.executeBlocking(() -> Math.max(textsLast, openFiles()), false))
                .map(last -> {
                    synchronized (lock) {
                        lastSeq = last;
                        if (config.enabled()) {
                            writer = vertx.setPeriodic(WRITE_MILLIS, timer -> write());
                            sweeper = vertx.setPeriodic(SWEEP_MILLIS, timer -> sweep());
                        }
                    }
                    return null;
                });
    }

    /// @return the number of the last row
    private long openFiles() throws IOException {
        Path at = folder.isPresent() ? folder.get() : RequestFiles.temporary();
        long rows = Math.clamp(config.maxRequests() / SEGMENTS, 1, MAX_SEGMENT_ROWS);
        var opened = new RequestFiles(at, rows);
        long last = opened.open();
        synchronized (lock) {
            files = opened;
            temporary = folder.isPresent() ? null : at;
        }
        return last;
    }

    /// Writes what waits.
    public Future<Void> stop() {
        synchronized (lock) {
            vertx.cancelTimer(writer);
            vertx.cancelTimer(sweeper);
        }
        return flush().timeout(LAST.toMillis(), TimeUnit.MILLISECONDS)
                .otherwiseEmpty()
                .compose(done -> vertx.executeBlocking(
                        () -> {
                            export.close();
                            closeFiles();
                            return null;
                        },
                        false));
    }

    private void closeFiles() throws IOException {
        RequestFiles open;
        Path left;
        synchronized (lock) {
            open = files;
            files = null;
            left = temporary;
            temporary = null;
        }
        if (open != null) {
            open.close();
        }
        if (left != null) {
            try (Stream<Path> all = Files.list(left)) {
                for (Path file : all.toList()) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(left);
        }
    }

    /// Whether the texts of a tenant's requests are to be told.
    public boolean keepsTexts(String tenant) {
        JournalPolicy policy = policies.of(tenant);
        return config.enabled() && policy != null && policy.keepsTexts();
    }

    /// A request has ended.
    public void hear(LoggedRequest request) {
        export.send(request);
        if (!config.enabled()) {
            return;
        }
        boolean isTooMuch;
        synchronized (lock) {
            isTooMuch = waiting >= config.queued();
            if (!isTooMuch) {
                take(request);
            }
        }
        if (isTooMuch) {
            dropped.increment();
        }
    }

    private void take(LoggedRequest request) {
        long seq = lastSeq + 1;
        current.add(RequestRow.of(seq, request));
        lastSeq = seq;
        waiting++;
        if (request.prompt() != null) {
            JournalPolicy policy = policies.of(request.principal().tenant());
            heardTexts.add(
                    new KeptTexts.Entry(seq, request, nowMicros() + (policy == null ? 0 : policy.retentionMicros())));
        }
        if (current.isFull()) {
            full.add(current);
            current = freshBlock();
        }
    }

    private BlockWriter freshBlock() {
        BlockWriter fresh = spare == null ? new BlockWriter() : spare;
        spare = null;
        return fresh;
    }

    /// The rows that are asked for, newest first, of those that are kept and everything that was heard before.
    Future<List<RequestRow>> find(RequestQuery query) {
        return flush().compose(written -> {
            RequestFiles open;
            long least;
            synchronized (lock) {
                open = files;
                least = lastSeq - config.maxRequests() + 1;
            }
            return open == null
                    ? Future.succeededFuture(List.of())
                    : vertx.executeBlocking(
                            () -> open.find(query.within(nowMicros() - retentionMicros(), least)), false);
        });
    }

    /// What is kept of a row's texts.
    Future<Optional<KeptTexts.Texts>> texts(RequestRow row) {
        return texts.of(row.seq());
    }

    /// Completes when everything that was heard is written.
    Future<Void> flush() {
        Future<Void> before;
        synchronized (lock) {
            before = writing;
        }
        // what is being written may have been taken before the last was heard
        return before.isComplete() ? write() : before.compose(done -> write());
    }

    int waiting() {
        synchronized (lock) {
            return waiting;
        }
    }

    private Future<Void> write() {
        synchronized (lock) {
            RequestFiles open = files;
            if (!writing.isComplete()) {
                return writing;
            }
            if (waiting == 0 || open == null) {
                return Future.succeededFuture();
            }
            if (current.count() > 0) {
                full.add(current);
                current = freshBlock();
            }
            List<BlockWriter> blocks = List.copyOf(full);
            full.clear();
            int rows = blocks.stream().mapToInt(BlockWriter::count).sum();
            List<KeptTexts.Entry> kept = heardTexts;
            heardTexts = new ArrayList<>();
            writing = vertx.executeBlocking(() -> append(open, blocks), false)
                    .compose(done -> kept.isEmpty() ? Future.succeededFuture(0) : texts.write(kept))
                    .onFailure(failure -> LOG.error("requests could not be logged", failure))
                    .otherwise(0)
                    .map(done -> {
                        synchronized (lock) {
                            waiting -= rows;
                            spare = blocks.getFirst();
                            spare.clear();
                        }
                        return null;
                    });
            return writing;
        }
    }

    private int append(RequestFiles to, List<BlockWriter> blocks) throws IOException {
        int left = blocks.stream().mapToInt(BlockWriter::count).sum();
        try {
            for (BlockWriter block : blocks) {
                to.append(block.block());
                left -= block.count();
                block.clear();
            }
        } finally {
            if (left > 0) {
                dropped.increment(left);
                blocks.forEach(BlockWriter::clear);
            }
        }
        return left;
    }

    private void sweep() {
        RequestFiles open;
        long oldest;
        synchronized (lock) {
            open = files;
            oldest = lastSeq - config.maxRequests() + 1;
        }
        if (open == null) {
            return;
        }
        long now = nowMicros();
        vertx.executeBlocking(() -> open.forget(now - retentionMicros(), oldest), false)
                .compose(least -> texts.forget(now, least))
                .onFailure(failure -> LOG.warn("old requests could not be forgotten", failure));
    }

    private long retentionMicros() {
        return Duration.ofDays(config.retentionDays()).toMillis() * 1_000;
    }

    private long nowMicros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }
}
