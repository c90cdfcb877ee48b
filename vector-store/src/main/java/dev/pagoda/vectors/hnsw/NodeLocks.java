package dev.pagoda.vectors.hnsw;

/// Locks for the links of nodes, several nodes to a lock. A thread holds one at a time.
final class NodeLocks {
    private static final int COUNT = 1024;
    private final Object[] locks = new Object[COUNT];

    NodeLocks() {
        for (int i = 0; i < COUNT; i++) {
            locks[i] = new Object();
        }
    }

    Object of(int node) {
        return locks[node & (COUNT - 1)];
    }
}
