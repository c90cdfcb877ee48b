package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;
import java.util.Arrays;

/// Rows of ints in arrays of growing number; only the last array is ever smaller than full.
///
/// [#reserve] runs alone among writers. It copies the last array, so that a reader may go on with the one
/// before.
public final class IntTable {
    private final Grid grid;
    private volatile int[][] arrays = {};
    private int capacity;

    public IntTable(Grid grid) {
        this.grid = grid;
    }

    public Grid grid() {
        return grid;
    }

    public int[][] arrays() {
        return arrays;
    }

    public int[] array(int row) {
        return arrays[grid.array(row)];
    }

    /// Rows that there is room for.
    public int capacity() {
        return capacity;
    }

    /// Makes room for the rows below `rows`.
    public void reserve(int rows) {
        if (rows <= capacity) {
            return;
        }
        int[][] grown = Arrays.copyOf(arrays, grid.array(rows - 1) + 1);
        for (int i = Math.max(0, arrays.length - 1); i < grown.length; i++) {
            int wanted = grid.elements(GrowingRows.inArray(grid, i, rows));
            grown[i] = grown[i] == null ? new int[wanted] : Arrays.copyOf(grown[i], Math.max(wanted, grown[i].length));
        }
        arrays = grown;
        capacity = GrowingRows.capacity(grid, grown.length, grown[grown.length - 1].length);
    }

    public long bytes() {
        long elements = 0;
        for (int[] array : arrays) {
            elements += array.length;
        }
        return elements * Integer.BYTES;
    }
}
