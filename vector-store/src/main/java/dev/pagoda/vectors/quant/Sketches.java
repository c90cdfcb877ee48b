package dev.pagoda.vectors.quant;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A sketch of each row: one bit a rotated coordinate, the sign of its difference to a common centre, and two
/// factors. From it the distance of a query is estimated, and bounded with high probability, by a few counts of
/// bits [1]. So a scan of many rows reads a few bytes of each and compares the promising ones only.
///
/// The centre is the mean of the first rows put; until these are there nothing can be estimated.
///
/// **Concurrency.** As [Rows]: writers put different rows at the same time, nobody puts while [#reserve] runs.
///
/// [1] Gao and Long 2024, https://arxiv.org/abs/2405.12497
public final class Sketches {
    /// Rows whose mean is the centre.
    private static final int FIRST = 256;

    private static final int MAX_BITS = 256;
    private static final int PLANES = 4;

    /// An array holds 2^16 rows.
    private static final int SHIFT = 16;

    private static final int MASK = (1 << SHIFT) - 1;

    private final Rotation rotation;
    private final int words;
    private final int stride;
    private final boolean dot;
    private final float deviation;
    private volatile long[][] arrays = {};
    private int capacity;

    /// The rotated centre; null until it is known.
    private volatile float @Nullable [] centre;

    private int[] early = new int[FIRST];
    private float[][] earlyValues = new float[FIRST][];
    private int earlyCount;

    /// @param dot whether distances are the negated dot product, rather than squared L2
    public Sketches(int dimensions, long seed, boolean dot) {
        this.rotation = new Rotation(dimensions, seed);
        int bits = Math.min(MAX_BITS, rotation.length());
        this.words = (bits + Long.SIZE - 1) / Long.SIZE;
        this.stride = words + 1;
        this.dot = dot;
        // the variance of <r, t> given the signs of r, both of unit length and in random directions: (pi/2 - 1)/bits
        this.deviation = (float) Math.sqrt((Math.PI / 2 - 1) / bits);
    }

    /// Makes room for the rows below `rows`. The only call that no other may accompany.
    public void reserve(int rows) {
        if (rows <= capacity) {
            return;
        }
        int count = ((rows - 1) >>> SHIFT) + 1;
        long[][] grown = Arrays.copyOf(arrays, count);
        for (int i = Math.max(0, arrays.length - 1); i < count; i++) {
            int wanted = Math.min(1 << SHIFT, rows - (i << SHIFT)) * stride;
            grown[i] = grown[i] == null ? new long[wanted] : Arrays.copyOf(grown[i], Math.max(wanted, grown[i].length));
        }
        arrays = grown;
        capacity = rows;
    }

    /// Sets the sketch of a row.
    public void put(int row, float[] values) {
        float[] rotated = rotated(values);
        float[] known = centre;
        if (known == null) {
            known = withEarly(row, rotated);
            if (known == null) {
                return;
            }
        }
        write(row, rotated, known);
    }

    /// @return the centre, null if the row has to wait for it
    private synchronized float @Nullable [] withEarly(int row, float[] rotated) {
        if (centre != null) {
            return centre;
        }
        early[earlyCount] = row;
        earlyValues[earlyCount++] = rotated;
        if (earlyCount < FIRST) {
            return null;
        }
        float[] mean = new float[rotation.length()];
        for (float[] values : earlyValues) {
            for (int i = 0; i < mean.length; i++) {
                mean[i] += values[i] / FIRST;
            }
        }
        for (int i = 0; i < FIRST; i++) {
            write(early[i], earlyValues[i], mean);
        }
        early = new int[0];
        earlyValues = new float[0][];
        centre = mean;
        return mean;
    }

    private float[] rotated(float[] values) {
        float[] rotated = Arrays.copyOf(values, rotation.length());
        rotation.apply(rotated);
        return rotated;
    }

    private void write(int row, float[] rotated, float[] mean) {
        long[] array = arrays[row >>> SHIFT];
        int at = (row & MASK) * stride;
        double square = 0;
        double coded = 0;
        int bits = Math.min(words * Long.SIZE, rotated.length);
        for (int word = 0; word < words; word++) {
            long signs = 0;
            int end = Math.min(bits, (word + 1) * Long.SIZE);
            for (int i = word * Long.SIZE; i < end; i++) {
                float difference = rotated[i] - mean[i];
                signs |= (long) (Float.floatToRawIntBits(difference) >>> 31) << i;
                coded += Math.abs(difference);
                square += difference * difference;
            }
            array[at + word] = signs;
        }
        for (int i = bits; i < rotated.length; i++) {
            square += (rotated[i] - mean[i]) * (rotated[i] - mean[i]);
        }
        float factor = coded > 0 ? (float) (square / coded) : 0;
        float norm = (float) Math.sqrt(square);
        array[at + words] = ((long) Float.floatToRawIntBits(factor) << 32) | Float.floatToRawIntBits(norm);
    }

