package dev.pagoda.vectors.filter;

import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// A set of slots that one thread changes while any number of threads read it.
///
/// Slots are kept by spans of 65,536: few of a span as a sorted list, many as bits, as in roaring bitmaps
/// [1]. A list is appended to or replaced, and a reader sees the length that was published with it; bits change in
/// place. What a reader sees of a change that was not published to it by other means is not defined: it has to know
/// by itself which slots are in motion.
///
/// [1] Chambi et al. 2016, https://arxiv.org/abs/1402.6407
public final class SlotSet {
    private static final int SPAN_BITS = 16;
    private static final int SPAN = 1 << SPAN_BITS;
    private static final int WORDS = SPAN / Long.SIZE;

    /// As bits from this many slots of a span on, and as a list again below a quarter of it.
    private static final int MANY = 4096;

    private static final @Nullable Part[] EMPTY = {};

    private volatile @Nullable Part[] parts = EMPTY;
    private volatile int size;

    /// The slots of one span.
    private sealed interface Part {}

    /// The first `count` values, ascending.
    private record Few(char[] values, int count) implements Part {
        int find(int low) {
            return Arrays.binarySearch(values, 0, count, (char) low);
        }
    }

    private static final class Many implements Part {
        private final long[] words = new long[WORDS];

        /// The writer's.
        private int count;
    }

    public int size() {
        return size;
    }

    boolean has(int slot) {
        return switch (part(parts, slot >>> SPAN_BITS)) {
            case null -> false;
            case Few few -> few.find(slot & (SPAN - 1)) >= 0;
            case Many many -> ((many.words[(slot & (SPAN - 1)) >>> 6] >>> slot) & 1) != 0;
        };
    }

    private static @Nullable Part part(@Nullable Part[] parts, int span) {
        return span < parts.length ? parts[span] : null;
    }

    /// The writer's.
    ///
    /// @return whether the slot was not there
    public boolean add(int slot) {
        int span = slot >>> SPAN_BITS;
        int low = slot & (SPAN - 1);
        if (span >= parts.length) {
            parts = Arrays.copyOf(parts, span + 1);
        }
        boolean isNew = switch (parts[span]) {
            case null -> {
                parts[span] = new Few(new char[] {(char) low}, 1);
                yield true;
            }
            case Few few -> add(span, low, few);
            case Many many -> {
                long bit = 1L << low;
                boolean isAbsent = (many.words[low >>> 6] & bit) == 0;
                many.words[low >>> 6] |= bit;
                many.count += isAbsent ? 1 : 0;
                yield isAbsent;
            }
        };
        if (isNew) {
            count(1);
        }
        return isNew;
    }

    private boolean add(int span, int low, Few few) {
        int found = few.find(low);
        if (found >= 0) {
            return false;
        }
        int count = few.count;
        if (count == MANY) {
            Many many = new Many();
            for (int i = 0; i < count; i++) {
                many.words[few.values[i] >>> 6] |= 1L << few.values[i];
            }
            many.words[low >>> 6] |= 1L << low;
            many.count = count + 1;
            // readers find it by a plain read, and its words are not final
            VarHandle.releaseFence();
            parts[span] = many;
            return true;
        }
        int at = -found - 1;
        char[] values = few.values;
        if (at < count || count == values.length) {
            values = new char[roomFor(count + 1)];
            System.arraycopy(few.values, 0, values, 0, at);
            System.arraycopy(few.values, at, values, at + 1, count - at);
        }
        values[at] = (char) low;
        parts[span] = new Few(values, count + 1);
        return true;
    }

    private static int roomFor(int count) {
        return Math.min(MANY, count < 4 ? count : count + (count >> 1));
    }

    /// The writer's.
    ///
    /// @return whether the slot was there
    public boolean remove(int slot) {
        int span = slot >>> SPAN_BITS;
        int low = slot & (SPAN - 1);
        boolean wasThere = switch (part(parts, span)) {
            case null -> false;
            case Few few -> {
                int at = few.find(low);
                if (at >= 0) {
                    int left = few.count - 1;
                    char[] values = new char[left];
                    System.arraycopy(few.values, 0, values, 0, at);
                    System.arraycopy(few.values, at + 1, values, at, left - at);
                    parts[span] = left == 0 ? null : new Few(values, left);
                }
                yield at >= 0;
            }
            case Many many -> {
                long bit = 1L << low;
                boolean isThere = (many.words[low >>> 6] & bit) != 0;
                if (isThere) {
                    many.words[low >>> 6] &= ~bit;
                    if (--many.count < MANY / 4) {
                        parts[span] = few(many);
                    }
                }
                yield isThere;
            }
        };
        if (wasThere) {
            count(-1);
        }
        return wasThere;
    }

    private void count(int change) {
        int before = size;
        size = before + change;
    }

    private static Few few(Many many) {
        char[] values = new char[many.count];
        int count = 0;
        for (int word = 0; word < WORDS; word++) {
            for (long bits = many.words[word]; bits != 0; bits &= bits - 1) {
                values[count++] = (char) ((word << 6) + Long.numberOfTrailingZeros(bits));
            }
        }
        return new Few(values, count);
    }

    /// Adds the slots to a row of bits, as far as it goes.
    public void orInto(long[] words) {
        @Nullable Part[] all = parts;
        for (int span = 0; span < all.length; span++) {
            int from = span * WORDS;
            switch (all[span]) {
                case null -> {}
                case Few(char[] values, int count) -> {
                    for (int i = 0; i < count; i++) {
                        int word = from + (values[i] >>> 6);
                        if (word < words.length) {
                            words[word] |= 1L << values[i];
                        }
                    }
                }
                case Many many -> {
                    int most = Math.min(WORDS, words.length - from);
                    for (int i = 0; i < most; i++) {
                        words[from + i] |= many.words[i];
                    }
                }
            }
        }
    }

    /// How many of the slots are in a row of bits.
    public int countIn(long[] words) {
        int total = 0;
        @Nullable Part[] all = parts;
        for (int span = 0; span < all.length; span++) {
            int from = span * WORDS;
            switch (all[span]) {
                case null -> {}
                case Few(char[] values, int count) -> {
                    for (int i = 0; i < count; i++) {
                        int word = from + (values[i] >>> 6);
                        total += word < words.length && ((words[word] >>> values[i]) & 1) != 0 ? 1 : 0;
                    }
                }
                case Many many -> {
                    int most = Math.min(WORDS, words.length - from);
                    for (int i = 0; i < most; i++) {
                        total += Long.bitCount(words[from + i] & many.words[i]);
                    }
                }
            }
        }
        return total;
    }

    /// Ascending.
    public void forEach(IntConsumer consumer) {
        @Nullable Part[] all = parts;
        for (int span = 0; span < all.length; span++) {
            int from = span << SPAN_BITS;
            switch (all[span]) {
                case null -> {}
                case Few(char[] values, int count) -> {
                    for (int i = 0; i < count; i++) {
                        consumer.accept(from + values[i]);
                    }
                }
                case Many many -> {
                    for (int word = 0; word < WORDS; word++) {
                        for (long bits = many.words[word]; bits != 0; bits &= bits - 1) {
                            consumer.accept(from + (word << 6) + Long.numberOfTrailingZeros(bits));
                        }
                    }
                }
            }
        }
    }
}
