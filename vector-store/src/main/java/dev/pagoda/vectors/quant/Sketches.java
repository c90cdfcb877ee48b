package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;
import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernels;
import java.util.Arrays;

/// A sketch of each row: four bits a rotated coordinate of its difference to a common centre, two factors, and in a
/// table of their own four more bits. From it the distance of a query is estimated,
/// and bounded with high probability. So a scan of many rows reads a cache line or a few of each, the second four
/// bits of those that the first leave in doubt, and compares the promising ones only.
///
/// The coordinates of a row are rounded to 256 steps, or 16, over twice the greatest of them. After a random
/// rotation the errors are as good as independent, so that the error of a product with a query is spread like
/// that of one coordinate, a step over the square root of 12, times the length of the query.
///
/// The centre is the mean of the first rows put; until these are there nothing can be estimated.
///
/// **Concurrency.** As [Rows]: writers put different rows at the same time, nobody puts while [#reserve] runs.
public final class Sketches {
    /// From so many dimensions on the memory is worth more as codes of edges, and rows are compared instead.
    public static final int TOO_MANY_DIMENSIONS = 320;

    /// The greatest magnitude of a query's value, so that the kernel's sums fit.
    private static final int QUERY_TOP = 511;

    private static final int FACTORS = 2;
    private static final double ROOT_OF_12 = Math.sqrt(12);
    private static final Kernel KERNEL = Kernels.best();

    private final Rotation rotation;
    private final int ints;
    private final boolean dot;

    /// Upper four bits, and the step and the squared length of each row's difference, as bits of floats.
    private final IntTable upper;

    private final IntTable lower;

    /// Of rotated rows.
    private final Centre centre = new Centre(this::write);

    /// @param dot whether distances are the negated dot product, rather than squared L2
    public Sketches(int dimensions, long seed, boolean dot) {
        this.rotation = new Rotation(dimensions, seed);
        this.ints = planeInts(rotation.length());
        this.dot = dot;
        this.upper = new IntTable(Grid.of(ints + FACTORS));
        this.lower = new IntTable(Grid.of(ints));
    }

    private static int planeInts(int coordinates) {
        return coordinates / 8;
    }

    /// Makes room for the rows below `rows`. The only call that no other may accompany.
    public void reserve(int rows) {
        upper.reserve(rows);
        lower.reserve(rows);
    }

    /// Sets the sketch of a row.
    public void put(int row, float[] values) {
        centre.put(row, rotated(values));
    }

    private float[] rotated(float[] values) {
        float[] rotated = Arrays.copyOf(values, rotation.length());
        rotation.apply(rotated);
        return rotated;
    }

    private void write(int row, float[] rotated, float[] mean) {
        float greatest = 0;
        double square = 0;
        for (int i = 0; i < rotated.length; i++) {
            float difference = rotated[i] - mean[i];
            greatest = Math.max(greatest, Math.abs(difference));
            square += difference * difference;
        }
        float step = greatest > 0 ? greatest / 127.5f : 1;
        float perStep = 1 / step;
        int at = upper.grid().offset(row);
        int[] high = upper.array(row);
        int lowAt = lower.grid().offset(row);
        int[] low = lower.array(row);
        for (int i = 0; i < ints; i++) {
            int highs = 0;
            int lows = 0;
            for (int place = 0; place < 8; place++) {
                // the order of nibbles: shorts of an int, and in a short one of each quarter of the coordinates
                int from = 2 * i + (place >>> 2) + 2 * ints * (place & 3);
                int level = Math.clamp(Math.round((rotated[from] - mean[from]) * perStep + 127.5f), 0, 255);
                highs |= (level >>> 4) << (4 * place);
                lows |= (level & 15) << (4 * place);
            }
            high[at + i] = highs;
            low[lowAt + i] = lows;
        }
        high[at + ints] = Float.floatToRawIntBits(step);
        high[at + ints + 1] = Float.floatToRawIntBits((float) square);
    }

    /// Whether distances can be estimated.
    public boolean isReady() {
        return centre.mean() != null;
    }

