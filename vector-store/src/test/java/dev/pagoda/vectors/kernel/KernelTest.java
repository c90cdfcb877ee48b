package dev.pagoda.vectors.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.Random;
import org.junit.jupiter.api.Test;

class KernelTest {
    private final Kernel scalar = new ScalarKernel();
    private final Kernel simd = new SimdKernel();

    @Test
    void twinsAgreeOnEveryLengthAndOffset() {
        long seed = 20251121;
        Random random = new Random(seed);
        for (int length = 1; length <= 1025; length++) {
            int aOffset = random.nextInt(5);
            int bOffset = random.nextInt(5);
            float[] a = floats(random, length + aOffset + 3);
            float[] b = floats(random, length + bOffset + 3);
            String at = "seed " + seed + " length " + length;
            double dot = 0;
            double l2 = 0;
            double l1 = 0;
            for (int i = 0; i < length; i++) {
                double x = a[aOffset + i];
                double y = b[bOffset + i];
                dot += x * y;
                l2 += (x - y) * (x - y);
                l1 += Math.abs(x - y);
            }
            float tolerance = 1e-5f * length;
            for (Kernel kernel : new Kernel[] {scalar, simd}) {
                assertEquals(dot, kernel.dot(a, aOffset, b, bOffset, length), tolerance, at);
                assertEquals(l2, kernel.squaredL2(a, aOffset, b, bOffset, length), tolerance, at);
                assertEquals(l1, kernel.manhattan(a, aOffset, b, bOffset, length), tolerance, at);
            }
        }
    }

    @Test
    void choosesTheVectorApiWhereItsModuleIsLoaded() {
        assertInstanceOf(SimdKernel.class, Kernels.best());
    }

    private static float[] floats(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
