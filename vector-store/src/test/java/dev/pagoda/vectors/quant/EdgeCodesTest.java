package dev.pagoda.vectors.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EdgeCodesTest {
    private static final long SEED = 20251125;
    private final Random random = new Random(SEED);

    @Test
    void estimatesOfSquaredL2AreUnbiasedAndNarrow() {
        for (int dimensions : new int[] {3, 17, 32, 100, 128, 300}) {
            checkErrors(dimensions, false);
        }
    }

    @Test
    void estimatesOfProductsAreUnbiasedAndNarrow() {
        for (int dimensions : new int[] {3, 17, 32, 100, 128, 300}) {
            checkErrors(dimensions, true);
        }
    }

    @Test
    void estimatesFromPartOfTheCoordinatesStayUsable() {
        for (boolean dot : new boolean[] {false, true}) {
            for (int dimensions : new int[] {320, 384, 1000}) {
                checkErrors(dimensions, dot);
            }
        }
    }

    @Test
    void aNeighbourAtTheNodesOwnPlaceIsEstimatedAsFarAsTheNode() {
        EdgeCodes codes = new EdgeCodes(64, SEED, false);
        float[] centre = rotated(codes, gaussian(64, 1));
        int[] block = new int[codes.blockInts()];
        codes.write(block, 0, 5, centre, centre);
        EdgeCodes.Query query = query(codes, gaussian(64, 1));
        float[] out = new float[EdgeCodes.SLOTS];
        codes.estimate(block, 0, query, 12, 13, out, 0);
        assertEquals(12, out[5], 1e-5);
    }

    @Test
    void aMovedCodeIsEstimatedTheSameInAnyGroupAndSlot() {
        EdgeCodes codes = new EdgeCodes(100, SEED, false);
        int second = codes.blockInts() + 3;
        int[] block = new int[second + codes.blockInts()];
        float[] centre = rotated(codes, gaussian(100, 1));
        for (int slot = 0; slot < EdgeCodes.SLOTS; slot++) {
            codes.write(block, 0, slot, centre, rotated(codes, gaussian(100, 1)));
            codes.write(block, second, slot, centre, rotated(codes, gaussian(100, 1)));
        }
        EdgeCodes.Query query = query(codes, gaussian(100, 1));
        float[] before = both(codes, block, second, query);
        for (int round = 0; round < 500; round++) {
            int from = random.nextInt(64);
            int to = random.nextInt(64);
            codes.move(block, from < 32 ? 0 : second, from % 32, to < 32 ? 0 : second, to % 32);
            before[to] = before[from];
            assertEquals(Arrays.toString(before), Arrays.toString(both(codes, block, second, query)), "seed " + SEED);
        }
    }

    @Test
    void aClearedSlotIsInfinitelyFarAndItsNeighboursStay() {
        EdgeCodes codes = new EdgeCodes(100, SEED, true);
        int second = codes.blockInts();
        int[] block = new int[2 * codes.blockInts()];
        float[] centre = rotated(codes, gaussian(100, 1));
        for (int slot = 0; slot < EdgeCodes.SLOTS; slot++) {
            codes.write(block, 0, slot, centre, rotated(codes, gaussian(100, 1)));
            codes.write(block, second, slot, centre, rotated(codes, gaussian(100, 1)));
        }
        EdgeCodes.Query query = query(codes, gaussian(100, 1));
        float[] expected = both(codes, block, second, query);
        for (int slot : new int[] {0, 15, 16, 31, 32, 47, 48, 63}) {
            codes.clear(block, slot < 32 ? 0 : second, slot % 32);
            expected[slot] = Float.POSITIVE_INFINITY;
            assertEquals(Arrays.toString(expected), Arrays.toString(both(codes, block, second, query)));
        }
    }

    @Test
    void aQueryOfZerosIsPreparedWithoutDividingByZero() {
        EdgeCodes codes = new EdgeCodes(32, SEED, false);
        int[] block = new int[codes.blockInts()];
        float[] centre = rotated(codes, gaussian(32, 1));
        float[] neighbour = rotated(codes, gaussian(32, 1));
        codes.write(block, 0, 0, centre, neighbour);
        float[] out = new float[EdgeCodes.SLOTS];
        codes.estimate(block, 0, query(codes, new float[32]), square(centre), 0, out, 0);
        assertTrue(Float.isFinite(out[0]), "estimate " + out[0]);
    }

    private float[] both(EdgeCodes codes, int[] block, int second, EdgeCodes.Query query) {
        float[] out = new float[64];
        codes.estimate(block, 0, query, 1, 2, out, 0);
        codes.estimate(block, second, query, 1, 2, out, 32);
        return out;
    }

    /// Errors relative to the lengths of the two differences; the spread of one-bit codes is about
    /// 0.76 / sqrt(D) of that (RaBitQ, theorem 3.2), where D is the number of coordinates with a bit.
    private void checkErrors(int dimensions, boolean dot) {
        int nodes = 60;
        double sum = 0;
        double squares = 0;
        int count = 0;
        for (int n = 0; n < nodes; n++) {
            EdgeCodes codes = new EdgeCodes(dimensions, SEED + n, dot);
            int[] block = new int[codes.blockInts()];
            float[] centre = gaussian(dimensions, 0.5f);
            float[][] neighbours = new float[EdgeCodes.SLOTS][];
            float[] rotatedCentre = rotated(codes, centre);
            for (int slot = 0; slot < EdgeCodes.SLOTS; slot++) {
                float[] neighbour = gaussian(dimensions, 0.5f);
                for (int i = 0; i < dimensions; i++) {
                    neighbour[i] += centre[i];
                }
                neighbours[slot] = neighbour;
                codes.write(block, 0, slot, rotatedCentre, rotated(codes, neighbour));
            }
            float[] vector = gaussian(dimensions, 1);
            float[] estimates = new float[EdgeCodes.SLOTS];
            double base = distance(dot, vector, centre);
            codes.estimate(block, 0, query(codes, vector), (float) base, 0, estimates, 0);
            for (int slot = 0; slot < EdgeCodes.SLOTS; slot++) {
                double scale = (dot ? 1 : 2)
                        * Math.sqrt(distance(false, vector, centre) * distance(false, neighbours[slot], centre));
                double error = (estimates[slot] - distance(dot, vector, neighbours[slot])) / scale;
                sum += error;
                squares += error * error;
                count++;
            }
        }
        double mean = sum / count;
        double spread = Math.sqrt(squares / count);
        int coded = (new EdgeCodes(dimensions, SEED, dot).blockInts() - EdgeCodes.SLOTS);
        String at = "seed " + SEED + " dimensions " + dimensions + " mean " + mean + " spread " + spread;
        // neighbours of a node share its errors, so that only the nodes count as independent
        assertTrue(Math.abs(mean) <= 4 * spread / Math.sqrt(nodes), at);
        assertTrue(spread <= 3 * 0.76 / Math.sqrt(Math.min(coded, dimensions)), at);
    }

    private static double distance(boolean dot, float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double d = (double) a[i] - b[i];
            sum += dot ? -(double) a[i] * b[i] : d * d;
        }
        return sum;
    }

    private static float square(float[] values) {
        float sum = 0;
        for (float value : values) {
            sum += value * value;
        }
        return sum;
    }

    private static EdgeCodes.Query query(EdgeCodes codes, float[] vector) {
        EdgeCodes.Query query = codes.new Query();
        System.arraycopy(vector, 0, query.rotated, 0, vector.length);
        codes.rotate(query.rotated);
        codes.prepare(query);
        return query;
    }

    private static float[] rotated(EdgeCodes codes, float[] vector) {
        float[] values = Arrays.copyOf(vector, codes.rotatedLength());
        codes.rotate(values);
        return values;
    }

    private float[] gaussian(int length, float scale) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian() * scale;
        }
        return values;
    }
}
