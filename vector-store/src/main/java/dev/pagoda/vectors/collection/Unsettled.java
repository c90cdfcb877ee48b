package dev.pagoda.vectors.collection;

import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.LongPredicate;

/// The slots whose point or payload changed so lately that a reader may meet the indexes in another state than the
/// point. What an index tells of them is worth nothing: a reader asks the point itself.
///
/// The writer marks a slot before it changes an index or gives the id of its point another slot, and takes the mark
/// away when every reader that came before the change was published has left. A reader looks at the marks after the
/// indexes and ids. So if it saw any of a change, it sees the mark.
final class Unsettled {
    /// No batch has this number.
    private static final int HELD = 0;

    /// Grown and changed by the writer, read by any.
    private volatile long[] words = new long[4];

    /// The writer's: by slot, the batch that marked it last.
    private int[] batches = new int[4 * Long.SIZE];

    private int batch = 1;
    private int[] marked = new int[16];
    private int count;
    private final ArrayDeque<Batch> waiting = new ArrayDeque<>();

    private record Batch(int number, int[] slots, long epoch) {}

    /// The writer's, before the change.
    void mark(int slot) {
        if (slot >= batches.length) {
            batches = Arrays.copyOf(batches, Math.max(slot + 1, batches.length * 2));
        }
        int word = slot >>> 6;
        if (word >= words.length) {
            words = Arrays.copyOf(words, Math.max(word + 1, words.length * 2));
        }
        if (batches[slot] != batch) {
            batches[slot] = batch;
            if (count == marked.length) {
                marked = Arrays.copyOf(marked, count * 2);
            }
            marked[count++] = slot;
            words[word] |= 1L << slot;
            // pairs with the fence in forEach: who sees the change of an index sees the mark
            VarHandle.releaseFence();
        }
    }

    /// The writer's, before a point is no longer found by its id and dies: its slot stays marked until it is marked
    /// again for leaving the indexes, however long readers that see the point keep it there.
    void hold(int slot) {
        mark(slot);
        batches[slot] = HELD;
    }

    /// The writer's: the changes are published.
    ///
    /// @param epoch in which readers may still come that do not see them
    void published(long epoch) {
        if (count > 0) {
            waiting.add(new Batch(batch, Arrays.copyOf(marked, count), epoch));
            batch++;
            count = 0;
        }
    }

    /// The writer's: takes away the marks of changes that every reader sees.
    void settle(LongPredicate isForgotten) {
        for (Batch oldest = waiting.peek();
                oldest != null && isForgotten.test(oldest.epoch());
                oldest = waiting.peek()) {
            for (int slot : oldest.slots()) {
                if (batches[slot] == oldest.number()) {
                    words[slot >>> 6] &= ~(1L << slot);
                }
            }
            waiting.remove();
        }
    }

    /// A reader's, after it has looked at the indexes.
    void forEach(IntConsumer consumer) {
        VarHandle.acquireFence();
        long[] all = words;
        for (int word = 0; word < all.length; word++) {
            for (long bits = all[word]; bits != 0; bits &= bits - 1) {
                consumer.accept((word << 6) + Long.numberOfTrailingZeros(bits));
            }
        }
    }
}
