package dev.pagoda.gateway.limit;

import java.util.Arrays;

/// What was taken in the last minute, in slots of half a second.
///
/// An amount counts until its whole slot is a minute old, so that no 60 seconds ever hold more than the sum allowed;
/// in return room comes back up to half a second late. Time is a parameter. Not thread-safe.
final class SlidingWindow {
    private static final long SLOT_NANOS = 500_000_000L;
    private static final int MINUTE_SLOTS = 120;

    /// The slot that is being filled, and those that are not wholly a minute old.
    private static final int SLOTS = MINUTE_SLOTS + 1;

    private final long[] amounts = new long[SLOTS];
    private long head = Long.MIN_VALUE;
    private long newest = Long.MIN_VALUE;
    private long sum;

    /// The slot of a moment, to be given to [#giveBack].
    static long slot(long nowNanos) {
        return Math.floorDiv(nowNanos, SLOT_NANOS);
    }

    long sum(long nowNanos) {
        advance(nowNanos);
        return sum;
    }

    void add(long amount, long nowNanos) {
        advance(nowNanos);
        amounts[index(head)] += amount;
        sum += amount;
        newest = head;
    }

    /// Takes back what was added in a slot; nothing when that is over a minute ago.
    void giveBack(long amount, long slot, long nowNanos) {
        advance(nowNanos);
        if (slot > head - SLOTS) {
            amounts[index(slot)] -= amount;
            sum -= amount;
        }
    }

    /// When the sum will be at most `most`, 0 if it is.
    long nanosUntil(long most, long nowNanos) {
        advance(nowNanos);
        long left = sum;
        if (left <= most) {
            return 0;
        }
        for (long slot = head - MINUTE_SLOTS; slot < head; slot++) {
            left -= amounts[index(slot)];
            if (left <= most) {
                return expiry(slot) - nowNanos;
            }
        }
        return expiry(head) - nowNanos;
    }

    /// When the window will be empty if nothing comes, 0 if it is.
    long nanosUntilEmpty(long nowNanos) {
        advance(nowNanos);
        return sum == 0 ? 0 : Math.max(0, expiry(newest) - nowNanos);
    }

    private static long expiry(long slot) {
        return (slot + SLOTS) * SLOT_NANOS;
    }

    private static int index(long slot) {
        return (int) Math.floorMod(slot, (long) SLOTS);
    }

    private void advance(long nowNanos) {
        long slot = slot(nowNanos);
        if (slot <= head) {
            return;
        }
        if (head == Long.MIN_VALUE || slot - head >= SLOTS) {
            Arrays.fill(amounts, 0);
            sum = 0;
        } else {
            for (long gone = head + 1; gone <= slot; gone++) {
                sum -= amounts[index(gone)];
                amounts[index(gone)] = 0;
            }
        }
        head = slot;
    }
}
