package dev.pagoda.vectors.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RotationTest {
    private static final long SEED = 20251124;
    private final Random random = new Random(SEED);

    @Test
    void keepsNormsAndProductsAtEveryLength() {
        for (int length = 32; length <= 512; length += 32) {
            Rotation rotation = new Rotation(length, SEED);
            assertEquals(length, rotation.length());
            float[] a = gaussian(length);
            float[] b = gaussian(length);
            double square = dot(a, a);
            double product = dot(a, b);
            rotation.apply(a);
            rotation.apply(b);
            String at = "seed " + SEED + " length " + length;
            assertEquals(square, dot(a, a), 1e-5 * square, at);
            assertEquals(product, dot(a, b), 1e-5 * square, at);
        }
    }

    @Test
    void isTheSameForASeedAndAnotherForAnother() {
        float[] values = gaussian(96);
        float[] same = values.clone();
        float[] other = values.clone();
        new Rotation(96, 1).apply(values);
        new Rotation(96, 1).apply(same);
        new Rotation(96, 2).apply(other);
        assertArrayEquals(values, same);
        assertFalse(Arrays.equals(values, other));
    }

    @Test
    void roundsTheLengthUpToAMultipleOf32() {
        assertEquals(32, new Rotation(1, SEED).length());
        assertEquals(32, new Rotation(32, SEED).length());
        assertEquals(64, new Rotation(33, SEED).length());
        assertEquals(65_536, new Rotation(65_536, SEED).length());
    }

    @Test
    void worksOnMultiplesOf16WhereThatIsAskedFor() {
        for (int dimensions = 1; dimensions <= 320; dimensions += 3) {
            Rotation rotation = new Rotation(dimensions, 16, SEED);
            int length = (dimensions + 15) / 16 * 16;
            assertEquals(length, rotation.length());
            float[] a = gaussian(length);
            float[] b = gaussian(length);
            double square = dot(a, a) + dot(b, b);
            double product = dot(a, b);
            rotation.apply(a);
            rotation.apply(b);
            assertEquals(product, dot(a, b), 1e-5 * square, "seed " + SEED + " length " + length);
        }
    }

    @Test
    void spreadsASingleCoordinateOverAll() {
        for (int length = 32; length <= 512; length += 32) {
            for (int at = 0; at < length; at += 7) {
                float[] values = new float[length];
                values[at] = 1;
                new Rotation(length, SEED).apply(values);
                double fourth = 0;
                for (float value : values) {
                    fourth += Math.pow(value, 4);
                }
                assertTrue(fourth * length < 12, "seed " + SEED + " length " + length + " coordinate " + at);
            }
        }
    }

    private float[] gaussian(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
