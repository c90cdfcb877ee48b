package dev.pagoda.vectors.hnsw;

import java.util.Arrays;

/// A binary heap of (score, node) pairs packed into longs, smallest key first.
///
/// A key orders by score and then by *descending* node, so that of two equal scores the lower node counts as better.
/// Complemented keys turn the heap around: then the best pair is on top.
public final class ScoredNodes {
    private long[] heap = new long[128];
    private int size;

    public static long key(float score, int node) {
        int bits = Float.floatToIntBits(score);
        int sortable = bits ^ ((bits >> 31) & 0x7fffffff);
        return ((long) sortable << 32) | (~node & 0xffffffffL);
    }

    public static float score(long key) {
        int sortable = (int) (key >> 32);
        return Float.intBitsToFloat(sortable ^ ((sortable >> 31) & 0x7fffffff));
    }

    public static int node(long key) {
        return ~(int) key;
    }

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }

    long top() {
        return heap[0];
    }

    void push(long key) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        int at = size++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (heap[parent] <= key) {
                break;
            }
            heap[at] = heap[parent];
            at = parent;
        }
        heap[at] = key;
    }

    long pop() {
        long top = heap[0];
        long last = heap[--size];
        if (size > 0) {
            sink(last);
        }
        return top;
    }

    /// Puts `key` in the place of the top.
    void replaceTop(long key) {
        sink(key);
    }

    /// Keeps the `capacity` greatest keys; `capacity >= 1`.
    public void offer(long key, int capacity) {
        if (size < capacity) {
            push(key);
        } else if (key > heap[0]) {
            replaceTop(key);
        }
    }

    /// Empties the heap into an array, greatest key first.
    long[] drainDescending() {
        long[] keys = new long[size];
        for (int i = size - 1; i >= 0; i--) {
            keys[i] = pop();
        }
        return keys;
    }

    /// Empties the heap; at most the `k` greatest keys are answered.
    public Neighbours drain(int k) {
        while (size > k) {
            pop();
        }
        int[] nodes = new int[size];
        float[] scores = new float[size];
        for (int i = size - 1; i >= 0; i--) {
            long key = pop();
            nodes[i] = node(key);
            scores[i] = score(key);
        }
        return new Neighbours(nodes, scores);
    }

    private void sink(long key) {
        int at = 0;
        int half = size >>> 1;
        while (at < half) {
            int child = 2 * at + 1;
            if (child + 1 < size && heap[child + 1] < heap[child]) {
                child++;
            }
            if (key <= heap[child]) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = key;
    }
}
