package dev.pagoda.vectors.collection;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// What a restart leaves for later, beside whoever uses the collections: first the links in the snapshots are
/// read, then what came from the journal is linked. One thread, which ends when all is done.
final class Linker implements AutoCloseable {
    /// Vectors linked before it looks whether to stop.
    private static final int STEP = 64;

    private final CountDownLatch read = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean isStopped;

    /// @param links       of the snapshots
    /// @param collections those there are now
    /// @param finding     gets a sentence for each damage
    Linker(List<Snapshot.Links> links, Supplier<List<Collection>> collections, Consumer<String> finding) {
        // emptied on the way: a thread keeps what it was started with, and that would keep dropped collections
        Deque<Snapshot.Links> waiting = new ArrayDeque<>(links);
        this.thread =
                Thread.ofPlatform().daemon().name("vectors-linking").start(() -> run(waiting, collections, finding));
    }

    private void run(Deque<Snapshot.Links> waiting, Supplier<List<Collection>> collections, Consumer<String> finding) {
        try {
            for (Snapshot.Links next = waiting.poll(); next != null; next = waiting.poll()) {
                next.read(() -> isStopped, finding);
            }
        } finally {
            read.countDown();
        }
        for (Collection collection : collections.get()) {
            boolean more = true;
            while (more && !isStopped) {
                more = collection.link(STEP);
            }
        }
    }

    /// Whether the links of all snapshots are read.
    boolean hasRead() {
        return read.getCount() == 0;
    }

    /// Waits until all is done.
    ///
    /// @return whether it is
    boolean await(long seconds) {
        try {
            return thread.join(Duration.ofSeconds(seconds)) && read.await(0, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// Waits until the links of all snapshots are read.
    ///
    /// @return whether they are
    boolean awaitRead(long seconds) {
        try {
            return read.await(seconds, TimeUnit.SECONDS);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void close() {
        isStopped = true;
        await(10);
    }
}
