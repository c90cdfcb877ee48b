package dev.pagoda.vectors.hnsw;

import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;

/// What one search needs beside the graph: two heaps and the set of visited nodes.
///
/// The set holds the number of the search that visited a node last, so that it is emptied by counting up.
final class Scratch {
    final ScoredNodes candidates = new ScoredNodes();
    final ScoredNodes results = new ScoredNodes();
    private int[] visits = new int[256];
    private int search;

    void begin() {
        candidates.clear();
        results.clear();
        if (++search == 0) {
            Arrays.fill(visits, 0);
            search = 1;
        }
    }

    /// @return whether this is the first visit of the search
    boolean visit(int node) {
        if (node >= visits.length) {
            visits = Arrays.copyOf(visits, Math.max(node + 1, visits.length * 2));
        }
        if (visits[node] == search) {
            return false;
        }
        visits[node] = search;
        return true;
    }

    /// Scratches of all graphs; at most `capacity` are kept. Safe from any thread.
    static final class Pool {
        private final ArrayBlockingQueue<Scratch> idle;

        Pool(int capacity) {
            this.idle = new ArrayBlockingQueue<>(capacity);
        }

        Scratch take() {
            Scratch scratch = idle.poll();
            return scratch == null ? new Scratch() : scratch;
        }

        @SuppressWarnings("ReturnValueIgnored") // a full pool lets the scratch go
        void giveBack(Scratch scratch) {
            idle.offer(scratch);
        }
    }
}
