package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.PointId;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// A reader's view of a collection: the points of a generation at a sequence number, which stay where they are
/// until it is closed. Closed once, by any thread.
final class Reading implements AutoCloseable {
    private final Generation generation;
    private final long entered;
    private final long sequence;
    private final Overdue overdue;

    /// @param sequence asked for after entering, so that whatever dies later is kept for this reader
    /// @param clock    tells microseconds since 1970, for the points that expire
    Reading(Generation generation, LongSupplier sequence, LongSupplier clock) {
        this.generation = generation;
        this.entered = generation.enter();
        this.sequence = sequence.getAsLong();
        this.overdue = new Overdue(generation.expiries().overdue(clock), this.sequence);
    }

    Generation generation() {
        return generation;
    }

    long sequence() {
        return sequence;
    }

    Overdue overdue() {
        return overdue;
    }

    /// The point with an id, null if there is none.
    @Nullable
    StoredPoint find(PointId id) {
        StoredPoint point = generation.ids().get(id);
        return point == null || overdue.has(point) ? null : point;
    }

    @Override
    public void close() {
        generation.exit(entered);
    }
}
