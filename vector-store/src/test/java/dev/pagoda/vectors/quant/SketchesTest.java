package dev.pagoda.vectors.quant;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SketchesTest {
    private static final int ROWS = 1_000;
    private final Random random = new Random(11);

    private float[] vector(int dimensions) {
        return vector(dimensions, 3);
    }

    private float[] vector(int dimensions, float mean) {
        float[] vector = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            vector[i] = (float) random.nextGaussian() + mean;
        }
        return vector;
    }

    private static double distance(float[] a, float[] b, boolean dot) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += dot ? -(double) a[i] * b[i] : ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return sum;
    }

    private static float[] bounds(Sketches.Query query, int rows) {
        float[] bounds = new float[rows];
        float[] block = new float[Sketches.BLOCK];
        for (int row = 0; row < rows; row += Sketches.BLOCK) {
            query.bounds(row / Sketches.BLOCK, 0, block);
            System.arraycopy(block, 0, bounds, row, Math.min(Sketches.BLOCK, rows - row));
        }
        return bounds;
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
    @CsvSource({
        "8,false",
        "24,false",
        "100,false",
        "100,true",
        "128,false",
        "319,true",
        "384,false",
        "384,true",
        "1536,false"
    })
    void boundsAreSeldomAboveTheDistanceAndNotFarBelow(int dimensions, boolean dot) {
        Sketches sketches = new Sketches(dimensions, 1, dot);
        float[][] rows = new float[ROWS][];
        for (int row = 0; row < ROWS; row++) {
            rows[row] = vector(dimensions);
            sketches.reserve(row + 1);
            sketches.put(row, rows[row]);
        }
        float[] query = vector(dimensions);
        double[] distances = new double[ROWS];
        for (int row = 0; row < ROWS; row++) {
            distances[row] = distance(query, rows[row], dot);
        }
        Quality quality = Quality.of(bounds(sketches.query(query, 2), ROWS), distances);
        assertTrue(quality.above <= ROWS * 0.06, quality + ": bounds above the distance");
        assertTrue(quality.below < 0.4 * quality.spread, quality + ": bounds far below");
    }

    /// The centres of later rows lie elsewhere than that of the first ones.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rowsThatComeInSomeOrderAreBoundedAsClosely(boolean dot) {
        int dimensions = 64;
        int count = 2 * Sketches.STRETCH + ROWS;
        Sketches sketches = new Sketches(dimensions, 1, dot);
        sketches.reserve(count);
        float[] query = vector(dimensions, 1);
        double[] distances = new double[count];
        for (int row = 0; row < count; row++) {
            float[] values = vector(dimensions, (row / Sketches.STRETCH) * 10 - 10);
            sketches.put(row, values);
            distances[row] = distance(query, values, dot);
        }
        float[] bounds = bounds(sketches.query(query, 2), count);
        double below = 0;
        int above = 0;
        for (int row = 0; row < count; row++) {
            below += (distances[row] - bounds[row]) / count;
            above += bounds[row] > distances[row] ? 1 : 0;
        }
        assertTrue(above <= count * 0.06, "above " + above);
        // from one centre, 80 away from two thirds of the rows, it would be ten times as much
        assertTrue(below > 0 && below < (dot ? 4 : 60), "below " + below);
    }

    @ParameterizedTest
    @CsvSource({"100,false", "100,true", "128,false"})
    void moreDeviationsPutBoundsFartherBelow(int dimensions, boolean dot) {
        Sketches sketches = new Sketches(dimensions, 1, dot);
        sketches.reserve(ROWS);
        for (int row = 0; row < ROWS; row++) {
            sketches.put(row, vector(dimensions));
        }
        float[] query = vector(dimensions);
        float[] near = bounds(sketches.query(query, 1), ROWS);
        float[] far = bounds(sketches.query(query, 3), ROWS);
        for (int row = 0; row < ROWS; row++) {
            assertTrue(far[row] < near[row], "row " + row);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bitsTellWhichBoundsAreBelow(boolean dot) {
        Sketches sketches = new Sketches(40, 1, dot);
        sketches.reserve(320);
        for (int row = 0; row < 320; row++) {
            sketches.put(row, vector(40));
        }
        Sketches.Query query = sketches.query(vector(40), 2);
        float[] out = new float[Sketches.BLOCK];
        query.bounds(3, 0, out);
        float below = out[7];
        int bits = query.bounds(3, below, out);
        for (int slot = 0; slot < Sketches.BLOCK; slot++) {
            assertEquals(out[slot] < below, (bits >>> slot & 1) != 0, "slot " + slot);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void rowsLikeTheCentreAndQueriesOfZerosAreBounded(boolean dot) {
        Sketches sketches = new Sketches(32, 1, dot);
        sketches.reserve(ROWS);
        float[] same = vector(32);
        for (int row = 0; row < 300; row++) {
            sketches.put(row, same);
        }
        for (float[] query : new float[][] {same, new float[32]}) {
            double distance = distance(query, same, dot);
            assertEquals(distance, bounds(sketches.query(query, 2), 300)[299], 0.01 * Math.abs(distance) + 0.02);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatOverflowsIsNotLeftOut(boolean dot) {
        Sketches sketches = new Sketches(8, 1, dot);
        sketches.reserve(ROWS);
        for (int row = 0; row < 300; row++) {
            float[] huge = new float[8];
            huge[row % 8] = row % 2 == 0 ? 3e38f : -3e38f;
            sketches.put(row, huge);
        }
        for (float[] query : new float[][] {{3e38f, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1}}) {
            float[] bounds = new float[Sketches.BLOCK];
            assertEquals(-1, sketches.query(query, 2).bounds(0, -Float.MAX_VALUE, bounds));
            assertEquals(Float.NEGATIVE_INFINITY, bounds[3]);
        }
        Sketches usual = new Sketches(8, 1, dot);
        usual.reserve(ROWS);
        for (int row = 0; row < 300; row++) {
            usual.put(row, vector(8));
        }
        float[] bounds = new float[Sketches.BLOCK];
        float[] huge = {3e38f, -3e38f, 1, 1, 1, 1, 1, 1};
        assertEquals(-1, usual.query(huge, 2).bounds(0, -Float.MAX_VALUE, bounds));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void nothingIsLeftOutBeforeTheCentreIsKnown(boolean dot) {
        Sketches sketches = new Sketches(100, 1, dot);
        sketches.reserve(300);
        float[] query = vector(100);
        float[] bounds = new float[Sketches.BLOCK];
        for (int row = 0; row < 255; row++) {
            sketches.put(row, vector(100));
        }
        assertEquals(-1, sketches.query(query, 2).bounds(0, -Float.MAX_VALUE, bounds));
        Sketches.Query before = sketches.query(query, 2);
        sketches.put(255, vector(100));
        assertEquals(0, sketches.query(query, 2).bounds(0, -Float.MAX_VALUE, bounds));
        assertEquals(-1, before.bounds(0, -Float.MAX_VALUE, bounds), "prepared before");
        // rows that are not there yet
        assertEquals(-1, sketches.query(query, 2).bounds(8, -Float.MAX_VALUE, bounds));
    }

    @Test
    void memoryIsThatOfFourBitsACoordinateAndTwoFactors() {
        Sketches sketches = new Sketches(100, 1, true);
        sketches.reserve(10_000);
        // of 112 coordinates and two factors of two bytes, with room for at most an eighth more
        int bytes = 112 / 2 + 2 * Short.BYTES;
        long least = 10_000L * bytes;
        assertTrue(sketches.bytes() >= least && sketches.bytes() < least * 1.2, "bytes " + sketches.bytes());
        assertEquals(bytes, Sketches.ints(100) * Integer.BYTES);
    }

    @Test
    void aRowThatIsPutAgainIsBoundedAnew() {
        Sketches sketches = new Sketches(48, 1, false);
        sketches.reserve(300);
        for (int row = 0; row < 300; row++) {
            sketches.put(row, vector(48));
        }
        Sketches.Query query = sketches.query(vector(48), 2);
        float[] before = bounds(query, 300);
        float[] other = vector(48, 9);
        sketches.put(37, other);
        float[] after = bounds(query, 300);
        assertTrue(after[37] > before[37] + 100, "bound " + after[37]);
        after[37] = before[37];
        assertArrayEquals(before, after);
    }
}
