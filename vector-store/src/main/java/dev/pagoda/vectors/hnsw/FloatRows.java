package dev.pagoda.vectors.hnsw;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Growing storage of float rows in flat chunks. A row is written once and never changes.
///
/// One writer at a time; any number of readers, which must learn of a row through something published after it was
/// written (a volatile field or a link of the graph). Rows that are skipped cost at most their share of a chunk.
public final class FloatRows {
    /// A chunk holds at most this many floats unless one row is longer: small collections stay small.
    private static final int CHUNK_FLOATS = 1 << 15;

    private final int dimensions;
    private final int shift;
    private volatile float[] @Nullable [] chunks = new float[1][];
    private int chunkCount;

    /// @param dimensions floats of a row, at least 1
    public FloatRows(int dimensions) {
        if (dimensions < 1) {
            throw new IllegalArgumentException("dimensions " + dimensions + " are below 1");
        }
        this.dimensions = dimensions;
        this.shift = 31 - Integer.numberOfLeadingZeros(Math.max(1, CHUNK_FLOATS / dimensions));
    }

    public int dimensions() {
        return dimensions;
    }

    /// Writes a row.
    ///
    /// @throws IllegalArgumentException if the length is wrong or a value is not finite
    public void set(int row, float[] values) {
        requireVector(values, dimensions);
        int chunk = row >>> shift;
        float[][] all = chunks;
        if (chunk >= all.length) {
            all = Arrays.copyOf(all, Math.max(chunk + 1, all.length + (all.length >> 1) + 1));
        }
        if (all[chunk] == null) {
            all[chunk] = new float[dimensions << shift];
            chunkCount++;
        }
        System.arraycopy(values, 0, all[chunk], offset(row), dimensions);
        chunks = all;
    }

    /// A copy of a row that was set.
    public float[] get(int row) {
        int from = offset(row);
        return Arrays.copyOfRange(chunk(row), from, from + dimensions);
    }

    /// Whether a row that was set holds exactly these values.
    public boolean holds(int row, float[] values) {
        int from = offset(row);
        return Arrays.equals(chunk(row), from, from + dimensions, values, 0, values.length);
    }

    /// Memory taken.
    public long bytes() {
        return (long) chunkCount * (dimensions << shift) * Float.BYTES;
    }

    float[] chunk(int row) {
        return chunks[row >>> shift];
    }

    int offset(int row) {
        return (row & ((1 << shift) - 1)) * dimensions;
    }

    /// @throws IllegalArgumentException if `values` has another length than `dimensions` or holds NaN or infinity
    public static void requireVector(float[] values, int dimensions) {
        if (values.length != dimensions) {
            throw new IllegalArgumentException(
                    "Vector dimension error: expected dim: " + dimensions + ", got " + values.length);
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new IllegalArgumentException("vector value " + values[i] + " at " + i + " is not finite");
            }
        }
    }
}
