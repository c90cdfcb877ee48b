package dev.pagoda.vectors.kernel;

/// Plain loops with four sums each, the twin and the oracle of [SimdKernel].
final class ScalarKernel implements Kernel {

    @Override
    public float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 3 < length; i += 4) {
            s0 += a[aOffset + i] * b[bOffset + i];
            s1 += a[aOffset + i + 1] * b[bOffset + i + 1];
            s2 += a[aOffset + i + 2] * b[bOffset + i + 2];
            s3 += a[aOffset + i + 3] * b[bOffset + i + 3];
        }
        for (; i < length; i++) {
            s0 += a[aOffset + i] * b[bOffset + i];
        }
        return s0 + s1 + (s2 + s3);
    }

    @Override
    public float squaredL2(float[] a, int aOffset, float[] b, int bOffset, int length) {
        float s0 = 0;
        float s1 = 0;
        int i = 0;
        for (; i + 1 < length; i += 2) {
            float d0 = a[aOffset + i] - b[bOffset + i];
            float d1 = a[aOffset + i + 1] - b[bOffset + i + 1];
            s0 += d0 * d0;
            s1 += d1 * d1;
        }
        if (i < length) {
            float d = a[aOffset + i] - b[bOffset + i];
            s0 += d * d;
        }
        return s0 + s1;
    }

    @Override
    public float manhattan(float[] a, int aOffset, float[] b, int bOffset, int length) {
        float s0 = 0;
        float s1 = 0;
        int i = 0;
        for (; i + 1 < length; i += 2) {
            s0 += Math.abs(a[aOffset + i] - b[bOffset + i]);
            s1 += Math.abs(a[aOffset + i + 1] - b[bOffset + i + 1]);
        }
        if (i < length) {
            s0 += Math.abs(a[aOffset + i] - b[bOffset + i]);
        }
        return s0 + s1;
    }

    @Override
    public String name() {
        return "scalar";
    }
}
