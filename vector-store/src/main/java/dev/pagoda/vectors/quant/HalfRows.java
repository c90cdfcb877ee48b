package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;
import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.kernel.Kernels;
import java.util.Arrays;

/// IEEE 754 half floats: values of at most 65,504 by magnitude, rounded to 11 bits.
public final class HalfRows extends Rows {
    private static final Kernel KERNEL = Kernels.best();

    private static final float GREATEST = 65_504;

    private final Grid grid;
    private volatile short[][] arrays = {};
    private int capacity;

    public HalfRows(int dimensions) {
        super(dimensions);
        this.grid = Grid.of(dimensions);
    }

    @Override
    public void reserve(int rows) {
        if (rows <= capacity) {
            return;
        }
        short[][] grown = Arrays.copyOf(arrays, grid.array(rows - 1) + 1);
        for (int i = Math.max(0, arrays.length - 1); i < grown.length; i++) {
            int wanted = grid.elements(GrowingRows.inArray(grid, i, rows));
            grown[i] =
                    grown[i] == null ? new short[wanted] : Arrays.copyOf(grown[i], Math.max(wanted, grown[i].length));
        }
        arrays = grown;
        capacity = GrowingRows.capacity(grid, grown.length, grown[grown.length - 1].length);
    }

    /// @throws IllegalArgumentException if a value is beyond what a half float can hold; nothing is written
    ///     then
    @Override
    public void put(int row, float[] values) {
        for (float value : values) {
            if (Math.abs(value) > GREATEST) {
                throw new IllegalArgumentException("value " + value + " is beyond 65504, the greatest half float");
            }
        }
        short[] array = arrays[grid.array(row)];
        int offset = grid.offset(row);
        for (int i = 0; i < values.length; i++) {
            array[offset + i] = Float.floatToFloat16(values[i]);
        }
    }

    @Override
    public void get(int row, float[] values) {
        short[] array = arrays[grid.array(row)];
        int offset = grid.offset(row);
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.float16ToFloat(array[offset + i]);
        }
    }

    @Override
    public void near(Measure measure, float[] query, int[] nodes, int from, int count, float[] out) {
        KERNEL.halfFloats(measure, query, dimensions(), arrays, grid, nodes, from, count, out);
    }

    @Override
    public float exact(Measure measure, float[] query, int row) {
        float[] out = new float[1];
        near(measure, query, new int[] {row}, 0, 1, out);
        return out[0];
    }

    @Override
    public boolean isNearExact() {
        return true;
    }

    @Override
    public int rowBytes() {
        return grid.stride() * Short.BYTES;
    }

    @Override
    public long bytes() {
        long elements = 0;
        for (short[] array : arrays) {
            elements += array.length;
        }
        return elements * Short.BYTES;
    }
}
