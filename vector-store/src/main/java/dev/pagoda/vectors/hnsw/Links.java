package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Grid;
import dev.pagoda.vectors.quant.EdgeCodes;
import dev.pagoda.vectors.quant.IntTable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// The lowest layer: a block of ints for each node with the numbers of its neighbours and, if the index has
/// edge codes, their codes, 32 slots a group.
///
/// **A slot** holds the neighbour's number in its lower 29 bits. [#TREE] marks a link that keeps its target
/// reachable and must not be dropped; [#FILLER] marks one that the choice of neighbours left out and that may
/// be overwritten without loss; [#FRESH] one
/// that was not weighed against the others yet. Slots fill from the front; [#EMPTY] ends them.
///
/// **Concurrency.** Who changes a node's links holds that node's lock. Readers take none: a number is stored
/// with release after code and factors, and read with acquire, so that the row and the links of the node that
/// it names are visible. A code may be torn against its number for a moment; then one estimate is wrong and the
/// walk goes elsewhere, while the distances that rank are computed from rows.
final class Links {
    static final int NODE = (1 << 29) - 1;
    static final int TREE = 1 << 30;
    static final int FILLER = 1 << 29;
    static final int FRESH = 1 << 31;
    static final int EMPTY = NODE;

    /// Nodes are below this, so that [#EMPTY] is none.
    static final int MAX_NODES = NODE - 64;

    private static final int CACHE_LINE_INTS = 16;

    private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);

    private final IntTable table;
    private final Grid grid;
    private final int first;
    private final int slots;
    private final int ints;
    private final @Nullable EdgeCodes codes;

    /// Nodes whose slots were emptied at first.
    private int opened;

    /// Links with a table of their own.
    Links(int slots, @Nullable EdgeCodes codes) {
        this(new IntTable(Grid.of(ints(slots, codes))), 0, slots, codes);
    }

    /// @param table of rows [#ints] longer than `first`
    /// @param first where in a row the block begins; what is before belongs to somebody else
    /// @param codes null for links only; `slots` is a multiple of 32 otherwise
    Links(IntTable table, int first, int slots, @Nullable EdgeCodes codes) {
        this.table = table;
        this.grid = table.grid();
        this.first = first;
        this.slots = slots;
        this.ints = ints(slots, codes);
        this.codes = codes;
    }

    /// Ints of a node's block.
    static int ints(int slots, @Nullable EdgeCodes codes) {
        return slots + (codes == null ? 0 : slots / EdgeCodes.SLOTS * codes.blockInts());
    }

    int slots() {
        return slots;
    }

    int groups() {
        return slots / EdgeCodes.SLOTS;
    }

    int capacity() {
        return table.capacity();
    }

    long bytes() {
        return table.bytes();
    }

    /// Makes room for the nodes below `nodes` and empties the new ones. Runs alone among writers.
    void reserve(int nodes) {
        table.reserve(nodes);
        for (; opened < table.capacity(); opened++) {
            clear(opened);
        }
    }

    int[] block(int node) {
        return table.array(node);
    }

    int offset(int node) {
        return grid.offset(node) + first;
    }

    /// The slot's content.
    int slot(int[] block, int offset, int slot) {
        // acquire: pairs with the release in store(); row and links of the node it names must be visible
        return (int) INTS.getAcquire(block, offset + slot);
    }

    int slot(int node, int slot) {
        return slot(block(node), offset(node), slot);
    }

    /// Reads an int of each cache line of a node's block, so that all come at once, where what follows would wait for
    /// one after another.
    ///
    /// @return something of what was read
    int touch(int node) {
        int[] block = block(node);
        int offset = offset(node);
        int sum = 0;
        for (int i = 0; i < ints; i += CACHE_LINE_INTS) {
            sum += block[offset + i];
        }
        return sum;
    }

    /// Slots in use.
    int count(int node) {
        int[] block = block(node);
        int offset = offset(node);
        int count = 0;
        while (count < slots && (block[offset + count] & NODE) != EMPTY) {
            count++;
        }
        return count;
    }

    /// Writes a slot; the node's lock is held.
    ///
    /// @param link    neighbour and marks
    /// @param centre    the rotated node, ignored without codes
    /// @param neighbour the rotated neighbour, ignored without codes
    void store(int node, int slot, int link, float[] centre, float[] neighbour) {
        int[] block = block(node);
        int offset = offset(node);
        if (codes != null) {
            codes.write(block, codesOffset(offset, slot), slot % EdgeCodes.SLOTS, centre, neighbour);
        }
        // release: pairs with the acquire in slot()
        INTS.setRelease(block, offset + slot, link);
    }

    /// Replaces the marks of a slot; the node's lock is held.
    void mark(int node, int slot, int link) {
        INTS.setRelease(block(node), offset(node) + slot, link);
    }

    /// Moves a slot's content to another of the same node, whose content is lost; the node's lock is held.
    void move(int node, int from, int to) {
        if (from == to) {
            return;
        }
        int[] block = block(node);
        int offset = offset(node);
        if (codes != null) {
            codes.move(
                    block,
                    codesOffset(offset, from),
                    from % EdgeCodes.SLOTS,
                    codesOffset(offset, to),
                    to % EdgeCodes.SLOTS);
        }
        INTS.setRelease(block, offset + to, block[offset + from]);
    }

    /// Empties a slot; the node's lock is held.
    void clear(int node, int slot) {
        int[] block = block(node);
        int offset = offset(node);
        INTS.setRelease(block, offset + slot, EMPTY);
        if (codes != null) {
            codes.clear(block, codesOffset(offset, slot), slot % EdgeCodes.SLOTS);
        }
    }

    void clear(int node) {
        for (int slot = 0; slot < slots; slot++) {
            clear(node, slot);
        }
    }

    /// Where the codes of a slot's group lie in the block that starts at `offset`.
    int codesOffset(int offset, int slot) {
        return codes == null ? offset : offset + slots + slot / EdgeCodes.SLOTS * codes.blockInts();
    }
}
