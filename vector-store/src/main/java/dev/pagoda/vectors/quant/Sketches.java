package dev.pagoda.vectors.quant;

import dev.pagoda.vectors.kernel.Grid;
import dev.pagoda.vectors.kernel.Kernel;
import dev.pagoda.vectors.kernel.Kernels;
import dev.pagoda.vectors.kernel.Levels;
import java.util.Arrays;

/// A sketch of each row: eight bits a rotated coordinate of its difference to a common centre, and two factors. From
/// it the distance of a query is bounded with high probability. So a scan of many rows reads two or three cache
/// lines of each, and compares the promising ones only.
///
/// The coordinates of a row are rounded to 256 steps over twice the greatest of them. After a random rotation the
/// errors are as good as independent, so that the error of a product with a query is spread like that of one
/// coordinate, a step over the square root of 12, times the length of the query.
///
/// The centre is the mean of the first rows put; until these are there nothing can be bounded.
///
/// **Concurrency.** As [Rows]: writers put different rows at the same time, nobody puts while [#reserve] runs.
public final class Sketches {
    /// From so many dimensions on the memory is worth more as codes of edges, and rows are compared instead.
    public static final int TOO_MANY_DIMENSIONS = 320;

    /// Coordinates are a multiple of so many, so that little is added to 100 dimensions.
    private static final int COORDINATES = 16;

    private static final float MIDDLE = 127.5f;
    private static final double ROOT_OF_12 = Math.sqrt(12);
    private static final Kernel KERNEL = Kernels.best();

    private final Rotation rotation;
    private final boolean dot;
    private final IntTable table;

    /// Of rotated rows.
    private final Centre centre = new Centre(this::write);

    /// @param dot whether distances are the negated dot product, rather than squared L2
    public Sketches(int dimensions, long seed, boolean dot) {
        this.rotation = new Rotation(dimensions, COORDINATES, seed);
        this.dot = dot;
        this.table = new IntTable(Grid.of(Levels.stride(rotation.length())));
    }

    /// Makes room for the rows below `rows`. The only call that no other may accompany.
    public void reserve(int rows) {
        table.reserve(rows);
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
            square += (double) difference * difference;
        }
        float step = greatest > 0 ? greatest / MIDDLE : 1;
        float perStep = 1 / step;
        int[] array = table.array(row);
        int offset = table.grid().offset(row);
        for (int i = 0; i < rotated.length; i += 4) {
            array[offset + i / 4] = Levels.packed(
                    level(rotated, mean, i, perStep),
                    level(rotated, mean, i + 1, perStep),
                    level(rotated, mean, i + 2, perStep),
                    level(rotated, mean, i + 3, perStep));
        }
        float constant = dot ? 0 : (float) square;
        // what overflows is not bounded
        boolean isBounded = Float.isFinite(greatest) && Float.isFinite(constant);
        Levels.setFactors(array, offset, table.grid().stride(), isBounded ? constant : Float.NaN, isBounded ? step : 0);
    }

    private static int level(float[] rotated, float[] mean, int i, float perStep) {
        return Math.clamp(Math.round((rotated[i] - mean[i]) * perStep + MIDDLE), 0, 255);
    }

    /// Whether distances can be bounded.
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
        return new Query(rotated(values), known, deviations);
    }

    public long bytes() {
        return table.bytes();
    }

    /// A prepared query. Safe from any thread.
    public final class Query {
        private final float[] weights;

        /// What the distance is without what depends on the row.
        private final float base;

        private Query(float[] rotated, float[] mean, double deviations) {
            float[] scaled = new float[rotated.length];
            double square = 0;
            double product = 0;
            double total = 0;
            for (int i = 0; i < rotated.length; i++) {
                double value = dot ? rotated[i] : (double) rotated[i] - mean[i];
                square += value * value;
                product += (double) rotated[i] * mean[i];
                scaled[i] = (float) (dot ? value : 2 * value);
                total += scaled[i];
            }
            double slack = deviations / ROOT_OF_12 * (dot ? 1 : 2) * Math.sqrt(square);
            weights = Levels.weights(scaled, (float) (slack - MIDDLE * total));
            base = (float) (dot ? -product : square);
        }

        /// What the distances of rows hardly ever fall below, if many deviations are allowed for; NaN or infinite where
        /// that is unknown.
        ///
        /// @param nodes row numbers, the first `count`
        /// @param out   the bounds
        public void bounds(int[] nodes, int count, float[] out) {
            KERNEL.levels(weights, base, table.arrays(), table.grid(), nodes, count, out);
        }
    }
}
