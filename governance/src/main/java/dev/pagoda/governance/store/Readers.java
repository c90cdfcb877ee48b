package dev.pagoda.governance.store;

import com.zaxxer.hikari.HikariDataSource;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Threads that read, each work in one transaction of its own and so from one state of the database.
///
/// Platform threads, because SQLite is native code and would pin a virtual one; as many as connections.
final class Readers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Readers.class);
    private static final long CLOSE_TIMEOUT_SECONDS = 10;

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final ThreadPoolExecutor threads;

    Readers(Database database, int readers, int maxQueued) {
        this.pool = database.reading(readers);
        this.jdbi = Jdbi.create(pool);
        this.threads = new ThreadPoolExecutor(
                readers,
                readers,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(maxQueued),
                Thread.ofPlatform().daemon().name("store-reader-", 0).factory());
    }

    <T extends @Nullable Object> CompletableFuture<T> submit(SqlWork<T> work) {
        var result = new CompletableFuture<T>();
        try {
            threads.execute(() -> run(work, result));
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(
                    threads.isShutdown()
                            ? Store.closedRefusal()
                            : Store.busyRefusal("reads", threads.getQueue().size()));
        }
        return result;
    }

    private <T extends @Nullable Object> void run(SqlWork<T> work, CompletableFuture<T> result) {
        T value;
        try {
            value = jdbi.inTransaction(work::run);
        } catch (Throwable e) {
            // even an Error is the work's own and must not end the reader
            result.completeExceptionally(e);
            return;
        }
        result.complete(value);
    }

    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("{} reads did not end within {} s", threads.getActiveCount(), CLOSE_TIMEOUT_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pool.close();
    }
}
