package dev.pagoda.vectors.hnsw;

import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernels;

/// Similarity of two rows, greater meaning closer. Cosine is [#DOT] on rows of unit length.
public enum Metric {
    DOT,
    /// Squared L2 distance, negated.
    L2,
    /// Sum of absolute differences, negated.
    MANHATTAN;

    private static final Kernel KERNEL = Kernels.best();

    /// Never NaN: what overflows into it counts as infinitely far.
    float similarity(float[] a, int aOffset, float[] b, int bOffset, int length) {
        float value = switch (this) {
            case DOT -> KERNEL.dot(a, aOffset, b, bOffset, length);
            case L2 -> -KERNEL.squaredL2(a, aOffset, b, bOffset, length);
            case MANHATTAN -> -KERNEL.manhattan(a, aOffset, b, bOffset, length);
        };
        return Float.isNaN(value) ? Float.NEGATIVE_INFINITY : value;
    }
}
