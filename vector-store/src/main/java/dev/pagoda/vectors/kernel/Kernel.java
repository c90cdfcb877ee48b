package dev.pagoda.vectors.kernel;

/// Distances of two rows of floats. Every method reads `length` floats of `a` from `aOffset` and of `b` from `bOffset`.
/// Rounding may differ between kernels, as they add in different orders. Safe from any thread.
public sealed interface Kernel permits ScalarKernel, SimdKernel {

    /// Sum of products.
    float dot(float[] a, int aOffset, float[] b, int bOffset, int length);

    /// Sum of squared differences.
    float squaredL2(float[] a, int aOffset, float[] b, int bOffset, int length);

    /// Sum of absolute differences.
    float manhattan(float[] a, int aOffset, float[] b, int bOffset, int length);

    /// What runs, for people: `scalar`, or `simd` with the bits of a lane group.
    String name();
}
