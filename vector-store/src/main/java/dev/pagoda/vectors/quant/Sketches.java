package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;
import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernels;
import dev.pagoda.vectors.kernel.Slots;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A sketch of each row: four bits a rotated coordinate of its difference to a centre, and two factors. From it the
/// distance of a query is bounded with high probability, 32 rows at a time. So a scan of many rows reads an eighth
/// of each in order, and compares the promising ones only.
///
/// After a random rotation the coordinates of a row are spread about normally, for which 16 levels are known that
/// lose least [1]. Let `r` be the rotated difference, `s` its levels, `q` and `c` the rotated query and centre. Then
/// `<q - c, r>` is estimated by `f <q - c, s>`, where `f = |r|^2 / <r, s>`, and what is lost of the coordinates is as
/// good as independent.
///
/// Each [#STRETCH] rows have a centre of their own, so that rows lie near it that come in some order. It is the mean of
/// the first of them; as long as it is not known, neither is a bound.
///
/// [1] Max 1960, Quantizing for minimum distortion, https://doi.org/10.1109/TIT.1960.1057548, table I
///
/// **Concurrency.** As [Rows]: writers put different rows at the same time, nobody puts while [#reserve] runs.
public final class Sketches {
    /// Rows that are bounded together: those of the same number over it.
    public static final int BLOCK = Slots.COUNT;

    /// Rows with one centre.
    static final int STRETCH = 1 << 12;

    /// Coordinates are a multiple of so many, so that little is added to 100 dimensions.
    private static final int COORDINATES = 16;

    /// Coordinates of a line.
    private static final int LINE = 4;

    private static final float[] LEVELS = levels(0.1284f, 0.3881f, 0.6568f, 0.9424f, 1.256f, 1.618f, 2.069f, 2.733f);
    private static final float[] THRESHOLDS = thresholds();
    private static final float GREATEST_LEVEL = LEVELS[LEVELS.length - 1];

    private static final double CUT_OFF = 3;

    /// The mean square of what the levels lose of a coordinate whose variance is 1.
    private static final double DISTORTION = 0.0095;

    /// How many times as much a row may lose whose bound is relied on.
    private static final double GREATEST_DISTORTION = 2;

    /// Four entries of the table must not overflow a byte, each rounded.
    private static final int TABLE_TOP = 255 - 2;

    /// Beyond, products may overflow.
    private static final double GREATEST_SQUARE = 1e30;

    private static final int UNKNOWN = Slots.factors(Float.NEGATIVE_INFINITY, 0);
    private static final Kernel KERNEL = Kernels.best();

    private final Rotation rotation;
    private final boolean dot;
    private final int lines;
    private final IntTable blocks;
    private volatile Centre[] centres = {};

    /// Subtracted from rotated queries where distances are squared L2: the first centre that was known.
    private volatile float @Nullable [] origin;

    /// @param dot whether distances are the negated dot product, rather than squared L2
    public Sketches(int dimensions, long seed, boolean dot) {
        this.rotation = new Rotation(dimensions, COORDINATES, seed);
        this.dot = dot;
        this.lines = rotation.length() / LINE;
        this.blocks = new IntTable(Grid.of(Slots.blockInts(lines)));
    }

    private static float[] levels(float... positive) {
        float[] levels = new float[2 * positive.length];
        for (int i = 0; i < positive.length; i++) {
            levels[positive.length + i] = positive[i];
            levels[positive.length - 1 - i] = -positive[i];
        }
        return levels;
    }

    private static float[] thresholds() {
        float[] thresholds = new float[LEVELS.length - 1];
        for (int i = 0; i < thresholds.length; i++) {
            thresholds[i] = (LEVELS[i] + LEVELS[i + 1]) / 2;
        }
        return thresholds;
    }

    /// Ints of the sketch of a row.
    static int ints(int dimensions) {
        int coordinates = (dimensions + COORDINATES - 1) / COORDINATES * COORDINATES;
        return Slots.blockInts(coordinates / LINE) / BLOCK;
    }

    /// Makes room for the rows below `rows`. The only call that no other may accompany.
    public void reserve(int rows) {
        int before = blocks.capacity();
        blocks.reserve((rows + BLOCK - 1) / BLOCK);
        for (int block = before; block < blocks.capacity(); block++) {
            int offset = blocks.grid().offset(block);
            Arrays.fill(blocks.array(block), offset, offset + BLOCK, UNKNOWN);
        }
        Centre[] known = centres;
        Centre[] grown = Arrays.copyOf(known, (int) (((long) blocks.capacity() * BLOCK + STRETCH - 1) / STRETCH));
        for (int i = known.length; i < grown.length; i++) {
            grown[i] = new Centre(this::write);
        }
        centres = grown;
    }

    /// Sets the sketch of a row.
    public void put(int row, float[] values) {
        centres[row / STRETCH].put(row, rotated(values));
    }

    private float[] rotated(float[] values) {
        float[] rotated = Arrays.copyOf(values, rotation.length());
        rotation.apply(rotated);
        return rotated;
    }

