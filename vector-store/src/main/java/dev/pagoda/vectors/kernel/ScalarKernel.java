package dev.pagoda.vectors.kernel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Plain loops with four sums each, the twin and the oracle of [SimdKernel].
final class ScalarKernel implements Kernel {
    /// What is below 2^22 and added to this has its nearest whole number in the lower bits.
    static final float ROUNDING = 0x1p23f;

    static final ScalarKernel INSTANCE = new ScalarKernel();

    static final VarHandle FLOATS = MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);

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
    public void best(Measure measure, float[] columns, int queries, int length, float[] rows, int count, float[] best) {
        float[] sums = new float[queries];
        Arrays.fill(best, 0, queries, measure == Measure.DOT ? Float.NEGATIVE_INFINITY : Float.POSITIVE_INFINITY);
        for (int row = 0; row < count; row++) {
            Arrays.fill(sums, 0);
            for (int i = 0; i < length; i++) {
                float value = rows[row * length + i];
                for (int query = 0; query < queries; query++) {
                    float asked = columns[i * queries + query];
                    float difference = asked - value;
                    sums[query] += switch (measure) {
                        case DOT -> asked * value;
                        case SQUARED_L2 -> difference * difference;
                        case MANHATTAN -> Math.abs(difference);
                    };
                }
            }
            for (int query = 0; query < queries; query++) {
                best[query] = measure == Measure.DOT
                        ? Math.max(best[query], sums[query])
                        : Math.min(best[query], sums[query]);
            }
        }
    }

    @Override
    public void upper(
            Measure measure,
            float[] query,
            int length,
            int[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out) {
        for (int i = from; i < from + count; i++) {
            int[] row = arrays[grid.array(nodes[i])];
            out[i] = compare(measure, query, length, row, null, grid.offset(nodes[i]), 0);
        }
    }

    @Override
    public float whole(
            Measure measure, float[] query, int length, int[] upper, int[] lower, int upperOffset, int lowerOffset) {
        return compare(measure, query, length, upper, lower, upperOffset, lowerOffset);
    }

    @Override
    public void join(int length, int[] upper, int[] lower, int upperOffset, int lowerOffset, float[] out) {
        join(0, length, upper, lower, upperOffset, lowerOffset, out);
    }

    /// Puts the floats from `from` on together, which is a multiple of 32.
    static void join(int from, int length, int[] upper, int[] lower, int upperOffset, int lowerOffset, float[] out) {
        for (int group = from; group < length; group += 32) {
            int end = Math.min(length, group + 32);
            int half = (end - group + 1) >>> 1;
            for (int i = group; i < end; i++) {
                boolean isFirst = i < group + half;
                int column = (group >>> 1) + i - group - (isFirst ? 0 : half);
                int high = upper[upperOffset + column];
                int low = lower[lowerOffset + column];
                out[i] = Float.intBitsToFloat(isFirst ? (high << 16) + (short) low : (high & 0xffff0000) + (low >> 16));
            }
        }
    }

    @Override
    public void widen(int length, int[] upper, int offset, float[] out) {
        widen(0, length, upper, offset, out);
    }

    /// Takes the floats from `from` on, which is a multiple of 32.
    static void widen(int from, int length, int[] upper, int offset, float[] out) {
        for (int group = from; group < length; group += 32) {
            int end = Math.min(length, group + 32);
            int half = (end - group + 1) >>> 1;
            for (int i = group; i < end; i++) {
                boolean isFirst = i < group + half;
                int high = upper[offset + (group >>> 1) + i - group - (isFirst ? 0 : half)];
                out[i] = Float.intBitsToFloat(isFirst ? high << 16 : high & 0xffff0000);
            }
        }
    }

    /// @param lower null to compare by the upper halves alone
    private static float compare(
            Measure measure,
            float[] query,
            int length,
            int[] upper,
            int @Nullable [] lower,
            int offset,
            int lowerOffset) {
        float sum = 0;
        for (int i = 0; i < length; i++) {
            int group = i >>> 5;
            int inGroup = i & 31;
            int half = Math.min(16, (length - (group << 5) + 1) >>> 1);
            int column = (group << 4) + (inGroup < half ? inGroup : inGroup - half);
            int at = offset + column;
            int bits = inGroup < half ? upper[at] << 16 : upper[at] & 0xffff0000;
            if (lower != null) {
                int low = lower[lowerOffset + column];
                bits += inGroup < half ? (short) low : low >> 16;
            }
            sum += term(measure, query[i], Float.intBitsToFloat(bits));
        }
        return sum;
    }

    @Override
    public void bytes(
            Measure measure,
            float[] query,
            int length,
            byte[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out) {
        for (int n = from; n < from + count; n++) {
            byte[] row = arrays[grid.array(nodes[n])];
            int offset = grid.offset(nodes[n]);
            float origin = (float) FLOATS.get(row, offset + grid.stride() - 8);
            float step = (float) FLOATS.get(row, offset + grid.stride() - 4);
            float sum = 0;
            for (int i = 0; i < length; i++) {
                sum += term(measure, query[i], Math.fma(step, row[offset + i] & 0xff, origin));
            }
            out[n] = sum;
        }
    }

    @Override
    public void halfFloats(
            Measure measure,
            float[] query,
            int length,
            short[][] arrays,
            Grid grid,
            int[] nodes,
            int from,
            int count,
            float[] out) {
        for (int n = from; n < from + count; n++) {
            short[] row = arrays[grid.array(nodes[n])];
            int offset = grid.offset(nodes[n]);
            float sum = 0;
            for (int i = 0; i < length; i++) {
                sum += term(measure, query[i], Float.float16ToFloat(row[offset + i]));
            }
            out[n] = sum;
        }
    }

    static float term(Measure measure, float a, float b) {
        return switch (measure) {
            case SQUARED_L2 -> (a - b) * (a - b);
            case DOT -> a * b;
            case MANHATTAN -> Math.abs(a - b);
        };
    }

    @Override
    public int estimate(
            int[] block,
            int offset,
            int lines,
            byte[] table,
            float step,
            float origin,
            float base,
            float below,
            float[] out,
            int outOffset) {
        int hits = 0;
        for (int slot = 0; slot < 32; slot++) {
            int lane = ((slot & 15) * 2 + (slot >>> 4)) * 2;
            int sum = 0;
            for (int line = 0; line < lines; line++) {
                int pair = block[offset + 32 + line * 16 + (lane >>> 2)] >>> ((lane & 2) * 8);
                int entry = line * 64;
                sum += (table[entry + (pair & 15)] & 0xff) + (table[entry + 16 + ((pair >>> 8) & 15)] & 0xff);
                sum += (table[entry + 32 + ((pair >>> 4) & 15)] & 0xff)
                        + (table[entry + 48 + ((pair >>> 12) & 15)] & 0xff);
            }
            int factor = block[offset + slot];
            float estimate = Math.fma(
                    Math.fma(sum, step, origin),
                    Float.intBitsToFloat(factor << 16),
                    Float.intBitsToFloat(factor & 0xffff0000) + base);
            out[outOffset + slot] = estimate;
            if (estimate < below) {
                hits |= 1 << slot;
            }
        }
        return hits;
    }

    @Override
    public void edge(float[] centre, float[] neighbour, int from, int to, int[] bits, float[] sums) {
        for (int start = from; start < to; start += 16) {
            int signs = 0;
            for (int i = 0; i < 16; i++) {
                float c = centre[start + i];
                float r = neighbour[start + i] - c;
                int positive = (Float.floatToRawIntBits(r) >>> 31) ^ 1;
                signs |= positive << i;
                sums[0] = Math.fma(r, r, sums[0]);
                sums[1] += Math.abs(r);
                sums[2] += positive != 0 ? c : -c;
                sums[3] = Math.fma(r, c, sums[3]);
            }
            bits[start >>> 4] = signs;
        }
    }

    @Override
    public void fillTable(float[] rotated, int length, float scale, byte[] table) {
        for (int i = 0; i < length; i += 4) {
            float least = -(Math.abs(rotated[i])
                    + Math.abs(rotated[i + 1])
                    + Math.abs(rotated[i + 2])
                    + Math.abs(rotated[i + 3]));
            for (int bits = 0; bits < 16; bits++) {
                float sum = -least;
                for (int j = 0; j < 4; j++) {
                    sum += ((bits >>> j) & 1) != 0 ? rotated[i + j] : -rotated[i + j];
                }
                table[i * 4 + bits] = (byte) Float.floatToRawIntBits(Math.fma(sum, scale, ROUNDING));
            }
        }
    }

    @Override
    public void rotate(float[] values, float[] signs, int offset, int length) {
        for (int i = offset; i < offset + length; i++) {
            values[i] *= signs[i];
        }
        for (int half = 1; half < length; half <<= 1) {
            for (int i = offset; i < offset + length; i += 2 * half) {
                for (int j = i; j < i + half; j++) {
                    float a = values[j];
                    float b = values[j + half];
                    values[j] = a + b;
                    values[j + half] = a - b;
                }
            }
        }
        float norm = (float) (1 / Math.sqrt(length));
        for (int i = offset; i < offset + length; i++) {
            values[i] *= norm;
        }
    }

    @Override
    public String name() {
        return "scalar";
    }
}
