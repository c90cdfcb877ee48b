package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.quant.EdgeCodes;
import dev.pagoda.vectors.quant.FlatCodes;

/// Estimates the distance of every node of a small index by its code and keeps the nodes of the least estimates.
final class CodeScan {
    private final int wanted;

    /// Estimates and nodes as keys of [ScoredNodes], complemented so that the least is first.
    private final long[] kept;

    private int count;

    /// The estimate that another one has to be below.
    private float below = Float.POSITIVE_INFINITY;

    /// @param wanted nodes to keep
    CodeScan(int wanted) {
        this.wanted = wanted;
        this.kept = new long[2 * wanted + EdgeCodes.SLOTS];
    }

    /// @param nodes those that count
    /// @param end   nodes from here on are left out
    void run(FlatCodes codes, EdgeCodes.Query query, NodeBits nodes, int end) {
        float[] estimates = new float[EdgeCodes.SLOTS];
        for (int first = 0; first < end; first += EdgeCodes.SLOTS) {
            int hits = codes.estimate(first / EdgeCodes.SLOTS, query, below, estimates);
            for (; hits != 0; hits &= hits - 1) {
                int slot = Integer.numberOfTrailingZeros(hits);
                int node = first + slot;
                if (node < end && nodes.has(node)) {
                    kept[count++] = ~ScoredNodes.key(-estimates[slot], node);
                }
            }
            if (count >= 2 * wanted) {
                keepLeast();
            }
        }
        if (count > wanted) {
            keepLeast();
        }
    }

    /// Leaves the least keys only.
    private void keepLeast() {
        int from = 0;
        int to = count - 1;
        while (from < to) {
            long pivot = kept[(from + to) >>> 1];
            int low = from;
            int high = to;
            while (low <= high) {
                while (kept[low] < pivot) {
                    low++;
                }
                while (kept[high] > pivot) {
                    high--;
                }
                if (low <= high) {
                    long swapped = kept[low];
                    kept[low++] = kept[high];
                    kept[high--] = swapped;
                }
            }
            if (wanted - 1 <= high) {
                to = high;
            } else if (wanted - 1 >= low) {
                from = low;
            } else {
                break;
            }
        }
        count = wanted;
        below = -ScoredNodes.score(~kept[wanted - 1]);
    }

    /// The nodes kept, in no order.
    int[] nodes() {
        int[] nodes = new int[count];
        for (int i = 0; i < count; i++) {
            nodes[i] = ScoredNodes.node(~kept[i]);
        }
        return nodes;
    }
}
