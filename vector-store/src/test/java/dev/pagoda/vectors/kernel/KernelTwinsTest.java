package dev.pagoda.vectors.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Both kernels against sums in double precision over rows laid out by hand.
class KernelTwinsTest {
    private static final long SEED = 20251122;
    private static final int ROWS = 12;
    private static final Kernel[] KERNELS = {new ScalarKernel(), new SimdKernel()};

    private final Random random = new Random(SEED);

    @Test
    void upperHalvesOfEveryLengthAndCountAreComparedAlike() {
        for (int length : lengths()) {
            int ints = ints(length);
            Grid grid = new Grid(ints, 2);
            int[][] arrays = new int[ROWS / 4][grid.elements(4)];
            float[][] rounded = new float[ROWS][];
            for (int row = 0; row < ROWS; row++) {
                float[] values = floats(length);
                halves(values, arrays[grid.array(row)], new int[grid.elements(4)], grid.offset(row));
                rounded[row] = rounded(values);
            }
            float[] query = floats(length);
            int count = 1 + length % 9;
            int from = length % 3;
            int[] nodes = someRows(from + count);
            for (Measure measure : Measure.values()) {
                for (Kernel kernel : KERNELS) {
                    float[] out = untouched();
                    kernel.upper(measure, query, length, arrays, grid, nodes, from, count, out);
                    check(kernel, measure, query, rounded, nodes, from, count, out);
                }
            }
        }
    }

    @Test
    void upperHalvesAreComparedAlikeForEveryCount() {
        for (int length : new int[] {6, 7, 8, 16, 25, 31, 32, 33, 100, 128}) {
            Grid grid = new Grid(ints(length), 2);
            int[][] arrays = new int[ROWS / 4][grid.elements(4)];
            float[][] rounded = new float[ROWS][];
            for (int row = 0; row < ROWS; row++) {
                float[] values = floats(length);
                halves(values, arrays[grid.array(row)], new int[grid.elements(4)], grid.offset(row));
                rounded[row] = rounded(values);
            }
            float[] query = floats(length);
            for (int count = 0; count <= 9; count++) {
                int[] nodes = someRows(2 + count);
                for (Measure measure : Measure.values()) {
                    for (Kernel kernel : KERNELS) {
                        float[] out = untouched();
                        kernel.upper(measure, query, length, arrays, grid, nodes, 2, count, out);
                        check(kernel, measure, query, rounded, nodes, 2, count, out);
                    }
                }
            }
        }
    }

    @Test
    void theBestOfSeveralRowsIsFoundAlikeForEachQuery() {
        for (int length : new int[] {1, 3, 16, 31, 128}) {
            for (int count : new int[] {1, 7, 8, 9, 20}) {
                int queries = count > 8 ? 32 : 16;
                float[][] asked = new float[queries][];
                float[] columns = new float[queries * length];
                for (int j = 0; j < queries; j++) {
                    asked[j] = floats(length);
                    for (int i = 0; i < length; i++) {
                        columns[i * queries + j] = asked[j][i];
                    }
                }
                float[] rows = floats(count * length);
                for (Measure measure : Measure.values()) {
                    for (Kernel kernel : KERNELS) {
                        float[] best = new float[queries];
                        kernel.best(measure, columns, queries, length, rows, count, best);
                        for (int j = 0; j < queries; j++) {
                            double expected = best(measure, asked[j], rows, length);
                            assertEquals(
                                    expected,
                                    best[j],
                                    1e-4 * Math.max(1, Math.abs(expected)),
                                    kernel.name() + " " + measure + " " + length + " x " + count);
                        }
                    }
                }
            }
        }
    }

    private static double best(Measure measure, float[] query, float[] rows, int length) {
        double best = measure == Measure.DOT ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        for (int from = 0; from < rows.length; from += length) {
            double sum = 0;
            for (int i = 0; i < length; i++) {
                double difference = (double) query[i] - rows[from + i];
                sum += switch (measure) {
                    case DOT -> (double) query[i] * rows[from + i];
                    case SQUARED_L2 -> difference * difference;
                    case MANHATTAN -> Math.abs(difference);
                };
            }
            best = measure == Measure.DOT ? Math.max(best, sum) : Math.min(best, sum);
        }
        return best;
    }

