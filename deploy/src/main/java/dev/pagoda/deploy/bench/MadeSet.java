package dev.pagoda.deploy.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/// Rows and queries of a set that was made here, and the files they go to.
///
/// @param base    owned by the set; row number is id
/// @param queries not among the base
record MadeSet(String name, Metric metric, float[][] base, float[][] queries) {
    private static final int TRUTH = 100;
    private static final int FILTERED_TRUTH = 10;

    /// Takes `count` random rows out of the base to ask for them.
    ///
    /// @param rows its last rows move into the gaps
    static MadeSet holdingOut(String name, Metric metric, List<float[]> rows, int count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[][] queries = new float[count][];
        for (int i = 0; i < count; i++) {
            queries[i] = rows.set(random.nextInt(rows.size()), rows.getLast());
            rows.removeLast();
        }
        return new MadeSet(name, metric, rows.toArray(float[][]::new), queries);
    }

    /// Writes base, queries and the exact answers; existing files are replaced whole.
    void write(Path folder, int threads) throws InterruptedException {
        GroundTruth truth = new GroundTruth(base, queries, metric);
        VectorFile.writeFloats(folder.resolve(name + "_base.fvecs"), base);
        VectorFile.writeFloats(folder.resolve(name + "_query.fvecs"), queries);
        for (ResultTag tag : List.of(ResultTag.HUNDREDTH, ResultTag.TENTH, ResultTag.ALL)) {
            int k = tag.required() ? TRUTH : FILTERED_TRUTH;
            VectorFile.writeInts(folder.resolve(tag.truthFile(name)), truth.nearest(k, tag.modulus(), threads));
        }
    }

    /// @return the row itself, scaled to unit length; false where it has none
    static boolean normalise(float[] row) {
        double sum = 0;
        for (float value : row) {
            sum += (double) value * value;
        }
        if (!(sum > 0) || Double.isInfinite(sum)) {
            return false;
        }
        double factor = 1 / Math.sqrt(sum);
        for (int i = 0; i < row.length; i++) {
            row[i] = (float) (row[i] * factor);
        }
        return true;
    }
}
