package dev.pagoda.vectors.collection;

import java.util.function.LongSupplier;

/// A reader's view of a collection: the points of a generation at a sequence number, which stay where they are until
/// it is closed. Closed once, by any thread.
final class Reading implements AutoCloseable {
    private final Generation generation;
    private final long entered;
    private final long sequence;

    /// @param sequence asked for after entering, so that whatever dies later is kept for this reader
    Reading(Generation generation, LongSupplier sequence) {
        this.generation = generation;
        this.entered = generation.enter();
        this.sequence = sequence.getAsLong();
    }

    Generation generation() {
        return generation;
    }

    long sequence() {
        return sequence;
    }

    @Override
    public void close() {
        generation.exit(entered);
    }
}
