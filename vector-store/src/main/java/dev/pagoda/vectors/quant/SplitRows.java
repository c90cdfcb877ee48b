package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;
import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.kernel.Kernels;

/// Floats in two halves: the upper 16 bits, rounded, and what then has to be added to the float's bits. A walk
/// over the graph reads the upper halves only, which is half of the memory traffic; the few results are then
/// ranked by whole floats. Nothing is lost and nothing is kept twice.
///
/// The upper halves may be the first ints of the rows of a table that somebody else shares, so that what a walk
/// reads next of the same node lies beside them.
public final class SplitRows extends Rows {
    private static final Kernel KERNEL = Kernels.best();

    /// Ints of a cache line.
    private static final int LINE_INTS = 16;

    /// Of a half row that is short enough to begin with both of its ends.
    private static final int SHORT_INTS = 4 * LINE_INTS;

    private final IntTable upper;
    private final IntTable lower;
    private final boolean isShared;

    public SplitRows(int dimensions) {
        this(dimensions, new IntTable(Grid.of(halfInts(dimensions))), false);
    }

    /// @param upper its rows begin with [#halfInts] ints for the upper halves
    public SplitRows(int dimensions, IntTable upper) {
        this(dimensions, upper, true);
    }

    private SplitRows(int dimensions, IntTable upper, boolean isShared) {
        super(dimensions);
        this.upper = upper;
        this.lower = new IntTable(Grid.of(halfInts(dimensions)));
        this.isShared = isShared;
    }

    /// Ints that the upper halves of a row take, and the lower halves.
    public static int halfInts(int dimensions) {
        return (dimensions >>> 5) * 16 + (((dimensions & 31) + 1) >>> 1);
    }

    @Override
    public void reserve(int rows) {
        upper.reserve(rows);
        lower.reserve(rows);
    }

    @Override
    public void put(int row, float[] values) {
        int[] high = upper.array(row);
        int[] low = lower.array(row);
        int from = upper.grid().offset(row);
        int lowerFrom = lower.grid().offset(row);
        int dimensions = dimensions();
        for (int group = 0; group < dimensions; group += 32) {
            int half = Math.min(16, (dimensions - group + 1) >>> 1);
            int at = from + (group >>> 1);
            int lowAt = lowerFrom + (group >>> 1);
            for (int i = 0; i < half; i++) {
                int a = Float.floatToRawIntBits(values[group + i]);
                int second = group + half + i;
                int b = second < Math.min(dimensions, group + 32) ? Float.floatToRawIntBits(values[second]) : 0;
                high[at + i] = ((a + 0x8000) >>> 16) | ((b + 0x8000) & 0xffff0000);
                low[lowAt + i] = (a & 0xffff) | (b << 16);
            }
        }
    }

    @Override
    public void get(int row, float[] values) {
        KERNEL.join(
                dimensions(),
                upper.array(row),
                lower.array(row),
                upper.grid().offset(row),
                lower.grid().offset(row),
                values);
    }

    @Override
    public void getNear(int row, float[] values) {
        KERNEL.widen(dimensions(), upper.array(row), upper.grid().offset(row), values);
    }

    @Override
    public void near(Measure measure, float[] query, int[] nodes, int from, int count, float[] out) {
        KERNEL.upper(measure, query, dimensions(), upper.arrays(), upper.grid(), nodes, from, count, out);
    }

    @Override
    public int touch(int[] nodes, int from, int count) {
        int[][] arrays = upper.arrays();
        Grid grid = upper.grid();
        int half = halfInts(dimensions());
        int last = half <= SHORT_INTS ? half - 1 : 0;
        int sum = 0;
        for (int i = from; i < from + count; i++) {
            int[] array = arrays[grid.array(nodes[i])];
            int first = grid.offset(nodes[i]);
            sum += array[first] + array[first + last];
        }
        return sum;
    }

    @Override
    public int touchNear(int[] nodes, int count) {
        return touch(upper, nodes, count);
    }

    @Override
    public int touchRest(int[] nodes, int count) {
        return touch(lower, nodes, count);
    }

    private int touch(IntTable table, int[] nodes, int count) {
        int half = halfInts(dimensions());
        return half > 3 * LINE_INTS && half <= SHORT_INTS
                ? touchFourLines(table, nodes, count, half - 1)
                : touchLines(table, nodes, count, half);
    }

    /// Rows of 97 to 128 dimensions: the loop over lines costs more than the lines, as do offsets that are variables.
    private static int touchFourLines(IntTable table, int[] nodes, int count, int last) {
        int[][] arrays = table.arrays();
        Grid grid = table.grid();
        int sum = 0;
        for (int i = 0; i < count; i++) {
            int[] array = arrays[grid.array(nodes[i])];
            int first = grid.offset(nodes[i]);
            sum += array[first]
                    + array[first + LINE_INTS]
                    + array[first + 2 * LINE_INTS]
                    + array[first + 3 * LINE_INTS]
                    + array[first + last];
        }
        return sum;
    }

    private static int touchLines(IntTable table, int[] nodes, int count, int half) {
        int[][] arrays = table.arrays();
        Grid grid = table.grid();
        int sum = 0;
        for (int i = 0; i < count; i++) {
            int[] array = arrays[grid.array(nodes[i])];
            int last = grid.offset(nodes[i]) + half - 1;
            for (int at = grid.offset(nodes[i]); at < last; at += LINE_INTS) {
                sum += array[at];
            }
            sum += array[last];
        }
        return sum;
    }

    @Override
    public float exact(Measure measure, float[] query, int row) {
        return KERNEL.whole(
                measure,
                query,
                dimensions(),
                upper.array(row),
                lower.array(row),
                upper.grid().offset(row),
                lower.grid().offset(row));
    }

    @Override
    public boolean isNearExact() {
        return false;
    }

    @Override
    public int rowBytes() {
        return 2 * halfInts(dimensions()) * Integer.BYTES;
    }

    @Override
    public long bytes() {
        return (isShared ? 0 : upper.bytes()) + lower.bytes();
    }
}
