package dev.pagoda.gateway.backend;

import java.util.BitSet;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// A hashed timer wheel: who wants to be called when.
///
/// Setting, moving and clearing a time take constant time however many there are (Varghese and Lauck 1987, scheme 6).
/// A slot is a quarter of a millisecond wide and the wheel turns in a quarter of a second, longer than most steps;
/// what lies beyond stays in its slot for another turn. Time is a parameter, from 0. Not thread-safe.
final class StepWheel {
    private static final int SLOT_BITS = 18;
    private static final int SLOTS = 1024;
    private static final long NEVER = Long.MAX_VALUE;

    /// One who is called at a time; in at most one wheel.
    abstract static class Entry {
        private long dueNanos = NEVER;
        private @Nullable Entry next;
        private @Nullable Entry previous;

        /// Its time has come; it may set another.
        abstract void due();

        boolean isSet() {
            return dueNanos != NEVER;
        }
    }

    private final @Nullable Entry[] heads = new Entry[SLOTS];
    private final BitSet filled = new BitSet(SLOTS);
    private long doneNanos;
    private int size;

    int size() {
        return size;
    }

    /// Has the entry called at a time instead of any it had; one that has passed is taken for now.
    void set(Entry entry, long dueNanos) {
        clear(entry);
        entry.dueNanos = Math.max(dueNanos, doneNanos);
        int slot = slot(entry.dueNanos);
        Entry head = heads[slot];
        entry.next = head;
        if (head != null) {
            head.previous = entry;
        }
        heads[slot] = entry;
        filled.set(slot);
        size++;
    }

    void clear(Entry entry) {
        if (!entry.isSet()) {
            return;
        }
        int slot = slot(entry.dueNanos);
        if (entry.previous != null) {
            entry.previous.next = entry.next;
        } else {
            heads[slot] = entry.next;
            if (entry.next == null) {
                filled.clear(slot);
            }
        }
        if (entry.next != null) {
            entry.next.previous = entry.previous;
        }
        entry.next = null;
        entry.previous = null;
        entry.dueNanos = NEVER;
        size--;
    }

    /// When the first is due; [Long#MAX_VALUE] when there is none.
    long nextNanos() {
        if (size == 0) {
            return NEVER;
        }
        long tick = doneNanos >>> SLOT_BITS;
        int from = (int) (tick & (SLOTS - 1));
        for (int slot = filled.nextSetBit(from); slot >= 0; slot = filled.nextSetBit(slot + 1)) {
            long least = least(heads[slot], (tick + slot - from + 1) << SLOT_BITS);
            if (least != NEVER) {
                return least;
            }
        }
        for (int slot = filled.nextSetBit(0); slot >= 0 && slot < from; slot = filled.nextSetBit(slot + 1)) {
            long least = least(heads[slot], (tick + SLOTS + slot - from + 1) << SLOT_BITS);
            if (least != NEVER) {
                return least;
            }
        }
        long least = NEVER;
        for (Entry head : heads) {
            least = Math.min(least, least(head, NEVER));
        }
        return least;
    }

    /// Calls all that are due, in the order of their times, those included that they set until then.
    ///
    /// @param before is told of each time just before its entry is called
    void advance(long nowNanos, LongConsumer before) {
        for (long due = nextNanos(); due <= nowNanos; due = nextNanos()) {
            doneNanos = due;
            Entry entry = find(due);
            clear(entry);
            before.accept(due);
            entry.due();
        }
        doneNanos = Math.max(doneNanos, nowNanos);
    }

    private Entry find(long dueNanos) {
        for (Entry each = heads[slot(dueNanos)]; each != null; each = each.next) {
            if (each.dueNanos == dueNanos) {
                return each;
            }
        }
        throw new IllegalStateException("nobody is due at " + dueNanos);
    }

    private static long least(@Nullable Entry head, long beforeNanos) {
        long least = NEVER;
        for (Entry each = head; each != null; each = each.next) {
            if (each.dueNanos < beforeNanos) {
                least = Math.min(least, each.dueNanos);
            }
        }
        return least;
    }

    private static int slot(long dueNanos) {
        return (int) (dueNanos >>> SLOT_BITS) & (SLOTS - 1);
    }
}
