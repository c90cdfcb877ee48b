package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.Filter;
import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.filter.Bounds;
import dev.pagoda.vectors.filter.PayloadIndexes;
import dev.pagoda.vectors.filter.PointFilter;
import dev.pagoda.vectors.hnsw.NodeSet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The points of a collection that match a filter at one moment: found by the indexes as far as they go, and
/// asked one by one beyond. By slot; for one thread.
final class Matching implements IntPredicate {
    private final Generation generation;
    private final long sequence;
    private final int end;
    private final PointFilter filter;
    private final Overdue overdue;

    /// Slots that match, and slots that may; null if no index tells.
    private final @Nullable Bounds known;

    private long @Nullable [] resolved;

    /// @param overdue  what does not count
    /// @param sequence what is visible at it counts
    Matching(Generation generation, long sequence, Overdue overdue, int end, Filter filter) {
        this.generation = generation;
        this.sequence = sequence;
        this.overdue = overdue;
        this.end = end;
        PayloadIndexes indexes = generation.indexes();
        this.filter = indexes.filter(filter);
        this.known = indexes.bounds(filter, (end + 63) >>> 6, this::slotOf).orElse(null);
        if (known != null) {
            settle(known);
        }
    }

    private int slotOf(PointId id) {
        StoredPoint point = generation.ids().get(id);
        return point == null ? -1 : point.slot();
    }

    /// Leaves out slots without a point, and asks the points in motion.
    private void settle(Bounds bounds) {
        long[] occupied = new long[bounds.sure().length];
        generation.occupied().orInto(occupied);
        for (int i = 0; i < occupied.length; i++) {
            bounds.sure()[i] &= occupied[i];
            bounds.possible()[i] &= occupied[i];
        }
        generation.unsettled().forEach(slot -> {
            if (slot < end) {
                set(bounds, slot, isMatch(slot));
            }
        });
        overdue.takeFrom(bounds.sure());
        overdue.takeFrom(bounds.possible());
        // the last word goes beyond the slots
        if ((end & 63) != 0) {
            long mask = -1L >>> (64 - (end & 63));
            bounds.sure()[end >>> 6] &= mask;
            bounds.possible()[end >>> 6] &= mask;
        }
    }

    private static void set(Bounds bounds, int slot, boolean isMatch) {
        long bit = 1L << slot;
        int word = slot >>> 6;
        bounds.sure()[word] = isMatch ? bounds.sure()[word] | bit : bounds.sure()[word] & ~bit;
        bounds.possible()[word] = isMatch ? bounds.possible()[word] | bit : bounds.possible()[word] & ~bit;
    }

    private boolean isMatch(int slot) {
        StoredPoint point = generation.at(slot);
        return point != null && point.isVisible(sequence) && !overdue.has(point) && filter.matches(point);
    }

    /// Whether indexes leave out some points or know enough, so that not every point has to be asked.
    boolean isIndexed() {
        return known != null;
    }

    /// Points that only the filter itself can tell of.
    int open() {
        return known == null ? end : bits(known.possible()) - bits(known.sure());
    }

    /// The most points that can match.
    int most() {
        return known == null ? end : bits(known.possible());
    }

    /// About how many points match; asks none if there is an index.
    int estimate() {
        return known == null ? bits(slots()) : (bits(known.sure()) + bits(known.possible()) + 1) / 2;
    }

    @Override
    public boolean test(int slot) {
        if (known == null || slot >= end) {
            return slot < end && isMatch(slot);
        }
        return has(known.sure(), slot) || (has(known.possible(), slot) && isMatch(slot));
    }

    /// Whether a point matches that may have been written after the moment.
    boolean matches(StoredPoint point) {
        return (point.slot() < end && point.isVisible(sequence))
                ? test(point.slot())
                : !overdue.has(point) && filter.matches(point);
    }

    /// The slots of all that match, as a row of bits that stays the owner's.
    long[] slots() {
        if (resolved == null) {
            resolved = known == null ? asked() : resolve(known);
        }
        return resolved;
    }

    private long[] resolve(Bounds bounds) {
        for (int word = 0; word < bounds.sure().length; word++) {
            for (long open = bounds.possible()[word] & ~bounds.sure()[word]; open != 0; open &= open - 1) {
                int slot = (word << 6) + Long.numberOfTrailingZeros(open);
                set(bounds, slot, isMatch(slot));
            }
        }
        return bounds.sure();
    }

    private long[] asked() {
        long[] bits = new long[(end + 63) >>> 6];
        for (int slot = 0; slot < end; slot++) {
            if (isMatch(slot)) {
                bits[slot >>> 6] |= 1L << slot;
            }
        }
        return bits;
    }

    int count() {
        return bits(slots());
    }

    void forEach(IntConsumer consumer) {
        long[] slots = slots();
        for (int word = 0; word < slots.length; word++) {
            for (long bits = slots[word]; bits != 0; bits &= bits - 1) {
                consumer.accept((word << 6) + Long.numberOfTrailingZeros(bits));
            }
        }
    }

    List<StoredPoint> points() {
        List<StoredPoint> points = new ArrayList<>();
        forEach(slot -> {
            StoredPoint point = generation.at(slot);
            if (point != null) {
                points.add(point);
            }
        });
        return points;
    }

    /// All that match, for the search of an index.
    NodeSet nodes() {
        return NodeSet.ofBits(slots());
    }

    private static boolean has(long[] bits, int slot) {
        return ((bits[slot >>> 6] >>> slot) & 1) != 0;
    }

    private static int bits(long[] words) {
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }
}
