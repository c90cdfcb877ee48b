package dev.pagoda.vectors.kernel;

/// The kernel of this machine, chosen once.
public final class Kernels {
    /// Groups narrower than this do not beat the plain loop.
    private static final int LEAST_SIMD_BITS = 128;

    /// A constant, so that the JIT compiler inlines through it.
    private static final Kernel BEST = choose();

    private Kernels() {}

    /// The Vector API when its module is there and the CPU has registers for it, the plain loop otherwise.
    public static Kernel best() {
        return BEST;
    }

    private static Kernel choose() {
        boolean present = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
        return present && SimdKernel.bits() >= LEAST_SIMD_BITS ? new SimdKernel() : new ScalarKernel();
    }
}