    private void write(int row, float[] rotated, float[] mean) {
        float[] from = dot ? mean : origin(mean);
        float[] difference = new float[rotated.length];
        double square = 0;
        float greatest = 0;
        for (int i = 0; i < rotated.length; i++) {
            difference[i] = rotated[i] - mean[i];
            square += (double) difference[i] * difference[i];
            greatest = Math.max(greatest, Math.abs(difference[i]));
        }
        // the variance is 1, or less where a coordinate would be cut off
        double scale = Math.min(Math.sqrt(rotated.length / square), CUT_OFF / greatest);
        int[] fours = new int[lines];
        double product = 0;
        double moved = 0;
        double length = 0;
        for (int i = 0; i < rotated.length; i++) {
            int level = level((float) (difference[i] * scale));
            fours[i / LINE] |= level << (i % LINE * LINE);
            float value = LEVELS[level];
            product += (double) difference[i] * value;
            moved += (double) value * (mean[i] - from[i]);
            length += (double) value * value;
        }
        double factor = square > 0 ? square / product : 0;
        double constant = dot ? 0 : square + 2 * factor * moved;
        double lost = square > 0 ? length - square / (factor * factor) : 0;
        boolean isKnown = square <= GREATEST_SQUARE
                && Math.abs(constant) <= GREATEST_SQUARE
                && lost <= GREATEST_DISTORTION * DISTORTION * rotated.length;
        // rounded, it is hardly above
        float below = (float) (constant - Math.abs(constant) * 0x1p-9);
        int factors = isKnown ? Slots.factors(below, (float) (dot ? -factor : -2 * factor)) : UNKNOWN;
        set(row, fours, factors);
    }

    /// Writers take turns, as two rows share an int.
    private synchronized void set(int row, int[] fours, int factors) {
        int[] block = blocks.array(row / BLOCK);
        int offset = blocks.grid().offset(row / BLOCK);
        for (int line = 0; line < lines; line++) {
            Slots.put(block, offset, line, row % BLOCK, fours[line]);
        }
        block[offset + row % BLOCK] = factors;
    }

    private synchronized float[] origin(float[] mean) {
        float[] first = origin;
        if (first == null) {
            first = mean;
            origin = first;
        }
        return first;
    }

    private static int level(float value) {
        int at = Arrays.binarySearch(THRESHOLDS, value);
        return at < 0 ? -at - 1 : at;
    }

    /// Prepares a query.
    ///
    /// @param deviations how many standard deviations a bound shall be away from the estimate
    public Query query(float[] values, double deviations) {
        return new Query(rotated(values), deviations);
    }

    public long bytes() {
        return blocks.bytes();
    }

    /// A prepared query. Safe from any thread.
    public final class Query {
        private final byte[] table;
        private final float step;

        /// By stretch, what a distance is without what depends on the row.
        private final float[] bases;

        /// By stretch, what sums of the table begin with.
        private final float[] beginnings;

        private Query(float[] rotated, double deviations) {
            float[][] means = means();
            // after the means: it is there when the first of them is
            float[] from = origin;
            float[] taken = rotated.clone();
            for (int i = 0; !dot && from != null && i < taken.length; i++) {
                taken[i] -= from[i];
            }
            float sum = 0;
            float greatest = 0;
            for (int i = 0; i < taken.length; i += 2 * LINE) {
                for (int j = i; j < i + 2; j++) {
                    // whose entries are added up in a byte
                    float four = Math.abs(taken[j])
                            + Math.abs(taken[j + 2])
                            + Math.abs(taken[j + LINE])
                            + Math.abs(taken[j + LINE + 2]);
                    greatest = Math.max(greatest, four);
                    sum += four;
                }
            }
            boolean fits = (double) sum * sum <= GREATEST_SQUARE;
            step = greatest > 0 && fits ? 2 * GREATEST_LEVEL * greatest / TABLE_TOP : 1;
            table = table(taken, step);
            double rounding = (double) step * step / 12 * taken.length;
            bases = new float[means.length];
            beginnings = new float[means.length];
            for (int i = 0; i < means.length; i++) {
                float[] mean = means[i];
                float square = mean == null || !fits ? Float.NaN : square(rotated, mean);
                boolean isKnown = square <= GREATEST_SQUARE;
                float slack = (float) (deviations * Math.sqrt(square * DISTORTION + rounding));
                beginnings[i] = isKnown ? slack - sum * GREATEST_LEVEL : 0;
                bases[i] = isKnown ? base(rotated, mean, square) : Float.NEGATIVE_INFINITY;
            }
        }

        /// Bounds the distances of a block of rows.
        ///
        /// @param block the number of the first over [#BLOCK]
        /// @param out 32 bounds, which distances are hardly ever below; negative infinity where none is known
        /// @return a bit for each row whose bound is below `below`
        public int bounds(int block, float below, float[] out) {
            int stretch = block / (STRETCH / BLOCK);
            int offset = blocks.grid().offset(block);
            return KERNEL.estimate(
                    blocks.array(block),
                    offset,
                    lines,
                    table,
                    step,
                    beginnings[stretch],
                    bases[stretch],
                    below,
                    out,
                    0);
        }
    }

    private float[][] means() {
        Centre[] all = centres;
        float[][] means = new float[all.length][];
        for (int i = 0; i < all.length; i++) {
            means[i] = all[i].mean();
        }
        return means;
    }

    private static byte[] table(float[] taken, float step) {
        byte[] table = new byte[taken.length * LEVELS.length];
        for (int i = 0; i < taken.length; i++) {
            float steps = taken[i] / step;
            float least = Math.abs(steps) * GREATEST_LEVEL;
            for (int level = 0; level < LEVELS.length; level++) {
                table[i * LEVELS.length + level] = (byte) Math.round(steps * LEVELS[level] + least);
            }
        }
        return table;
    }

    /// Of what is multiplied with the difference of a row.
    private float square(float[] rotated, float[] mean) {
        return dot
                ? KERNEL.dot(rotated, 0, rotated, 0, rotated.length)
                : KERNEL.squaredL2(rotated, 0, mean, 0, rotated.length);
    }

    private float base(float[] rotated, float[] mean, float square) {
        return dot ? -KERNEL.dot(rotated, 0, mean, 0, rotated.length) : square;
    }
}
