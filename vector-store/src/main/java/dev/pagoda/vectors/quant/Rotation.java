package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernels;

/// A random orthogonal map, the same for the same seed: rounds of random signs and a Walsh-Hadamard transform,
/// over the first and the last power of two of coordinates by turns. It spreads every vector evenly over the
/// coordinates, so that one bit a coordinate says much. Safe from any thread.
public final class Rotation {
    private static final Kernel KERNEL = Kernels.best();
    private static final int USUAL_GROUP = 32;

    private final int length;
    private final int span;
    private final float[][] signs;

    /// @param dimensions of the vectors; the map works on the next multiple of 32, filled with zeros
    public Rotation(int dimensions, long seed) {
        this(dimensions, USUAL_GROUP, seed);
    }

    /// @param dimensions of the vectors; the map works on the next multiple of `group`, filled with zeros
    /// @param group      a power of two, at least 16
    Rotation(int dimensions, int group, long seed) {
        this.length = Math.max(group, (dimensions + group - 1) / group * group);
        this.span = Integer.highestOneBit(length);
        this.signs = new float[span == length ? 3 : 4][length];
        long state = seed;
        for (float[] round : signs) {
            for (int i = 0; i < length; i++) {
                state = state * 0x5851f42d4c957f2dL + 0x14057b7ef767814fL;
                round[i] = state < 0 ? 1 : -1;
            }
        }
    }

    /// Coordinates after the map.
    public int length() {
        return length;
    }

    /// Maps `values` in place; what lies beyond the vector's dimensions must be zero.
    public void apply(float[] values) {
        for (int round = 0; round < signs.length; round++) {
            int offset = (round & 1) == 0 ? 0 : length - span;
            KERNEL.rotate(values, signs[round], offset, span);
        }
    }
}
