package dev.pagoda.compute.sim;

import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/// Events in the order of their time, those of one time in the order in which they were scheduled, so that the
/// same schedule always runs the same way. One thread.
///
/// @param <E> what happens
public final class EventQueue<E> {
    /// Events that may wait at once; a study of a million jobs needs three for each.
    public static final int MAX_WAITING = 10_000_000;

    private record Entry<E>(long atNanos, long sequence, E event) implements Comparable<Entry<E>> {
        @Override
        public int compareTo(Entry<E> other) {
            int order = Long.compare(atNanos, other.atNanos);
            return order != 0 ? order : Long.compare(sequence, other.sequence);
        }
    }

    private final PriorityQueue<Entry<E>> entries = new PriorityQueue<>();
    private final VirtualClock clock;
    private long sequence;

    /// @param clock moved to the time of each event that is taken
    public EventQueue(VirtualClock clock) {
        this.clock = clock;
    }

    /// @throws IllegalArgumentException if that time has passed
    public void schedule(long atNanos, E event) {
        if (atNanos < clock.nanos()) {
            throw new IllegalArgumentException("an event at " + atNanos + " ns, and it is " + clock.nanos() + " ns");
        }
        if (entries.size() == MAX_WAITING) {
            throw new IllegalStateException(MAX_WAITING + " events are waiting already");
        }
        entries.add(new Entry<>(atNanos, sequence++, event));
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    /// The time of the next event, [Long#MAX_VALUE] if there is none.
    public long nextNanos() {
        Entry<E> next = entries.peek();
        return next == null ? Long.MAX_VALUE : next.atNanos();
    }

    /// Takes the next event and moves the clock to it.
    public E take() {
        Entry<E> next = entries.poll();
        if (next == null) {
            throw new NoSuchElementException("no event is waiting");
        }
        clock.moveTo(next.atNanos());
        return next.event();
    }
}
