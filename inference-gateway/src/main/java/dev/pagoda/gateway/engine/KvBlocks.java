package dev.pagoda.gateway.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The blocks of a KV cache: each is held by any number of sequences, or free.
///
/// A block whose content is complete carries a name, the hash of all tokens up to its end, and can be found by it.
/// It keeps the name when it becomes free, until it is taken for other content; the block that has been free for
/// longest is taken first.
final class KvBlocks {
    static final int NONE = -1;

    private static final long NAMELESS = 0;

    private final int[] holders;
    private final long[] names;
    /// The free blocks as a ring in the order they are taken, with one node more as its start.
    private final int[] next;

    private final int[] previous;
    private int freeCount;

    /// Open addressing with linear probing; a slot holds a block or [#NONE].
    private final int[] slots;

    private @Nullable BlockSample sample;

    KvBlocks(int count) {
        holders = new int[count];
        names = new long[count];
        next = new int[count + 1];
        previous = new int[count + 1];
        for (int i = 0; i <= count; i++) {
            next[i] = i == count ? 0 : i + 1;
            previous[i] = i == 0 ? count : i - 1;
        }
        freeCount = count;
        slots = new int[Math.max(4, Integer.highestOneBit(Math.max(1, count)) << 2)];
        Arrays.fill(slots, NONE);
    }

    int count() {
        return holders.length;
    }

    int freeCount() {
        return freeCount;
    }

    int holders(int block) {
        return holders[block];
    }

    /// Tells what happens to blocks from now on.
    void watch(BlockSample watcher) {
        sample = watcher;
    }

    /// Takes the block that has been free for longest; what it held is forgotten.
    int take() {
        if (freeCount == 0) {
            throw new IllegalStateException("all " + holders.length + " KV blocks are held");
        }
        int block = next[holders.length];
        unlink(block);
        forget(block);
        holders[block] = 1;
        if (sample != null) {
            sample.taken(block);
        }
        return block;
    }

    /// Holds a block that was found by its name.
    void hold(int block) {
        if (holders[block]++ == 0) {
            unlink(block);
        }
        if (sample != null) {
            sample.found(block);
        }
    }

    void give(int block) {
        if (holders[block] == 0) {
            throw new IllegalStateException("KV block " + block + " is free already");
        }
        if (--holders[block] == 0) {
            int last = previous[holders.length];
            next[last] = block;
            previous[block] = last;
            next[block] = holders.length;
            previous[holders.length] = block;
            freeCount++;
        }
    }

    /// The block of this name, held or free.
    int find(long name) {
        for (int slot = home(name); slots[slot] != NONE; slot = slot + 1 & slots.length - 1) {
            if (names[slots[slot]] == name) {
                return slots[slot];
            }
        }
        return NONE;
    }

    /// Names a complete block, unless one of the same content has the name already.
    void name(int block, long name) {
        if (name == NAMELESS || names[block] != NAMELESS) {
            return;
        }
        int slot = home(name);
        while (slots[slot] != NONE) {
            if (names[slots[slot]] == name) {
                return;
            }
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = block;
        names[block] = name;
    }

    private void unlink(int block) {
        next[previous[block]] = next[block];
        previous[next[block]] = previous[block];
        freeCount--;
    }

    private void forget(int block) {
        if (names[block] == NAMELESS) {
            return;
        }
        int slot = home(names[block]);
        while (slots[slot] != block) {
            slot = slot + 1 & slots.length - 1;
        }
        names[block] = NAMELESS;
        int gap = slot;
        slots[gap] = NONE;
        // move back what only probed past the gap
        for (int each = gap + 1 & slots.length - 1; slots[each] != NONE; each = each + 1 & slots.length - 1) {
            int distance = each - home(names[slots[each]]) & slots.length - 1;
            if (distance >= (each - gap & slots.length - 1)) {
                slots[gap] = slots[each];
                slots[each] = NONE;
                gap = each;
            }
        }
    }

    private int home(long name) {
        return (int) (Prompt.mix(name) >>> 33) & slots.length - 1;
    }
}
