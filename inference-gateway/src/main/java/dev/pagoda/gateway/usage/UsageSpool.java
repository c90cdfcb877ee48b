package dev.pagoda.gateway.usage;

import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.UsageBatch;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Two promises with two prices. A commit of the ledger costs an fsync, which is milliseconds; an answer must not wait for
 * it. So a usage is written to a mapped file before its answer ends, which a `kill -9` does not undo, and booked with
 * others after it. What a dead process had not booked is booked at the next start; the ledger counts a request id once,
 * so that nothing is counted twice. Only the machine's own death can take the last milliseconds.
 *
 * Files. `current` takes appends until it is full; a full one is deleted when all of it is booked. Entries are booked in
 * the order of their appends, so one count of what is booked says which files are done.
 *
 * Bound. At most MAX_WAITING entries wait. Beyond it `hasRoom` is false and no new request is to be begun.
 */

/// Books what requests used, in batches, without letting their answers wait: what was given here outlives the
/// process.
///
/// [#book] and [#hasRoom] are safe from any thread.
public final class UsageSpool {
    private static final Logger LOG = LoggerFactory.getLogger(UsageSpool.class);
    private static final int FILE_BYTES = 8 << 20;
    private static final int MAX_WAITING = 200_000;
    private static final int BATCH = UsageBatch.MAX_ENTRIES;
    /// A commit costs as much as dozens of rows: fewer, larger ones leave the processors to requests.
    private static final long GATHER_MILLIS = 40;
    private static final long RETRY_MILLIS = 500;
    private static final Duration ASK = Duration.ofSeconds(30);
    private static final String SUFFIX = ".usage";

    private final Vertx vertx;
    private final Bus bus;
    private final Optional<Path> folder;
    private final Context home;

    /// Guarded by `this`, as all below.
    private final ArrayDeque<UsageBatch.Entry> waiting = new ArrayDeque<>();

    private final ArrayDeque<Full> full = new ArrayDeque<>();
    private @Nullable SpoolFile current;
    private long appended;
    private long booked;
    private long fileNumber;
    private boolean isGathering;
    private boolean isSending;
    private boolean isClosing;
    private final Promise<Void> closed = Promise.promise();

    /// A file that is not appended to any more.
    ///
    /// @param upTo count of appends, of all files, that its last was
    private record Full(Path path, long upTo) {}

    /// @param folder of the files; empty: what is not booked is lost with the process
    public UsageSpool(Vertx vertx, Bus bus, Optional<Path> folder) {
        this.vertx = vertx;
        this.bus = bus;
        this.folder = folder;
        this.home = vertx.getOrCreateContext();
    }

    /// Takes over what an earlier process had not booked. Blocks.
    public synchronized void open() {
        if (folder.isEmpty()) {
            return;
        }
        try {
            Files.createDirectories(folder.get());
            List<Path> left;
            try (Stream<Path> files = Files.list(folder.get())) {
                left = files.filter(file -> file.toString().endsWith(SUFFIX))
                        .sorted()
                        .toList();
            }
            for (Path file : left) {
                List<UsageBatch.Entry> entries = SpoolFile.read(file);
                waiting.addAll(entries);
                appended += entries.size();
                full.add(new Full(file, appended));
            }
            if (!left.isEmpty()) {
                String last = left.getLast().getFileName().toString();
                fileNumber = Long.parseLong(last.substring(0, last.length() - SUFFIX.length()));
            }
            current = SpoolFile.create(nextFile(folder.get()), FILE_BYTES);
            if (!waiting.isEmpty()) {
                LOG.info("usage: {} requests of an earlier run are booked now", waiting.size());
            }
        } catch (IOException failed) {
            throw new UncheckedIOException("the spool of usage in " + folder.get() + " cannot be opened", failed);
        }
        gather();
    }

    /// Whether another request may be begun: false while the ledger is far behind.
    public synchronized boolean hasRoom() {
        return waiting.size() < MAX_WAITING;
    }

    /// Keeps the usage, from the return of this call on, and books it soon.
    public synchronized void book(Principal principal, UsageRecord usage) {
        var entry = new UsageBatch.Entry(principal, usage);
        if (current != null && !current.append(entry)) {
            SpoolFile next = SpoolFile.create(nextFile(folder.orElseThrow()), FILE_BYTES);
            full.add(new Full(current.path(), appended));
            current.close();
            current = next;
            current.append(entry);
        }
        appended++;
        waiting.add(entry);
        gather();
    }

    /// Books what waits, then completes.
    public Future<Void> close() {
        synchronized (this) {
            isClosing = true;
            if (!isSending) {
                send();
            }
        }
        return closed.future();
    }

    private Path nextFile(Path in) {
        return in.resolve(String.format(Locale.ROOT, "%016d%s", ++fileNumber, SUFFIX));
    }

    private synchronized void gather() {
        if (!isGathering && !isSending && !waiting.isEmpty()) {
            isGathering = true;
            home.runOnContext(v -> vertx.setTimer(GATHER_MILLIS, timer -> send()));
        }
    }

    private synchronized void send() {
        isGathering = false;
        if (isSending) {
            return;
        }
        if (waiting.isEmpty()) {
            if (isClosing) {
                deleteAll();
                closed.tryComplete();
            }
            return;
        }
        isSending = true;
        List<UsageBatch.Entry> batch = new ArrayList<>(Math.min(BATCH, waiting.size()));
        for (UsageBatch.Entry entry : waiting) {
            if (batch.size() == BATCH) {
                break;
            }
            batch.add(entry);
        }
        home.runOnContext(v -> bus.ask(Governance.RECORD_BATCH, new UsageBatch(batch), Call.platform(ASK))
                .onComplete(done -> sent(batch.size(), done.succeeded() ? null : done.cause())));
    }

    private synchronized void sent(int count, @Nullable Throwable failure) {
        isSending = false;
        if (failure != null) {
            if (isClosing) {
                LOG.warn("usage of {} requests is booked at the next start: {}", waiting.size(), failure.getMessage());
                closed.tryComplete();
                return;
            }
            LOG.warn("usage of {} requests waits for the ledger: {}", waiting.size(), failure.getMessage());
            isGathering = true;
            vertx.setTimer(RETRY_MILLIS, timer -> send());
            return;
        }
        for (int i = 0; i < count; i++) {
            waiting.poll();
        }
        booked += count;
        while (!full.isEmpty() && full.peek().upTo() <= booked) {
            delete(full.poll().path());
        }
        if (isClosing || waiting.size() >= BATCH) {
            send();
        } else {
            gather();
        }
    }

    private void deleteAll() {
        full.forEach(file -> delete(file.path()));
        full.clear();
        if (current != null) {
            current.close();
            delete(current.path());
            current = null;
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            // it is read again at the next start, and counts once
            LOG.warn("the spool {} of booked usage cannot be deleted: {}", file, failed.getMessage());
        }
    }
}
