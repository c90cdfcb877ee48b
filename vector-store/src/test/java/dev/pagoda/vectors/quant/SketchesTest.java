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

    @ParameterizedTest
    @CsvSource({"24,false", "100,false", "100,true", "128,false", "384,false", "384,true"})
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
        float[] bounds = new float[ROWS];
        sketches.query(query, 2).bounds(nodes, ROWS, bounds, new int[ROWS]);
        int above = 0;
        double below = 0;
        double mean = 0;
        double square = 0;
        for (int row = 0; row < ROWS; row++) {
            double distance = distance(query, rows[row], dot);
            above += bounds[row] > distance ? 1 : 0;
            below += (distance - bounds[row]) / ROWS;
            mean += distance / ROWS;
            square += distance * distance / ROWS;
        }
        double spread = Math.sqrt(square - mean * mean);
        assertTrue(above <= ROWS * 0.06, above + " bounds are above the distance");
        assertTrue(below < 5 * spread, "bounds are " + below + " below, distances spread " + spread);
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
        assertEquals(300 * 2 * Long.BYTES, sketches.bytes());
    }
}