    @Test
    void wholeFloatsOfEveryLengthAreComparedAlike() {
        for (int length : lengths()) {
            int offset = 1 + length % 5;
            int[] upper = new int[offset + ints(length)];
            int[] lower = new int[offset + ints(length)];
            float[] values = floats(length);
            halves(values, upper, lower, offset);
            int lowerOffset = length % 3;
            int[] shifted = new int[lowerOffset + ints(length)];
            System.arraycopy(lower, offset, shifted, lowerOffset, ints(length));
            float[] query = floats(length);
            for (Measure measure : Measure.values()) {
                double expected = oracle(measure, query, values);
                for (Kernel kernel : KERNELS) {
                    float actual = kernel.whole(measure, query, length, upper, shifted, offset, lowerOffset);
                    assertEquals(expected, actual, tolerance(length), at(kernel, measure, length));
                }
            }
        }
    }

    @Test
    void halvesOfEveryLengthAreJoinedToTheFloatsTheyWere() {
        for (int length : lengths()) {
            int offset = 1 + length % 5;
            int[] upper = new int[offset + ints(length)];
            int[] lower = new int[offset + ints(length)];
            float[] values = floats(length);
            halves(values, upper, lower, offset);
            for (Kernel kernel : KERNELS) {
                float[] joined = new float[length];
                kernel.join(length, upper, lower, offset, offset, joined);
                assertArrayEquals(values, joined, kernel + ", length " + length);
                kernel.widen(length, upper, offset, joined);
                assertArrayEquals(rounded(values), joined, kernel + ", length " + length);
            }
        }
    }

    @Test
    void bytesOfEveryLengthAreComparedAlike() {
        for (int length : lengths()) {
            Grid grid = new Grid(length + 8, 2);
            byte[][] arrays = new byte[ROWS / 4][grid.elements(4)];
            float[][] values = new float[ROWS][length];
            for (int row = 0; row < ROWS; row++) {
                float origin = random.nextFloat() * 2 - 1;
                float step = random.nextFloat() / 255;
                byte[] bytes = new byte[length];
                random.nextBytes(bytes);
                ByteBuffer buffer = ByteBuffer.wrap(arrays[grid.array(row)]).order(ByteOrder.LITTLE_ENDIAN);
                buffer.position(grid.offset(row));
                buffer.put(bytes).putFloat(origin).putFloat(step);
                for (int i = 0; i < length; i++) {
                    values[row][i] = Math.fma(step, bytes[i] & 0xff, origin);
                }
            }
            float[] query = floats(length);
            int count = 1 + length % 9;
            int[] nodes = someRows(1 + count);
            for (Measure measure : Measure.values()) {
                for (Kernel kernel : KERNELS) {
                    float[] out = untouched();
                    kernel.bytes(measure, query, length, arrays, grid, nodes, 1, count, out);
                    check(kernel, measure, query, values, nodes, 1, count, out);
                }
            }
        }
    }

    @Test
    void halfFloatsOfEveryLengthAreComparedAlike() {
        for (int length : lengths()) {
            Grid grid = new Grid(length, 2);
            short[][] arrays = new short[ROWS / 4][grid.elements(4)];
            float[][] values = new float[ROWS][length];
            for (int row = 0; row < ROWS; row++) {
                for (int i = 0; i < length; i++) {
                    short half = Float.floatToFloat16((float) random.nextGaussian());
                    arrays[grid.array(row)][grid.offset(row) + i] = half;
                    values[row][i] = Float.float16ToFloat(half);
                }
            }
            float[] query = floats(length);
            int count = 1 + length % 9;
            int[] nodes = someRows(1 + count);
            for (Measure measure : Measure.values()) {
                for (Kernel kernel : KERNELS) {
                    float[] out = untouched();
                    kernel.halfFloats(measure, query, length, arrays, grid, nodes, 1, count, out);
                    check(kernel, measure, query, values, nodes, 1, count, out);
                }
            }
        }
    }

