package dev.pagoda.vectors.collection;

import java.util.ArrayList;
import java.util.List;

/// The points of a generation that are there at one moment though their time is over: no reader is told of them, and
/// they are deleted before long.
///
/// @param slots    as bits, not to be changed
/// @param sequence points that came after it have their slots from others, and are not meant
record Overdue(long[] slots, long sequence) {
    static final long[] NO_SLOTS = {};

    boolean has(StoredPoint point) {
        int word = point.slot() >>> 6;
        return word < slots.length && ((slots[word] >>> point.slot()) & 1) != 0 && point.born() <= sequence;
    }

    /// Takes the slots out of a row of bits.
    void takeFrom(long[] bits) {
        for (int word = Math.min(bits.length, slots.length) - 1; word >= 0; word--) {
            bits[word] &= ~slots[word];
        }
    }

    /// Those that are not deleted yet, so many at most.
    List<StoredPoint> living(Generation generation, int most) {
        List<StoredPoint> points = new ArrayList<>();
        for (int word = 0; word < slots.length && points.size() < most; word++) {
            for (long bits = slots[word]; bits != 0 && points.size() < most; bits &= bits - 1) {
                StoredPoint point = generation.at((word << 6) + Long.numberOfTrailingZeros(bits));
                if (point != null && point.isAlive() && has(point)) {
                    points.add(point);
                }
            }
        }
        return points;
    }
}