    /// Prepares a query.
    ///
    /// @param deviations how many standard deviations a bound shall be away from the estimate
    /// @throws IllegalStateException if not [#isReady]
    public Query query(float[] values, double deviations) {
        float[] known = centre.mean();
        if (known == null) {
            throw new IllegalStateException("fewer than " + Centre.FIRST + " rows were put");
        }
        return new Query(rotated(values), known, (float) deviations);
    }

    public long bytes() {
        return upper.bytes() + lower.bytes();
    }

    /// A query in whole numbers. Used by one thread.
    public final class Query {
        private final short[] levels;

        /// What a level of the query stands for.
        private final float unit;

        /// The sum of the levels.
        private final float total;

        /// What the distance is without what depends on the row.
        private final float base;

        /// By how much a bound lies below an estimate, for each step of a row's 16 and 256, and for each unit of
        /// its length.
        private final float coarseSlack;

        private final float fineSlack;
        private final float lengthSlack;

        /// What the kernel wants to be kept.
        @SuppressWarnings("unused")
        private int read;

        private Query(float[] rotated, float[] mean, float deviations) {
            levels = new short[rotated.length];
            double square = 0;
            double product = 0;
            float greatest = 0;
            for (int i = 0; i < rotated.length; i++) {
                float value = dot ? rotated[i] : rotated[i] - mean[i];
                square += value * value;
                product += rotated[i] * mean[i];
                greatest = Math.max(greatest, Math.abs(value));
            }
            unit = greatest > 0 ? greatest / QUERY_TOP : 1;
            int sum = 0;
            for (int i = 0; i < rotated.length; i++) {
                float value = dot ? rotated[i] : rotated[i] - mean[i];
                int level = Math.clamp(Math.round(value / unit), -QUERY_TOP, QUERY_TOP);
                levels[i] = (short) level;
                sum += level;
            }
            total = sum;
            base = dot ? (float) -product : (float) square;
            float error = (float) ((dot ? 1 : 2) * deviations / ROOT_OF_12);
            fineSlack = error * (float) Math.sqrt(square);
            coarseSlack = 16 * fineSlack;
            lengthSlack = error * unit;
        }

        /// What the distances of rows hardly ever fall below, if many deviations are allowed for.
        ///
        /// @param nodes row numbers, the first `count`
        /// @param out   the bounds
        /// @param sums  as long as `out`; [#refine] wants them
        public void bounds(int[] nodes, int count, float[] out, int[] sums) {
            read += KERNEL.nibbles(levels, ints, upper.arrays(), upper.grid(), nodes, count, sums);
            for (int n = 0; n < count; n++) {
                // the middle of a step of 16 is 7.5 above its start, the middle of all steps at 127.5
                out[n] = bound(nodes[n], 16f * sums[n] - 120f * total, coarseSlack);
            }
        }

        /// Sharper bounds of rows whose bounds are known.
        ///
        /// @param out     the bounds
        /// @param sums    as [#bounds] left them for these rows
        /// @param scratch as long as `out`
        public void refine(int[] nodes, int count, float[] out, int[] sums, int[] scratch) {
            read += KERNEL.nibbles(levels, ints, lower.arrays(), lower.grid(), nodes, count, scratch);
            for (int n = 0; n < count; n++) {
                out[n] = bound(nodes[n], 16f * sums[n] + scratch[n] - 127.5f * total, fineSlack);
            }
        }

        private float bound(int node, float product, float slack) {
            int[] known = upper.array(node);
            int at = upper.grid().offset(node) + ints;
            float step = Float.intBitsToFloat(known[at]);
            float square = Float.intBitsToFloat(known[at + 1]);
            float scaled = step * unit * product;
            float below = slack * step + lengthSlack * (float) Math.sqrt(square);
            float bound = dot ? base - scaled - below : base + square - 2 * scaled - below;
            // what overflows is not bounded
            return Float.isFinite(bound) ? bound : Float.NEGATIVE_INFINITY;
        }
    }
}