    @Test
    void everyFiniteHalfFloatIsDecodedExactly() {
        int length = 32;
        Grid grid = new Grid(length, 0);
        short[] row = new short[grid.elements(1)];
        float[] query = new float[length];
        float[] out = new float[1];
        for (int bits = 0; bits < 1 << 16; bits++) {
            float value = Float.float16ToFloat((short) bits);
            if (Float.isFinite(value)) {
                int at = bits % length;
                Arrays.fill(row, (short) 0x8000);
                Arrays.fill(query, 0);
                row[grid.offset(0) + at] = (short) bits;
                query[at] = 1;
                for (Kernel kernel : KERNELS) {
                    kernel.halfFloats(Measure.DOT, query, length, new short[][] {row}, grid, new int[] {0}, 0, 1, out);
                    assertEquals(value, out[0], 0f, kernel.name() + " bits " + bits);
                }
            }
        }
    }

    @Test
    void estimatesOfAnyNumberOfLinesAgree() {
        for (int lines = 2; lines <= 140; lines += 2) {
            int offset = 1 + lines % 7;
            int[] block = random.ints(offset + 32 + lines * 16).toArray();
            for (int slot = 0; slot < 32; slot++) {
                float constant = (float) random.nextGaussian() * 10;
                float slope = (float) random.nextGaussian();
                block[offset + slot] =
                        (Float.floatToRawIntBits(constant) & 0xffff0000) | (Float.floatToRawIntBits(slope) >>> 16);
            }
            byte[] table = new byte[lines * 64];
            for (int i = 0; i < table.length; i++) {
                table[i] = lines % 20 == 0 ? 63 : (byte) random.nextInt(64);
                if (lines % 6 == 0) {
                    // the first two numbers of every second line
                    table[i] = i % 128 < 32 ? (byte) (lines % 12 == 0 ? 255 : random.nextInt(256)) : 0;
                }
            }
            float step = 0.5f / lines;
            float origin = (float) random.nextGaussian();
            float base = 20;
            float[] expected = new float[35];
            int hits = KERNELS[0].estimate(block, offset, lines, table, step, origin, base, 20, expected, 3);
            for (int slot = 0; slot < 32; slot++) {
                double sum = sum(block, offset, lines, table, slot);
                double slope = Float.intBitsToFloat(block[offset + slot] << 16);
                double constant = Float.intBitsToFloat(block[offset + slot] & 0xffff0000);
                double estimate = base + constant + slope * (step * sum + origin);
                assertEquals(estimate, expected[3 + slot], 1e-3, "seed " + SEED + " lines " + lines);
                assertEquals(expected[3 + slot] < 20, (hits >>> slot & 1) != 0);
            }
            float[] actual = new float[35];
            String at = "seed " + SEED + " lines " + lines;
            assertEquals(hits, KERNELS[1].estimate(block, offset, lines, table, step, origin, base, 20, actual, 3), at);
            assertArrayEquals(expected, actual, 1e-4f, at);
            actual = new float[35];
            assertEquals(
                    hits, EdgeCodes128.estimate(block, offset, lines, table, step, origin, base, 20, actual, 3), at);
            assertArrayEquals(expected, actual, 1e-4f, at);
            actual = new float[35];
            assertEquals(
                    hits, EdgeCodes512.estimate(block, offset, lines, table, step, origin, base, 20, actual, 3), at);
            assertArrayEquals(expected, actual, 1e-4f, at);
        }
    }

    @Test
    void anInfiniteEstimateIsBelowNoFiniteBound() {
        int[] block = new int[32 + 2 * 16];
        for (int slot = 0; slot < 32; slot += 2) {
            block[slot] = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
        }
        byte[] table = new byte[128];
        float bound = Float.MAX_VALUE;
        float[] out = new float[32];
        assertEquals(0xaaaaaaaa, KERNELS[0].estimate(block, 0, 2, table, 1, 0, 1, bound, out, 0));
        assertEquals(0xaaaaaaaa, KERNELS[1].estimate(block, 0, 2, table, 1, 0, 1, bound, out, 0));
        assertEquals(0xaaaaaaaa, EdgeCodes128.estimate(block, 0, 2, table, 1, 0, 1, bound, out, 0));
        assertEquals(0xaaaaaaaa, EdgeCodes512.estimate(block, 0, 2, table, 1, 0, 1, bound, out, 0));
    }

