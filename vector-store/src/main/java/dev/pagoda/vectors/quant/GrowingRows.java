package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;

/// How many rows an array gets when a table grows: a sixteenth of all rows more than asked, so that growing
/// stays rare and little is left empty.
final class GrowingRows {
    private static final int LEAST = 16;

    private GrowingRows() {}

    /// Rows for array `index` when rows below `rows` must have room.
    static int inArray(Grid grid, int index, int rows) {
        long needed = rows - ((long) index << grid.shift());
        return (int) Math.min(grid.rows(), Math.max(LEAST, needed + Math.max(needed >>> 3, rows >>> 6)));
    }

    static int capacity(Grid grid, int arrays, int lastElements) {
        return ((arrays - 1) << grid.shift()) + (lastElements - Grid.PAD) / grid.stride();
    }
}
