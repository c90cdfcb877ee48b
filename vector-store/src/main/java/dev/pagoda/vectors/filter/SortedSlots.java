package dev.pagoda.vectors.filter;

import java.util.Arrays;

/// Slots in the order of a `long` each of them has one or more of. One thread changes it while any number read
/// it, and see what [SlotSet] promises: every pair that stays is seen once.
///
/// Pairs of value and slot are kept in sorted blocks that do not change; a change replaces one. So what lies
/// between two values is read as whole arrays.
final class SortedSlots {
    private static final int BLOCK = 512;
    private static final Block[] EMPTY = {};

    private volatile Block[] blocks = EMPTY;
    private volatile int size;

    /// Pairs ascending by value, then by slot; never none.
    private record Block(long[] values, int[] slots) {
        int count() {
            return slots.length;
        }

        /// How many pairs come before one.
        int before(long value, int slot) {
            int low = 0;
            int high = slots.length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (isBefore(values[middle], slots[middle], value, slot)) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            return low;
        }

        boolean has(int at, long value, int slot) {
            return at < slots.length && values[at] == value && slots[at] == slot;
        }

        Block with(int at, long value, int slot) {
            long[] nextValues = new long[slots.length + 1];
            int[] nextSlots = new int[slots.length + 1];
            System.arraycopy(values, 0, nextValues, 0, at);
            System.arraycopy(slots, 0, nextSlots, 0, at);
            nextValues[at] = value;
            nextSlots[at] = slot;
            System.arraycopy(values, at, nextValues, at + 1, slots.length - at);
            System.arraycopy(slots, at, nextSlots, at + 1, slots.length - at);
            return new Block(nextValues, nextSlots);
        }

        Block without(int at) {
            long[] nextValues = new long[slots.length - 1];
            int[] nextSlots = new int[slots.length - 1];
            System.arraycopy(values, 0, nextValues, 0, at);
            System.arraycopy(slots, 0, nextSlots, 0, at);
            System.arraycopy(values, at + 1, nextValues, at, nextSlots.length - at);
            System.arraycopy(slots, at + 1, nextSlots, at, nextSlots.length - at);
            return new Block(nextValues, nextSlots);
        }

        Block part(int from, int to) {
            return new Block(Arrays.copyOfRange(values, from, to), Arrays.copyOfRange(slots, from, to));
        }
    }

    /// Is told pairs in order.
    interface Visitor {
        /// @return whether to go on
        boolean visit(long value, int slot);
    }

    private static boolean isBefore(long value, int slot, long otherValue, int otherSlot) {
        return value < otherValue || (value == otherValue && slot < otherSlot);
    }

    /// Pairs.
    int size() {
        return size;
    }

    /// The last block that begins no later than a pair, else the first.
    private static int find(Block[] all, long value, int slot) {
        int low = 0;
        int high = all.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (isBefore(value, slot, all[middle].values[0], all[middle].slots[0])) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return Math.max(0, low - 1);
    }

    /// The writer's.
    void add(long value, int slot) {
        Block[] all = blocks;
        if (all.length == 0) {
            blocks = new Block[] {new Block(new long[] {value}, new int[] {slot})};
            count(1);
            return;
        }
        int at = find(all, value, slot);
        Block block = all[at];
        int before = block.before(value, slot);
        if (block.has(before, value, slot)) {
            return;
        }
        count(1);
        if (block.count() < BLOCK) {
            all[at] = block.with(before, value, slot);
            return;
        }
        // what comes in order fills its blocks
        int middle = before == block.count() ? block.count() : block.count() / 2;
        Block first = block.part(0, middle);
        Block second = middle == block.count()
                ? new Block(new long[] {value}, new int[] {slot})
                : block.part(middle, block.count());
        if (middle < block.count()) {
            first = before <= middle ? first.with(before, value, slot) : first;
            second = before <= middle ? second : second.with(before - middle, value, slot);
        }
        Block[] next = new Block[all.length + 1];
        System.arraycopy(all, 0, next, 0, at);
        next[at] = first;
        next[at + 1] = second;
        System.arraycopy(all, at + 1, next, at + 2, all.length - at - 1);
        blocks = next;
    }

    /// The writer's.
    void remove(long value, int slot) {
        Block[] all = blocks;
        if (all.length == 0) {
            return;
        }
        int at = find(all, value, slot);
        Block block = all[at];
        int before = block.before(value, slot);
        if (!block.has(before, value, slot)) {
            return;
        }
        count(-1);
        if (block.count() > 1) {
            all[at] = block.without(before);
            return;
        }
        Block[] next = new Block[all.length - 1];
        System.arraycopy(all, 0, next, 0, at);
        System.arraycopy(all, at + 1, next, at, next.length - at);
        blocks = next;
    }

    private void count(int change) {
        int before = size;
        size = before + change;
    }

    /// Adds the slots with a value from `low` to `high` to a row of bits, as far as it goes.
    void orInto(long low, long high, long[] bits) {
        Block[] all = blocks;
        if (low > high || all.length == 0) {
            return;
        }
        for (int at = find(all, low, 0); at < all.length && all[at].values[0] <= high; at++) {
            Block block = all[at];
            int from = block.values[0] >= low ? 0 : block.before(low, 0);
            int to = end(block, high);
            for (int i = from; i < to; i++) {
                int slot = block.slots[i];
                if (slot >>> 6 < bits.length) {
                    bits[slot >>> 6] |= 1L << slot;
                }
            }
        }
    }

    /// How many pairs have a value from `low` to `high`.
    int countWithin(long low, long high) {
        Block[] all = blocks;
        int total = 0;
        if (low > high || all.length == 0) {
            return total;
        }
        for (int at = find(all, low, 0); at < all.length && all[at].values[0] <= high; at++) {
            Block block = all[at];
            total += Math.max(0, end(block, high) - (block.values[0] >= low ? 0 : block.before(low, 0)));
        }
        return total;
    }

    /// How many pairs of a block have a value of at most `high`.
    private static int end(Block block, long high) {
        return block.values[block.count() - 1] <= high
                ? block.count()
                : block.before(
                        high == Long.MAX_VALUE ? high : high + 1, high == Long.MAX_VALUE ? Integer.MAX_VALUE : 0);
    }

    /// Tells all pairs from a value on.
    void ascending(long from, Visitor visitor) {
        Block[] all = blocks;
        for (int at = all.length == 0 ? 0 : find(all, from, 0); at < all.length; at++) {
            Block block = all[at];
            for (int i = block.before(from, 0); i < block.count(); i++) {
                if (!visitor.visit(block.values[i], block.slots[i])) {
                    return;
                }
            }
        }
    }

    /// Tells all pairs from a value down.
    void descending(long from, Visitor visitor) {
        Block[] all = blocks;
        for (int at = all.length == 0 ? -1 : find(all, from, Integer.MAX_VALUE); at >= 0; at--) {
            Block block = all[at];
            for (int i = end(block, from) - 1; i >= 0; i--) {
                if (!visitor.visit(block.values[i], block.slots[i])) {
                    return;
                }
            }
        }
    }

    /// Estimate of the memory taken.
    long bytes() {
        return 80L + 12L * size + blocks.length * 80L;
    }
}