    @Test
    void tablesHoldTheSumsOfFourSignedCoordinates() {
        for (int length = 16; length <= 320; length += 16) {
            float[] rotated = floats(length);
            float greatest = 0;
            for (int i = 0; i < length; i += 4) {
                greatest = Math.max(greatest, magnitude(rotated, i));
            }
            float scale = 63 / (2 * greatest);
            byte[] expected = new byte[length * 4];
            byte[] simd = new byte[length * 4];
            byte[] wide = new byte[length * 4];
            KERNELS[0].fillTable(rotated, length, scale, expected);
            KERNELS[1].fillTable(rotated, length, scale, simd);
            EdgeCodes512.fillTable(rotated, length, scale, wide);
            for (int i = 0; i < length; i += 4) {
                for (int bits = 0; bits < 16; bits++) {
                    double sum = magnitude(rotated, i);
                    for (int j = 0; j < 4; j++) {
                        sum += (bits >>> j & 1) != 0 ? rotated[i + j] : -rotated[i + j];
                    }
                    int at = i * 4 + bits;
                    assertEquals(sum * scale, expected[at], 0.501, "seed " + SEED + " length " + length);
                    assertTrue(expected[at] >= 0 && expected[at] <= 63);
                    assertEquals(expected[at], simd[at], 1);
                    assertEquals(expected[at], wide[at], 1);
                    assertTrue(simd[at] >= 0 && simd[at] <= 63);
                    assertTrue(wide[at] >= 0 && wide[at] <= 63);
                }
            }
        }
    }

    @Test
    void transformsAgreeAndKeepWhatLiesOutside() {
        for (int length = 16; length <= 4096; length *= 2) {
            int offset = length % 3 * 16;
            float[] signs = new float[length + offset + 7];
            for (int i = 0; i < signs.length; i++) {
                signs[i] = random.nextBoolean() ? 1 : -1;
            }
            float[] scalar = floats(signs.length);
            float[] simd = scalar.clone();
            double[] expected = new double[signs.length];
            for (int i = 0; i < signs.length; i++) {
                expected[i] = scalar[i];
            }
            transform(expected, signs, offset, length);
            KERNELS[0].rotate(scalar, signs, offset, length);
            KERNELS[1].rotate(simd, signs, offset, length);
            for (int i = 0; i < signs.length; i++) {
                assertEquals(expected[i], scalar[i], 1e-4, "seed " + SEED + " length " + length);
                assertEquals(expected[i], simd[i], 1e-4, "seed " + SEED + " length " + length);
            }
        }
    }

    @Test
    void edgesAgreeOnSignsAndSums() {
        for (int length = 16; length <= 512; length += 16) {
            float[] centre = floats(length);
            float[] neighbour = floats(length);
            neighbour[3] = centre[3];
            int from = length > 64 ? 32 : 0;
            double[] expected = {1, 2, 3, 4};
            int[] signs = new int[length / 16];
            for (int i = from; i < length; i++) {
                float r = neighbour[i] - centre[i];
                expected[0] += (double) r * r;
                expected[1] += Math.abs(r);
                expected[2] += r >= 0 ? centre[i] : -centre[i];
                expected[3] += (double) r * centre[i];
                signs[i / 16] |= (r >= 0 ? 1 : 0) << (i % 16);
            }
            for (Kernel kernel : KERNELS) {
                float[] sums = {1, 2, 3, 4};
                int[] bits = new int[length / 16];
                kernel.edge(centre, neighbour, from, length, bits, sums);
                assertArrayEquals(signs, bits, kernel.name() + " length " + length);
                for (int i = 0; i < 4; i++) {
                    assertEquals(expected[i], sums[i], tolerance(length), kernel.name() + " sum " + i);
                }
            }
        }
    }

