package dev.pagoda.governance.store;

import dev.pagoda.governance.bus.Refused;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Group commit. A durable commit costs one fsync, which is milliseconds, while a statement costs microseconds. So one
 * thread owns the only writing connection and takes whatever has queued up while the last commit was on its way to the
 * disk, at most maxGroup works, and commits them together. Under load the groups grow by themselves; alone, a work
 * waits for nobody.
 *
 * Isolation of failures. Each work of a group runs inside a savepoint. One that throws is rolled back to it and fails
 * alone. If the commit itself fails, nothing of the group has happened, and all of it fails.
 *
 * Order. Works run in the order in which they were queued, and their results are completed in that order, after the
 * commit.
 *
 * Failure. The connection is given up after any error of the transaction itself (begin, savepoint, commit), and the
 * next group opens another.
 *
 * Closing. `closed` is set before the end mark is queued; a caller looks at it after it has queued its work. So either the
 * writer still finds the work before the mark, or the caller finds `closed` and takes the work back.
 */
final class GroupWriter implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GroupWriter.class);
    private static final long CLOSE_TIMEOUT_SECONDS = 30;

    private final Database database;
    private final DataSource source;
    private final int maxGroup;
    private final ArrayBlockingQueue<Queued<?>> queue;
    private final Thread thread;
    private final Queued<?> end = new Queued<>(handle -> true);
    private final AtomicLong commits = new AtomicLong();
    private volatile boolean closed;

    /// Both owned by the writer.
    private @Nullable Connection connection;

    private @Nullable Jdbi jdbi;

    GroupWriter(Database database, int maxQueued, int maxGroup) {
        this.database = database;
        this.source = database.writing();
        this.maxGroup = maxGroup;
        this.queue = new ArrayBlockingQueue<>(maxQueued);
        this.thread = Thread.ofPlatform().name("store-writer").daemon().start(this::loop);
    }

    /// Queues the work; the result completes on the writer's thread, after the commit.
    <T extends @Nullable Object> CompletableFuture<T> submit(SqlWork<T> work) {
        var queued = new Queued<>(work);
        if (closed || !queue.offer(queued)) {
            queued.fail(refusal());
        } else if (closed && queue.remove(queued)) {
            queued.fail(refusal());
        }
        return queued.result;
    }

    private Refused refusal() {
        return closed ? Store.closedRefusal() : Store.busyRefusal("writes", queue.size());
    }

    int queued() {
        return queue.size();
    }

    long commits() {
        return commits.get();
    }

    private void loop() {
        var group = new ArrayList<Queued<?>>(maxGroup);
        var ended = false;
        while (!ended) {
            try {
                group.add(queue.take());
            } catch (InterruptedException e) {
                LOG.error("the store's writer was interrupted; {} writes are refused", queue.size(), e);
                closed = true;
                queue.drainTo(group);
                group.forEach(work -> work.fail(refusal()));
                break;
            }
            queue.drainTo(group, maxGroup - 1);
            // whatever was queued beside the end mark is still written
            ended = group.remove(end);
            if (!group.isEmpty()) {
                commit(group);
            }
            group.clear();
        }
        checkpoint();
    }

    private void commit(List<Queued<?>> group) {
        try (var handle = writer().open()) {
            handle.begin();
            for (var work : group) {
                work.run(handle);
            }
            handle.commit();
        } catch (Exception e) {
            discard();
            group.forEach(work -> work.fail(e));
            return;
        }
        commits.incrementAndGet();
        group.forEach(Queued::complete);
    }

    private Jdbi writer() throws SQLException {
        if (jdbi == null) {
            connection = source.getConnection();
            jdbi = Jdbi.create(connection);
        }
        return jdbi;
    }

    private void discard() {
        jdbi = null;
        var broken = connection;
        connection = null;
        if (broken != null) {
            try {
                broken.close();
            } catch (SQLException e) {
                LOG.debug("a broken connection did not close", e);
            }
        }
    }

    private void checkpoint() {
        if (connection == null) {
            return;
        }
        try {
            database.checkpoint(connection);
        } catch (SQLException e) {
            LOG.warn("the store ends without a checkpoint; the next start reads its log", e);
        }
        discard();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (!queue.offer(end, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    || !thread.join(Duration.ofSeconds(CLOSE_TIMEOUT_SECONDS))) {
                LOG.error("the store's writer did not end within {} s", CLOSE_TIMEOUT_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A work that waits for its turn, and what became of it.
    private static final class Queued<T extends @Nullable Object> {
        private final SqlWork<T> work;
        private final CompletableFuture<T> result = new CompletableFuture<>();

        /// Completes `result` once the commit is durable.
        private @Nullable Runnable completion;

        Queued(SqlWork<T> work) {
            this.work = work;
        }

        void run(Handle handle) throws SQLException {
            var connection = handle.getConnection();
            var savepoint = connection.setSavepoint();
            try {
                var value = work.run(handle);
                connection.releaseSavepoint(savepoint);
                completion = () -> result.complete(value);
            } catch (Throwable e) {
                // even an Error is the work's own and must not end the writer
                connection.rollback(savepoint);
                connection.releaseSavepoint(savepoint);
                completion = () -> result.completeExceptionally(e);
            }
        }

        void complete() {
            if (completion != null) {
                completion.run();
            }
        }

        void fail(Throwable cause) {
            result.completeExceptionally(cause);
        }
    }
}
