package dev.pagoda.vectors.collection;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// A bounded pool of platform threads with a bounded queue: who comes when it is full is refused at once.
public final class Workers implements AutoCloseable {
    private static final long STOP_SECONDS = 10;

    private final String name;
    private final int queue;
    private final ThreadPoolExecutor pool;

    /// @param name    of the threads and in refusals, for example `vectors-search`
    /// @param threads at least 1
    /// @param queue   tasks that may wait, at least 1
    public Workers(String name, int threads, int queue) {
        this.name = name;
        this.queue = queue;
        this.pool = new ThreadPoolExecutor(
                threads,
                threads,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(queue),
                Thread.ofPlatform().daemon().name(name + "-", 0).factory());
        pool.allowCoreThreadTimeOut(true);
    }

    /// Runs a task, unless the call's deadline is over when its turn comes. An `IllegalArgumentException` of the task
    /// is the caller's fault and becomes a refusal.
    public <T> CompletableFuture<T> run(Call call, Supplier<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            pool.execute(() -> {
                try {
                    requireTime(call, name);
                    result.complete(task.get());
                } catch (IllegalArgumentException refused) {
                    result.completeExceptionally(Refusals.invalidInput(String.valueOf(refused.getMessage())));
                } catch (RuntimeException | StackOverflowError | OutOfMemoryError thrown) {
                    result.completeExceptionally(thrown);
                }
            });
        } catch (RejectedExecutionException full) {
            result.completeExceptionally(Refusals.overloaded(
                    pool.isShutdown()
                            ? name + " is closed"
                            : name + " has " + queue + " tasks waiting, the most it takes"));
        }
        return result;
    }

    /// @param what has to be done
    /// @throws Refused if the call's deadline is over
    public static void requireTime(Call call, String what) {
        if (call.isExpired()) {
            throw new Refused(Reason.DEADLINE, "deadline_exceeded", what + " had no time before the deadline");
        }
    }

    /// Runs a task that can be done without, if none waits.
    ///
    /// @return whether it will run
    boolean offer(Runnable task) {
        if (!pool.getQueue().isEmpty()) {
            return false;
        }
        try {
            pool.execute(task);
            return true;
        } catch (RejectedExecutionException full) {
            return false;
        }
    }

    /// Tasks that wait now.
    public int waiting() {
        return pool.getQueue().size();
    }

    /// Takes nothing more and waits a while for what runs.
    @Override
    public void close() {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                pool.shutdownNow();
            }
        } catch (InterruptedException interrupted) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