    private static double sum(int[] block, int offset, int lines, byte[] table, int slot) {
        double sum = 0;
        for (int line = 0; line < lines; line++) {
            for (int half = 0; half < 2; half++) {
                int index = 2 * (slot < 16 ? 2 * slot : 2 * (slot - 16) + 1) + half;
                int value = block[offset + 32 + line * 16 + index / 4] >>> (8 * (index % 4)) & 0xff;
                sum += table[line * 64 + half * 16 + (value & 15)] & 0xff;
                sum += table[line * 64 + 32 + half * 16 + (value >>> 4)] & 0xff;
            }
        }
        return sum;
    }

    private static void transform(double[] values, float[] signs, int offset, int length) {
        double[] in = new double[length];
        for (int i = 0; i < length; i++) {
            in[i] = values[offset + i] * signs[offset + i];
        }
        for (int half = 1; half < length; half *= 2) {
            double[] out = new double[length];
            for (int i = 0; i < length; i++) {
                out[i] = (i & half) == 0 ? in[i] + in[i + half] : in[i - half] - in[i];
            }
            in = out;
        }
        for (int i = 0; i < length; i++) {
            values[offset + i] = in[i] / Math.sqrt(length);
        }
    }

    private static float magnitude(float[] values, int from) {
        return Math.abs(values[from])
                + Math.abs(values[from + 1])
                + Math.abs(values[from + 2])
                + Math.abs(values[from + 3]);
    }

    private static int[] lengths() {
        return IntStream.concat(IntStream.rangeClosed(1, 300), IntStream.of(768, 1023, 1536, 4097))
                .toArray();
    }

    private static int ints(int length) {
        return length / 32 * 16 + (length % 32 + 1) / 2;
    }

    private static void halves(float[] values, int[] upper, int[] lower, int offset) {
        for (int i = 0; i < values.length; i++) {
            int group = i / 32 * 32;
            int half = Math.min(16, (values.length - group + 1) / 2);
            int at = offset + group / 2 + (i - group) % half;
            int bits = Float.floatToRawIntBits(values[i]);
            if (i - group < half) {
                upper[at] |= (bits + 0x8000) >>> 16;
                lower[at] |= bits & 0xffff;
            } else {
                upper[at] |= (bits + 0x8000) & 0xffff0000;
                lower[at] |= bits << 16;
            }
        }
    }

    private static float[] rounded(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = Float.intBitsToFloat((Float.floatToRawIntBits(values[i]) + 0x8000) & 0xffff0000);
        }
        return rounded;
    }

    private static double oracle(Measure measure, float[] query, float[] row) {
        double sum = 0;
        for (int i = 0; i < query.length; i++) {
            double d = (double) query[i] - row[i];
            sum += switch (measure) {
                case SQUARED_L2 -> d * d;
                case DOT -> (double) query[i] * row[i];
                case MANHATTAN -> Math.abs(d);
            };
        }
        return sum;
    }

    private static void check(
            Kernel kernel,
            Measure measure,
            float[] query,
            float[][] rows,
            int[] nodes,
            int from,
            int count,
            float[] out) {
        for (int i = 0; i < out.length; i++) {
            if (i < from || i >= from + count) {
                assertEquals(-7777, out[i], "wrote outside of " + from + " + " + count);
            } else {
                double expected = oracle(measure, query, rows[nodes[i]]);
                assertEquals(expected, out[i], tolerance(query.length), at(kernel, measure, query.length));
            }
        }
    }

    private static double tolerance(int length) {
        return 1e-4 + 1e-5 * length;
    }

    private static String at(Kernel kernel, Measure measure, int length) {
        return kernel.name() + " " + measure + " seed " + SEED + " length " + length;
    }

    private static float[] untouched() {
        float[] out = new float[ROWS + 3];
        Arrays.fill(out, -7777);
        return out;
    }

    private int[] someRows(int count) {
        return random.ints(count, 0, ROWS).toArray();
    }

    private float[] floats(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
