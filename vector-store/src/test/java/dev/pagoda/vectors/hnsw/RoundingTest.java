package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.HalfRows;
import dev.pagoda.vectors.quant.Rows;
import dev.pagoda.vectors.quant.SplitRows;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RoundingTest {
    private static final int ROWS = 500;

    private final Random random = new Random(20261123);

    @Test
    void noRowIsFartherFromWhatItsUpperHalvesSayThanTheMargin() {
        for (Measure measure : Measure.values()) {
            for (int dimensions : new int[] {1, 16, 100, 384}) {
                for (float origin : new float[] {0, 8}) {
                    Rows rows = new SplitRows(dimensions);
                    rows.reserve(ROWS);
                    float greatest = 0;
                    for (int row = 0; row < ROWS; row++) {
                        float[] values = around(origin, dimensions);
                        rows.put(row, values);
                        greatest = Math.max(greatest, Rounding.length(values));
                    }
                    float[] query = around(origin, dimensions);
                    Rounding rounding = Rounding.of(rows, measure, query, greatest);
                    for (int row = 0; row < ROWS; row++) {
                        float[] near = new float[1];
                        rows.near(measure, query, new int[] {row}, 0, 1, near);
                        float exact = rows.exact(measure, query, row);
                        float margin = rounding.margin(near[0]);
                        assertTrue(
                                Math.abs(exact - near[0]) <= margin + 1e-5f * Math.abs(exact),
                                measure + " " + dimensions + ": " + exact + " is not " + margin + " from " + near[0]);
                    }
                }
            }
        }
    }

    @Test
    void onlyWhatLiesBetweenTheMarginsMayBeNearer() {
        Rounding rounding = new Rounding(Measure.DOT, 2, 5, 0.01f);
        assertEquals(0.1f, rounding.margin(7), 1e-7f);
        assertTrue(rounding.mayBeNearer(1.19f, 1));
        assertFalse(rounding.mayBeNearer(1.21f, 1));
        assertTrue(rounding.mayBeNearer(0.5f, 1));
        assertTrue(rounding.mayBeNearer(Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY));
        assertTrue(rounding.mayBeNearer(Float.NaN, 1));
    }

    @Test
    void whereNothingIsRoundedOnlyWhatIsNotFartherMayBeNearer() {
        Rounding rounding = Rounding.of(new HalfRows(4), Measure.SQUARED_L2, new float[] {1, 2, 3, 4}, 0);
        assertTrue(rounding.isNone());
        assertEquals(0, rounding.margin(100));
        assertFalse(rounding.mayBeNearer(Math.nextUp(1f), 1));
        assertTrue(rounding.mayBeNearer(1, 1));
    }

    @Test
    void lengthsOfVeryShortAndVeryLongVectorsAreRight() {
        for (float scale : new float[] {0, 1e-30f, 1e-20f, 1, 1e18f, 1e30f}) {
            assertEquals(5 * scale, Rounding.length(new float[] {3 * scale, 0, 4 * scale}), 1e-6f * scale);
        }
    }

    private float[] around(float origin, int dimensions) {
        float[] values = new float[dimensions];
        for (int i = 0; i < dimensions; i++) {
            values[i] = origin + (float) random.nextGaussian();
        }
        return values;
    }
}
