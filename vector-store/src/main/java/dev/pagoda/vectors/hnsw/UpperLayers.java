package dev.pagoda.vectors.hnsw;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The links of the layers above the lowest, for the few nodes that have such. A list is never changed, only
/// replaced: stored with release, loaded with acquire.
final class UpperLayers {
    private static final VarHandle LISTS = MethodHandles.arrayElementVarHandle(int[][].class);
    private static final int[] EMPTY = {};

    /// By node, then by layer less one; null for nodes of the lowest layer only.
    private volatile int[] @Nullable [][] lists = new int[16][][];

    /// Makes room for the nodes below `nodes`. Runs alone among writers.
    void reserve(int nodes) {
        if (nodes > lists.length) {
            lists = Arrays.copyOf(lists, Math.max(nodes, lists.length + (lists.length >> 3)));
        }
    }

    /// Gives a node its layers, still without links.
    void open(int node, int level) {
        if (level > 0) {
            int[][] own = new int[level][];
            Arrays.fill(own, EMPTY);
            int[][][] all = lists;
            all[node] = own;
            // the volatile store makes the element visible to who learns of the node later
            lists = all;
        }
    }

    void close(int node) {
        int[][][] all = lists;
        all[node] = null;
        lists = all;
    }

    int level(int node) {
        int[][] own = lists[node];
        return own == null ? 0 : own.length;
    }

    int[] list(int node, int layer) {
        int[][] own = lists[node];
        // acquire: pairs with the release in replace(); the rows of the named nodes must be visible
        return own == null || own.length < layer ? EMPTY : (int[]) LISTS.getAcquire(own, layer - 1);
    }

    void replace(int node, int layer, int[] list) {
        int[][] own = lists[node];
        if (own == null) {
            throw new IllegalStateException("node " + node + " has no layer " + layer);
        }
        LISTS.setRelease(own, layer - 1, list);
    }

    long bytes() {
        long bytes = 4L * lists.length;
        for (int[][] own : lists) {
            if (own != null) {
                bytes += 16 + 4L * own.length;
                for (int[] list : own) {
                    bytes += 16 + 4L * list.length;
                }
            }
        }
        return bytes;
    }
}
