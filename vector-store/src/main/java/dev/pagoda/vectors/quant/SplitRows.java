package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;
import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.kernel.Kernels;

/// Floats, the upper and the lower 16 bits apart. A walk over the graph reads the upper halves only, which is
/// half of the memory traffic; the few results are then ranked by whole floats. Nothing is lost and nothing is
/// kept twice.
public final class SplitRows extends Rows {
    private static final Kernel KERNEL = Kernels.best();

    private final IntTable upper;
    private final IntTable lower;

    public SplitRows(int dimensions) {
        super(dimensions);
        int ints = (dimensions >>> 5) * 16 + (((dimensions & 31) + 1) >>> 1);
        this.upper = new IntTable(Grid.of(ints));
        this.lower = new IntTable(Grid.of(ints));
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
        int offset = upper.grid().offset(row);
        int dimensions = dimensions();
        for (int group = 0; group < dimensions; group += 32) {
            int half = Math.min(16, (dimensions - group + 1) >>> 1);
            int at = offset + (group >>> 1);
            for (int i = 0; i < half; i++) {
                int a = Float.floatToRawIntBits(values[group + i]);
                int second = group + half + i;
                int b = second < Math.min(dimensions, group + 32) ? Float.floatToRawIntBits(values[second]) : 0;
                high[at + i] = (a >>> 16) | (b & 0xffff0000);
                low[at + i] = (a & 0xffff) | (b << 16);
            }
        }
    }

    @Override
    public void get(int row, float[] values) {
        int[] high = upper.array(row);
        int[] low = lower.array(row);
        int offset = upper.grid().offset(row);
        int dimensions = dimensions();
        for (int group = 0; group < dimensions; group += 32) {
            int half = Math.min(16, (dimensions - group + 1) >>> 1);
            int at = offset + (group >>> 1);
            for (int i = 0; i < half; i++) {
                values[group + i] = Float.intBitsToFloat((high[at + i] << 16) | (low[at + i] & 0xffff));
                int second = group + half + i;
                if (second < Math.min(dimensions, group + 32)) {
                    values[second] = Float.intBitsToFloat((high[at + i] & 0xffff0000) | (low[at + i] >>> 16));
                }
            }
        }
    }

    @Override
    public void near(Measure measure, float[] query, int[] nodes, int from, int count, float[] out) {
        KERNEL.upper(measure, query, dimensions(), upper.arrays(), upper.grid(), nodes, from, count, out);
    }

    @Override
    public float exact(Measure measure, float[] query, int row) {
        return KERNEL.whole(
                measure,
                query,
                dimensions(),
                upper.array(row),
                lower.array(row),
                upper.grid().offset(row));
    }

    @Override
    public boolean isNearExact() {
        return false;
    }

    @Override
    public int rowBytes() {
        return 2 * upper.grid().stride() * Integer.BYTES;
    }

    @Override
    public long bytes() {
        return upper.bytes() + lower.bytes();
    }
}
