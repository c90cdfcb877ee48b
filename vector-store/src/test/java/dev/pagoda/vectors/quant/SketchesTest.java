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
        sketches.query(query, 2).bounds(nodes, ROWS, bounds);
        Quality quality = Quality.of(bounds, distances);
        assertTrue(quality.above <= ROWS * 0.06, quality + ": bounds above the distance");
        assertTrue(quality.below < 0.04 * quality.spread, quality + ": bounds far below");
    }

    @ParameterizedTest
    @CsvSource({"100,false", "100,true", "128,false"})
    void moreDeviationsPutBoundsFartherBelow(int dimensions, boolean dot) {
        Sketches sketches = new Sketches(dimensions, 1, dot);
        sketches.reserve(ROWS);
        int[] nodes = new int[ROWS];
        for (int row = 0; row < ROWS; row++) {
            nodes[row] = row;
            sketches.put(row, vector(dimensions));
        }
        float[] query = vector(dimensions);
        float[] near = new float[ROWS];
        float[] far = new float[ROWS];
        sketches.query(query, 1).bounds(nodes, ROWS, near);
        sketches.query(query, 3).bounds(nodes, ROWS, far);
        for (int row = 0; row < ROWS; row++) {
            assertTrue(far[row] < near[row], "row " + row);
        }
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
        for (float[] query : new float[][] {same, new float[32]}) {
            Sketches.Query prepared = sketches.query(query, 2);
            prepared.bounds(new int[] {299}, 1, bounds);
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
        Sketches.Query prepared = sketches.query(new float[] {3e38f, 1, 1, 1, 1, 1, 1, 1}, 2);
        prepared.bounds(new int[] {0, 3}, 2, bounds);
        assertFalse(Float.isFinite(bounds[0]), "bound " + bounds[0]);
        assertFalse(Float.isFinite(bounds[1]), "bound " + bounds[1]);
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void nothingIsEstimatedBeforeTheCentreIsKnown(boolean dot) {
        Sketches sketches = new Sketches(100, 1, dot);
        sketches.reserve(300);
        for (int row = 0; row < 255; row++) {
            assertFalse(sketches.isReady());
            sketches.put(row, vector(100));
        }
        assertThrows(IllegalStateException.class, () -> sketches.query(vector(100), 2));
        sketches.put(255, vector(100));
        assertTrue(sketches.isReady());
        // 112 coordinates of eight bits and two factors, with room for at most an eighth more
        long least = 300 * (112 + 2 * Float.BYTES);
        assertTrue(sketches.bytes() >= least && sketches.bytes() < least * 1.2, "bytes " + sketches.bytes());
    }
}
