package dev.pagoda.gateway.route;

import java.util.Arrays;

/// A bounded set of names that forgets the one used longest ago. Names are never 0.
final class BlockLru {
    private static final int NONE = -1;

    private final long[] names;
    /// The names in order of use as a ring, with one node more as its start: the oldest comes after it.
    private final int[] next;

    private final int[] previous;
    /// Open addressing with linear probing; a slot holds a node or [#NONE].
    private final int[] slots;

    private int size;

    BlockLru(int capacity) {
        names = new long[capacity];
        next = new int[capacity + 1];
        previous = new int[capacity + 1];
        next[capacity] = capacity;
        previous[capacity] = capacity;
        slots = new int[Integer.highestOneBit(capacity) << 2];
        Arrays.fill(slots, NONE);
    }

    boolean contains(long name) {
        return slots[slot(name)] != NONE;
    }

    int size() {
        return size;
    }

    /// Adds a name, or makes it the one used last.
    void use(long name) {
        int slot = slot(name);
        int node = slots[slot];
        if (node != NONE) {
            unlink(node);
        } else if (size < names.length) {
            node = size++;
            names[node] = name;
            slots[slot] = node;
        } else {
            node = next[names.length];
            unlink(node);
            forget(names[node]);
            names[node] = name;
            slots[slot(name)] = node;
        }
        int last = previous[names.length];
        next[last] = node;
        previous[node] = last;
        next[node] = names.length;
        previous[names.length] = node;
    }

    private void unlink(int node) {
        next[previous[node]] = next[node];
        previous[next[node]] = previous[node];
    }

    private int home(long name) {
        long mixed = name * 0x9E3779B97F4A7C15L;
        return (int) (mixed >>> 32) & slots.length - 1;
    }

    private int slot(long name) {
        int slot = home(name);
        while (slots[slot] != NONE && names[slots[slot]] != name) {
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }

    /// Empties a slot and moves those behind it up, so that no probe ends too early.
    private void forget(long name) {
        int hole = slot(name);
        int at = hole;
        slots[hole] = NONE;
        while (true) {
            at = at + 1 & slots.length - 1;
            if (slots[at] == NONE) {
                return;
            }
            int home = home(names[slots[at]]);
            boolean reachesHole = hole <= at ? home <= hole || home > at : home <= hole && home > at;
            if (reachesHole) {
                slots[hole] = slots[at];
                slots[at] = NONE;
                hole = at;
            }
        }
    }
}