    /// Whether distances can be estimated.
    public boolean isReady() {
        return centre != null;
    }

    /// Prepares a query.
    ///
    /// @param deviations how many standard deviations a bound shall be away from the estimate
    /// @throws IllegalStateException if not [#isReady]
    public Query query(float[] values, double deviations) {
        float[] known = centre;
        if (known == null) {
            throw new IllegalStateException("fewer than " + FIRST + " rows were put");
        }
        return new Query(rotated(values), known, (float) deviations);
    }

    public long bytes() {
        long elements = 0;
        for (long[] array : arrays) {
            elements += array.length;
        }
        return elements * Long.BYTES;
    }

    /// A query in four planes of bits. Used by one thread.
    public final class Query {
        private final long[] planes = new long[PLANES * words];
        private final float origin;
        private final float step;
        private final float base;
        private final float slack;
        private final float scale;

        private Query(float[] rotated, float[] mean, float deviations) {
            int bits = Math.min(words * Long.SIZE, rotated.length);
            double square = 0;
            double product = 0;
            float[] values = new float[rotated.length];
            for (int i = 0; i < rotated.length; i++) {
                values[i] = dot ? rotated[i] : rotated[i] - mean[i];
                square += values[i] * values[i];
                product += rotated[i] * mean[i];
            }
            float least = Float.POSITIVE_INFINITY;
            float greatest = Float.NEGATIVE_INFINITY;
            for (int i = 0; i < bits; i++) {
                least = Math.min(least, values[i]);
                greatest = Math.max(greatest, values[i]);
            }
            int top = (1 << PLANES) - 1;
            float width = greatest > least ? (greatest - least) / top : 1;
            double sum = 0;
            for (int i = 0; i < bits; i++) {
                int level = Math.min(top, Math.round((values[i] - least) / width));
                sum += least + width * level;
                for (int plane = 0; plane < PLANES; plane++) {
                    planes[(i >>> 6) * PLANES + plane] |= (long) ((level >>> plane) & 1) << i;
                }
            }
            // sum of t_i s_i is the sum of t_i less twice the sum over negative signs, which are the ones
            this.origin = (float) sum;
            this.step = width;
            this.scale = least;
            float norm = (float) Math.sqrt(square);
            this.base = dot ? (float) -product : (float) square;
            this.slack = (dot ? 1 : 2) * deviations * deviation * norm;
        }

        /// What the distances of rows hardly ever fall below, if many deviations are allowed for.
        ///
        /// @param nodes  row numbers, the first `count`
        /// @param out    the bounds
        /// @param levels scratch as long as `out`
        public void bounds(int[] nodes, int count, float[] out, int[] levels) {
            long[][] all = arrays;
            for (int word = 0; word < words; word++) {
                long p0 = planes[word * PLANES];
                long p1 = planes[word * PLANES + 1];
                long p2 = planes[word * PLANES + 2];
                long p3 = planes[word * PLANES + 3];
                for (int n = 0; n < count; n++) {
                    int node = nodes[n];
                    long signs = all[node >>> SHIFT][(node & MASK) * stride + word];
                    int level = Long.bitCount(signs & p0)
                            + (Long.bitCount(signs & p1) << 1)
                            + (Long.bitCount(signs & p2) << 2)
                            + (Long.bitCount(signs & p3) << 3);
                    // at most 256 ones and at most 15 times that of levels
                    int packed = (level << 16) | Long.bitCount(signs);
                    levels[n] = word == 0 ? packed : levels[n] + packed;
                }
            }
            for (int n = 0; n < count; n++) {
                int node = nodes[n];
                long factors = all[node >>> SHIFT][(node & MASK) * stride + words];
                float factor = Float.intBitsToFloat((int) (factors >>> 32));
                float norm = Float.intBitsToFloat((int) factors);
                float signed = origin - 2 * (scale * (levels[n] & 0xffff) + step * (levels[n] >>> 16));
                out[n] = dot
                        ? base - factor * signed - slack * norm
                        : base + norm * norm - 2 * factor * signed - slack * norm;
            }
        }
    }
}
