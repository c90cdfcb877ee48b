package dev.pagoda.vectors.hnsw;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/// A set of nodes that several threads change and read at the same time; [#reserve] runs alone among writers.
final class NodeBits {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    private volatile long[] words = new long[1];

    void reserve(int nodes) {
        int needed = (nodes + 63) >>> 6;
        if (needed > words.length) {
            words = Arrays.copyOf(words, needed + (needed >>> 3));
        }
    }

    boolean has(int node) {
        long[] all = words;
        int word = node >>> 6;
        return word < all.length && (((long) WORDS.getAcquire(all, word) >>> node) & 1) != 0;
    }

    /// @return whether it was not in the set
    boolean add(int node) {
        long bit = 1L << node;
        return ((long) WORDS.getAndBitwiseOr(words, node >>> 6, bit) & bit) == 0;
    }

    /// @return whether it was in the set
    boolean remove(int node) {
        long bit = 1L << node;
        return ((long) WORDS.getAndBitwiseAnd(words, node >>> 6, ~bit) & bit) != 0;
    }

    /// The least node of the set from `from` on, -1 if there is none.
    int next(int from) {
        long[] all = words;
        int word = from >>> 6;
        if (word >= all.length) {
            return -1;
        }
        long bits = (long) WORDS.getAcquire(all, word) & (-1L << from);
        while (bits == 0) {
            if (++word == all.length) {
                return -1;
            }
            bits = (long) WORDS.getAcquire(all, word);
        }
        return (word << 6) + Long.numberOfTrailingZeros(bits);
    }

    /// Nodes `64 word` to `64 word + 63`, lowest bit first.
    long word(int word) {
        long[] all = words;
        return word < all.length ? (long) WORDS.getAcquire(all, word) : 0;
    }

    long bytes() {
        return 8L * words.length;
    }
}
