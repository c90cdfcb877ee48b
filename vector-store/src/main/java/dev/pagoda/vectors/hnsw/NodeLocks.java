package dev.pagoda.vectors.hnsw;

import java.util.Arrays;

/// Locks for the links of nodes, several nodes to a lock. A thread holds one at a time.
final class NodeLocks {
    private static final int COUNT = 1024;
    private final Object[] locks;

    /// @param hasLinks whether there is anything to lock
    NodeLocks(boolean hasLinks) {
        locks = new Object[hasLinks ? COUNT : 1];
        Arrays.setAll(locks, _ -> new Object());
    }

    Object of(int node) {
        return locks[node & (locks.length - 1)];
    }
}
