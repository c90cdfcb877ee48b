package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;
import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.kernel.Kernels;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Bytes `u` from 0 to 255 that stand for `origin + step * u`, with origin and step kept at the end of each
/// row: either 0 and 1, for vectors of whole numbers, or what spans the vector's own values (locally-adaptive
/// quantization, https://arxiv.org/abs/2304.04759).
public final class ByteRows extends Rows {
    private static final Kernel KERNEL = Kernels.best();
    private static final VarHandle FLOATS =
            MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int GREATEST = 255;

    private final boolean adaptive;
    private final Grid grid;
    private volatile byte[][] arrays = {};
    private int capacity;

    private ByteRows(int dimensions, boolean adaptive) {
        super(dimensions);
        this.adaptive = adaptive;
        this.grid = Grid.of(dimensions + 2 * Float.BYTES);
    }

    /// Whole numbers from 0 to 255, kept exactly.
    public static ByteRows whole(int dimensions) {
        return new ByteRows(dimensions, false);
    }

    /// Any floats, rounded to 1/255 of each vector's range.
    public static ByteRows adaptive(int dimensions) {
        return new ByteRows(dimensions, true);
    }

    @Override
    public void reserve(int rows) {
        if (rows <= capacity) {
            return;
        }
        byte[][] grown = Arrays.copyOf(arrays, grid.array(rows - 1) + 1);
        for (int i = Math.max(0, arrays.length - 1); i < grown.length; i++) {
            int wanted = grid.elements(GrowingRows.inArray(grid, i, rows));
            grown[i] = grown[i] == null ? new byte[wanted] : Arrays.copyOf(grown[i], Math.max(wanted, grown[i].length));
        }
        arrays = grown;
        capacity = GrowingRows.capacity(grid, grown.length, grown[grown.length - 1].length);
    }

    /// @throws IllegalArgumentException if whole numbers are kept and a value is none from 0 to 255; nothing is
    ///     written then
    @Override
    public void put(int row, float[] values) {
        float origin = 0;
        float step = 1;
        if (adaptive) {
            float least = Float.POSITIVE_INFINITY;
            float greatest = Float.NEGATIVE_INFINITY;
            for (float value : values) {
                least = Math.min(least, value);
                greatest = Math.max(greatest, value);
            }
            origin = least;
            step = greatest / GREATEST - least / GREATEST;
        } else {
            requireBytes(values);
        }
        byte[] array = arrays[grid.array(row)];
        int offset = grid.offset(row);
        for (int i = 0; i < values.length; i++) {
            int u = step == 0 ? 0 : Math.round((values[i] - origin) / step);
            array[offset + i] = (byte) Math.min(GREATEST, u);
        }
        FLOATS.set(array, offset + values.length, origin);
        FLOATS.set(array, offset + values.length + Float.BYTES, step);
    }

    /// @throws IllegalArgumentException if a value is no whole number from 0 to 255
    public static void requireBytes(float[] values) {
        for (float value : values) {
            if (value < 0 || value > GREATEST || value != (int) value) {
                throw new IllegalArgumentException("value " + value + " is no whole number from 0 to 255");
            }
        }
    }

    @Override
    public void get(int row, float[] values) {
        byte[] array = arrays[grid.array(row)];
        int offset = grid.offset(row);
        float origin = (float) FLOATS.get(array, offset + values.length);
        float step = (float) FLOATS.get(array, offset + values.length + Float.BYTES);
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.fma(step, array[offset + i] & 0xff, origin);
        }
    }

    @Override
    public void near(Measure measure, float[] query, int[] nodes, int from, int count, float[] out) {
        KERNEL.bytes(measure, query, dimensions(), arrays, grid, nodes, from, count, out);
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
        return grid.stride();
    }

    @Override
    public long bytes() {
        long bytes = 0;
        for (byte[] array : arrays) {
            bytes += array.length;
        }
        return bytes;
    }
}
