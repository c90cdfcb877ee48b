package dev.pagoda.vectors.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SketchesTest {
    private static final int ROWS = 1_000;
    private final Random random = new Random(11);

    private float[] vector(int dimensions) {
        float[] vector = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) random.nextGaussian() + 3;
        }
        return vector;
    }

    private static double distance(float[] a, float[] b, boolean dot) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += dot ? -(double) a[i] * b[i] : (double) (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    /// How bounds of rows lie to their distances.
    private record Quality(int above, double below, double spread) {
        static Quality of(float[] bounds, double[] distances) {
            int above = 0;
            double below = 0;
            double mean = 0;
            double square = 0;
            for (int row = 0; row < distances.length; row++) {
                above += bounds[row] > distances[row] ? 1 : 0;
                below += (distances[row] - bounds[row]) / distances.length;
                mean += distances[row] / distances.length;
                square += distances[row] * distances[row] / distances.length;
            }
            return new Quality(above, below, Math.sqrt(square - mean * mean));
        }
    }

    @ParameterizedTest
    @CsvSource({"8,false", "24,false", "100,false", "100,true", "128,false", "319,true", "384,false", "384,true"})
    void boundsAreSeldomAboveTheDistanceAndNotFarBelow(int dimensions, boolean dot) {
        Sketches sketches = new Sketches(dimensions, 1, dot);
        float[][] rows = new float[ROWS][];
        int[] nodes = new int[ROWS];
        for (int row = 0; row < ROWS; row++) {
            rows[row] = vector(dimensions);
            nodes[row] = row;
            sketches.reserve(row + 1);
            sketches.put(row, rows[row]);
        }
        float[] query = vector(dimensions);
        double[] distances = new double[ROWS];
        for (int row = 0; row < ROWS; row++) {
            distances[row] = distance(query, rows[row], dot);
        }
        float[] bounds = new float[ROWS];
        int[] sums = new int[ROWS];
        Sketches.Query prepared = sketches.query(query, 2);
        prepared.bounds(nodes, ROWS, bounds, sums);
        Quality coarse = Quality.of(bounds, distances);
        assertTrue(coarse.above <= ROWS * 0.06, coarse + ": bounds above the distance");
        assertTrue(coarse.below < 0.5 * coarse.spread, coarse + ": bounds far below");
        prepared.refine(nodes, ROWS, bounds, sums, new int[ROWS]);
        Quality fine = Quality.of(bounds, distances);
        assertTrue(fine.above <= ROWS * 0.06, fine + ": bounds above the distance");
        assertTrue(fine.below < 0.08 * coarse.below, fine + ": bounds hardly better than " + coarse);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void rowsLikeTheCentreAndQueriesOfZerosAreBounded(boolean dot) {
        Sketches sketches = new Sketches(32, 1, dot);
        sketches.reserve(ROWS);
        float[] same = vector(32);
        for (int row = 0; row < 300; row++) {
            sketches.put(row, same);
        }
        float[] bounds = new float[1];
        int[] sums = new int[1];
        for (float[] query : new float[][] {same, new float[32]}) {
            Sketches.Query prepared = sketches.query(query, 2);
            prepared.bounds(new int[] {299}, 1, bounds, sums);
            assertEquals(distance(query, same, dot), bounds[0], 0.02);
            prepared.refine(new int[] {299}, 1, bounds, sums, new int[1]);
            assertEquals(distance(query, same, dot), bounds[0], 0.02);
        }
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void whatOverflowsIsNotLeftOut(boolean dot) {
        Sketches sketches = new Sketches(8, 1, dot);
        sketches.reserve(ROWS);
        for (int row = 0; row < 300; row++) {
            float[] huge = new float[8];
            huge[row % 8] = row % 2 == 0 ? 3e38f : -3e38f;
            sketches.put(row, huge);
        }
        float[] bounds = new float[2];
        int[] sums = new int[2];
        Sketches.Query prepared = sketches.query(new float[] {3e38f, 1, 1, 1, 1, 1, 1, 1}, 2);
        prepared.bounds(new int[] {0, 3}, 2, bounds, sums);
        assertEquals(Float.NEGATIVE_INFINITY, bounds[0]);
        assertEquals(Float.NEGATIVE_INFINITY, bounds[1]);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void nothingIsEstimatedBeforeTheCentreIsKnown(boolean dot) {
        Sketches sketches = new Sketches(8, 1, dot);
        sketches.reserve(300);
        for (int row = 0; row < 255; row++) {
            assertFalse(sketches.isReady());
            sketches.put(row, vector(8));
        }
        assertThrows(IllegalStateException.class, () -> sketches.query(vector(8), 2));
        sketches.put(255, vector(8));
        assertTrue(sketches.isReady());
        // 32 coordinates of four bits twice and two factors, with room for at most an eighth more
        long least = 300 * (2 * 4 + 2) * Integer.BYTES;
        assertTrue(sketches.bytes() >= least && sketches.bytes() < least * 1.2, "bytes " + sketches.bytes());
    }
}
