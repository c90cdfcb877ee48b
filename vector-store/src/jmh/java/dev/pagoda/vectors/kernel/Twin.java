package dev.pagoda.vectors.kernel;

/// The kernel to measure.
public enum Twin {
    SIMD,
    SCALAR;

    Kernel kernel() {
        return switch (this) {
            case SIMD -> new SimdKernel();
            case SCALAR -> new ScalarKernel();
        };
    }
}
