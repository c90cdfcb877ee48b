package dev.pagoda.vectors.storage;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/// Only the order: nothing is kept, as `--ephemeral` asks.
public final class MemoryJournal implements Journal {
    private static final CompletableFuture<Void> DONE = CompletableFuture.completedFuture(null);

    private final AtomicLong sequence = new AtomicLong();
    private volatile boolean closed;

    @Override
    public Appended append(byte[] body, long forceWithinNanos) {
        if (closed) {
            throw new JournalFailedException("the journal is closed");
        }
        return new Appended(sequence.incrementAndGet(), DONE);
    }

    @Override
    public long lastSequence() {
        return sequence.get();
    }

    @Override
    public long bytesSinceRoll() {
        return 0;
    }

    @Override
    public long forces() {
        return 0;
    }

    @Override
    public Optional<String> refusal() {
        return Optional.empty();
    }

    @Override
    public long roll() {
        return sequence.get();
    }

    @Override
    public void discardThrough(long through) {
        // nothing is kept
    }

    @Override
    public void close() {
        closed = true;
    }
}
