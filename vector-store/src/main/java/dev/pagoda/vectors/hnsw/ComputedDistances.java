package dev.pagoda.vectors.hnsw;

import java.util.Arrays;

/// The distances that a walk has computed, by node; used by one thread at a time.
final class ComputedDistances {
    private static final int MOST = 1 << 14;
    private static final long NONE = -1;

    /// Node in the upper half, bits of its distance in the lower; at most a quarter is taken.
    private long[] entries = new long[2048];

    private int shift = 32 - 11;
    private int size;
    private float bound = Float.NEGATIVE_INFINITY;

    ComputedDistances() {
        Arrays.fill(entries, NONE);
    }

    /// Forgets all.
    ///
    /// @param least what the walk did not compute is about as far as this at least
    void begin(float least) {
        Arrays.fill(entries, NONE);
        size = 0;
        bound = least;
    }

    float bound() {
        return bound;
    }

    /// Adds a node that is not there yet. What comes after the first 16,384 is left out, and so is the bound.
    void put(int node, float distance) {
        if (size == MOST) {
            bound = Float.NEGATIVE_INFINITY;
            return;
        }
        if (++size * 4 > entries.length) {
            grow();
        }
        place(((long) node << 32) | (Float.floatToRawIntBits(distance) & 0xffffffffL));
    }

    /// @return NaN if the node's distance was not computed
    float get(int node) {
        int mask = entries.length - 1;
        for (int at = (node * 0x9e3779b9) >>> shift; ; at++) {
            long entry = entries[at & mask];
            if ((int) (entry >> 32) == node) {
                return Float.intBitsToFloat((int) entry);
            }
            if (entry == NONE) {
                return Float.NaN;
            }
        }
    }

    private void place(long entry) {
        int mask = entries.length - 1;
        int at = ((int) (entry >> 32) * 0x9e3779b9) >>> shift;
        while (entries[at & mask] != NONE) {
            at++;
        }
        entries[at & mask] = entry;
    }

    private void grow() {
        long[] old = entries;
        entries = new long[old.length * 2];
        Arrays.fill(entries, NONE);
        shift--;
        for (long entry : old) {
            if (entry != NONE) {
                place(entry);
            }
        }
    }
}
