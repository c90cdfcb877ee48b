package dev.pagoda.deploy.bench;

import dev.pagoda.vectors.hnsw.HnswIndex;
import dev.pagoda.vectors.hnsw.Neighbours;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// Which rows of a base are in an index, and under which numbers: a removed number is used again when the index allows,
/// the one removed first before others, as collections do it.
///
/// Rows are put and removed by any thread, but one row by one thread at a time. An answer is translated right after the
/// search; a number could be reused before that only if its removal was finished in between.
final class Roster {
    private static final int NONE = -1;

    private final HnswIndex index;
    private final float[][] base;

    /// By row; written by whoever puts or removes the row.
    private final AtomicIntegerArray nodes;

    /// By number; replaced by a longer copy under the monitor, as is every write.
    private volatile AtomicIntegerArray rows;

    private final ArrayDeque<Integer> freed = new ArrayDeque<>();
    private int end;

    Roster(HnswIndex index, float[][] base) {
        this.index = index;
        this.base = base;
        int[] none = new int[base.length];
        Arrays.fill(none, NONE);
        this.nodes = new AtomicIntegerArray(none);
        this.rows = new AtomicIntegerArray(base.length + base.length / 4);
    }

    void put(int row) {
        int node = claim(row);
        index.put(node, base[row]);
        nodes.set(row, node);
    }

    private synchronized int claim(int row) {
        Integer oldest = freed.peek();
        int node;
        if (oldest != null && index.isReusable(oldest)) {
            freed.remove();
            node = oldest;
        } else {
            node = end++;
        }
        if (node >= rows.length()) {
            AtomicIntegerArray longer = new AtomicIntegerArray(node + node / 2);
            for (int i = 0; i < rows.length(); i++) {
                longer.set(i, rows.get(i));
            }
            rows = longer;
        }
        rows.set(node, row);
        return node;
    }

    void remove(int row) {
        int node = nodes.getAndSet(row, NONE);
        if (node < 0 || !index.remove(node)) {
            throw new IllegalStateException("row " + row + " is not in the index");
        }
        synchronized (this) {
            freed.add(node);
        }
    }

    /// Numbers used so far are below this.
    synchronized int end() {
        return end;
    }

    /// The rows of an answer.
    int[] rows(Neighbours found) {
        AtomicIntegerArray now = rows;
        int[] translated = new int[found.size()];
        for (int i = 0; i < translated.length; i++) {
            translated[i] = now.get(found.nodes()[i]);
        }
        return translated;
    }
}
