package dev.pagoda.vectors.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RowsTest {
    private static final long SEED = 20251123;
    private final Random random = new Random(SEED);

    @Test
    void splitRowsReturnEveryBit() {
        for (int dimensions = 1; dimensions <= 130; dimensions++) {
            SplitRows rows = new SplitRows(dimensions);
            float[][] expected = new float[40][dimensions];
            for (int row = 0; row < expected.length; row++) {
                rows.reserve(row + 1);
                for (int i = 0; i < dimensions; i++) {
                    expected[row][i] = anyFinite();
                }
                rows.put(row, expected[row]);
            }
            for (int row = 0; row < expected.length; row++) {
                float[] actual = new float[dimensions];
                rows.get(row, actual);
                assertArrayEquals(bits(expected[row]), bits(actual), "seed " + SEED + " dimensions " + dimensions);
            }
        }
    }

    @Test
    void splitRowsAreComparedExactlyAndNearlyTheSame() {
        int dimensions = 77;
        SplitRows rows = new SplitRows(dimensions);
        rows.reserve(1);
        float[] row = gaussian(dimensions);
        float[] query = gaussian(dimensions);
        rows.put(0, row);
        double expected = 0;
        for (int i = 0; i < dimensions; i++) {
            expected += (double) row[i] * query[i];
        }
        float[] near = new float[1];
        rows.near(Measure.DOT, query, new int[] {0}, 0, 1, near);
        assertEquals(expected, rows.exact(Measure.DOT, query, 0), 1e-4);
        assertEquals(expected, near[0], 0.2);
    }

    @Test
    void rowsSurviveGrowthOverManyArrays() {
        int dimensions = 40_000;
        Rows[] kinds = {new SplitRows(dimensions), new HalfRows(dimensions), ByteRows.whole(dimensions)};
        for (Rows rows : kinds) {
            for (int row = 0; row < 250; row++) {
                rows.reserve(row + 1);
                float[] values = new float[dimensions];
                Arrays.fill(values, row);
                rows.put(row, values);
            }
            float[] values = new float[dimensions];
            for (int row = 0; row < 250; row++) {
                rows.get(row, values);
                assertEquals(row, values[0]);
                assertEquals(row, values[dimensions - 1]);
            }
            assertTrue(rows.bytes() >= 250L * rows.rowBytes());
            assertTrue(rows.bytes() <= 1.3 * 250 * rows.rowBytes(), rows.getClass() + " takes " + rows.bytes());
        }
    }

    @Test
    void halfRowsRoundToTheNearestHalfFloat() {
        HalfRows rows = new HalfRows(5);
        rows.reserve(1);
        rows.put(0, new float[] {1.0004f, -65_504, 6e-8f, -0f, 0.1f});
        float[] actual = new float[5];
        rows.get(0, actual);
        float[] expected = {1, -65_504, 0x1p-24f, -0f, (float) 0.0999755859375};
        assertArrayEquals(bits(expected), bits(actual));
    }

    @Test
    void halfRowsRefuseWhatTheyCannotHoldAndKeepTheOld() {
        HalfRows rows = new HalfRows(3);
        rows.reserve(1);
        rows.put(0, new float[] {1, 2, 3});
        assertThrows(IllegalArgumentException.class, () -> rows.put(0, new float[] {9, 65_505, 9}));
        assertThrows(IllegalArgumentException.class, () -> rows.put(0, new float[] {9, 9, -1e30f}));
        float[] actual = new float[3];
        rows.get(0, actual);
        assertArrayEquals(new float[] {1, 2, 3}, actual);
    }

    @Test
    void byteRowsOfWholeNumbersAreExact() {
        ByteRows rows = ByteRows.whole(256);
        rows.reserve(1);
        float[] values = new float[256];
        for (int i = 0; i < 256; i++) {
            values[i] = i;
        }
        rows.put(0, values);
        float[] actual = new float[256];
        rows.get(0, actual);
        assertArrayEquals(values, actual);
    }

    @Test
    void byteRowsOfWholeNumbersRefuseOthersAndKeepTheOld() {
        ByteRows rows = ByteRows.whole(2);
        rows.reserve(1);
        rows.put(0, new float[] {7, 255});
        for (float wrong : new float[] {-1, 256, 0.5f, 254.9f, 1e20f, -1e-10f}) {
            assertThrows(IllegalArgumentException.class, () -> rows.put(0, new float[] {9, wrong}), "value " + wrong);
        }
        float[] actual = new float[2];
        rows.get(0, actual);
        assertArrayEquals(new float[] {7, 255}, actual);
    }

    @Test
    void adaptiveByteRowsRoundToHalfAStepOfTheirRange() {
        for (int dimensions = 1; dimensions <= 130; dimensions++) {
            ByteRows rows = ByteRows.adaptive(dimensions);
            rows.reserve(2);
            float[] values = gaussian(dimensions);
            rows.put(1, values);
            float[] actual = new float[dimensions];
            rows.get(1, actual);
            double least = Double.MAX_VALUE;
            double greatest = -Double.MAX_VALUE;
            for (float value : values) {
                least = Math.min(least, value);
                greatest = Math.max(greatest, value);
            }
            double half = (greatest - least) / 255 / 2 * 1.001 + 1e-6;
            for (int i = 0; i < dimensions; i++) {
                assertEquals(values[i], actual[i], half, "seed " + SEED + " dimensions " + dimensions);
            }
        }
    }

    @Test
    void adaptiveByteRowsHoldConstantTinyAndHugeVectors() {
        ByteRows rows = ByteRows.adaptive(2);
        rows.reserve(4);
        float[][] vectors = {
            {3.25f, 3.25f}, {Float.MIN_VALUE, 0}, {-Float.MAX_VALUE, Float.MAX_VALUE}, {Float.MAX_VALUE, 0}
        };
        for (int row = 0; row < vectors.length; row++) {
            rows.put(row, vectors[row]);
            float[] actual = new float[2];
            rows.get(row, actual);
            for (int i = 0; i < 2; i++) {
                assertTrue(Float.isFinite(actual[i]), Arrays.toString(vectors[row]) + " -> " + actual[i]);
                double range = Math.abs((double) vectors[row][0] - vectors[row][1]);
                assertEquals(vectors[row][i], actual[i], range / 255 + Float.MIN_VALUE);
            }
        }
    }

    private float anyFinite() {
        while (true) {
            float value = Float.intBitsToFloat(random.nextInt());
            if (Float.isFinite(value)) {
                return value;
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

    private static int[] bits(float[] values) {
        int[] bits = new int[values.length];
        for (int i = 0; i < values.length; i++) {
            bits[i] = Float.floatToRawIntBits(values[i]);
        }
        return bits;
    }
}
