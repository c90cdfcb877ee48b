package dev.pagoda.vectors.hnsw;

import java.util.Arrays;

/// Nodes by distance, nearest first, in buckets whose width is a 128th of the distance: order inside a bucket
/// is by chance. Adding and taking cost a few nanoseconds whatever the size. Distances are not negative.
///
/// A bucket is the upper bits of a float: its exponent and seven bits of its mantissa. [#CAPACITY] buckets span
/// 16 doublings around the distance that [#begin] is given; what lies beyond goes to the first or the last.
/// When nothing but the last is left, [#rescale] moves the span to where its entries are.
final class BucketQueue {
    static final int CAPACITY = 2048;
    private static final int MANTISSA_SHIFT = 16;
    private static final int NONE = -1;

    private final long[] occupied = new long[CAPACITY / 64];
    private final int[] heads = new int[CAPACITY];
    private int[] nodes = new int[1024];
    private int[] nexts = new int[1024];
    private float[] distances = new float[1024];
    private int entries;
    private int lowest;
    private int base;

    /// Empties the queue.
    ///
    /// @param around a typical distance; the buckets span from 1/1024 of it to 64 times it
    void begin(float around) {
        Arrays.fill(occupied, 0);
        entries = 0;
        lowest = CAPACITY;
        base = baseAround(around);
    }

    private static int baseAround(float distance) {
        float anchor = distance < Float.MAX_VALUE / 64 ? Math.max(distance, Float.MIN_NORMAL) : 1;
        return (Float.floatToRawIntBits(anchor * 64) >>> MANTISSA_SHIFT) - (CAPACITY - 1);
    }

    /// Whether the entries left, at least one, are all in the last bucket.
    boolean isBeyondSpan() {
        int words = occupied.length - 1;
        for (int word = lowest >>> 6; word < words; word++) {
            if (occupied[word] != 0) {
                return false;
            }
        }
        return occupied[words] == 1L << 63;
    }

    /// Moves the span up to the least distance of the entries, which must all be in the last bucket.
    ///
    /// @return whether buckets have changed
    boolean rescale() {
        float least = Float.POSITIVE_INFINITY;
        for (int entry = heads[CAPACITY - 1]; entry >= 0; entry = nexts[entry]) {
            least = Math.min(least, distances[entry]);
        }
        int moved = baseAround(least);
        if (moved <= base) {
            return false;
        }
        base = moved;
        occupied[occupied.length - 1] = 0;
        lowest = CAPACITY;
        int next;
        for (int entry = heads[CAPACITY - 1]; entry >= 0; entry = next) {
            next = nexts[entry];
            link(entry, bucket(distances[entry]));
        }
        return true;
    }

    int bucket(float distance) {
        int bucket = (Float.floatToRawIntBits(Math.max(distance, 0f)) >>> MANTISSA_SHIFT) - base;
        return Math.max(0, Math.min(CAPACITY - 1, bucket));
    }

    /// The least distance that is beyond a bucket; the greatest float for the last.
    float end(int bucket) {
        return bucket >= CAPACITY - 1 ? Float.MAX_VALUE : Float.intBitsToFloat((bucket + 1 + base) << MANTISSA_SHIFT);
    }

    void ensureRoom(int more) {
        if (entries + more > nodes.length) {
            int length = Math.max(entries + more, nodes.length * 2);
            nodes = Arrays.copyOf(nodes, length);
            nexts = Arrays.copyOf(nexts, length);
            distances = Arrays.copyOf(distances, length);
        }
    }

    /// Adds an entry; [#ensureRoom] must have made room.
    void add(int node, float distance, int bucket) {
        int entry = entries++;
        nodes[entry] = node;
        distances[entry] = distance;
        link(entry, bucket);
    }

    private void link(int entry, int bucket) {
        int word = bucket >>> 6;
        long bit = 1L << bucket;
        nexts[entry] = (occupied[word] & bit) != 0 ? heads[bucket] : NONE;
        heads[bucket] = entry;
        occupied[word] |= bit;
        if (bucket < lowest) {
            lowest = bucket;
        }
    }

    /// Takes the entry of the lowest bucket.
    ///
    /// @param last the last bucket that counts
    /// @return the entry, or -1 if none counts; valid until the next [#ensureRoom]
    int poll(int last) {
        int from = lowest;
        if (from > last) {
            return NONE;
        }
        int word = from >>> 6;
        long bits = occupied[word] & (-1L << from);
        while (bits == 0) {
            if (++word == occupied.length) {
                lowest = CAPACITY;
                return NONE;
            }
            bits = occupied[word];
        }
        int bucket = (word << 6) + Long.numberOfTrailingZeros(bits);
        lowest = bucket;
        if (bucket > last) {
            return NONE;
        }
        int entry = heads[bucket];
        int next = nexts[entry];
        if (next < 0) {
            occupied[word] &= ~(1L << bucket);
        } else {
            heads[bucket] = next;
        }
        return entry;
    }

    int node(int entry) {
        return nodes[entry];
    }

    float distance(int entry) {
        return distances[entry];
    }
}
