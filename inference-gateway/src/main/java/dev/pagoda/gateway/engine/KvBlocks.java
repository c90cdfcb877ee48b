package dev.pagoda.gateway.engine;

import java.util.BitSet;

/// The blocks of a KV cache, each free or held once.
final class KvBlocks {
    private final int[] free;
    private final BitSet held;
    private int freeCount;

    KvBlocks(int count) {
        free = new int[count];
        held = new BitSet(count);
        freeCount = count;
        for (int i = 0; i < count; i++) {
            free[i] = count - 1 - i;
        }
    }

    int count() {
        return free.length;
    }

    int freeCount() {
        return freeCount;
    }

    int take() {
        if (freeCount == 0) {
            throw new IllegalStateException("all " + free.length + " KV blocks are held");
        }
        int block = free[--freeCount];
        held.set(block);
        return block;
    }

    void give(int block) {
        if (!held.get(block)) {
            throw new IllegalStateException("KV block " + block + " is free already");
        }
        held.clear(block);
        free[freeCount++] = block;
    }
}
