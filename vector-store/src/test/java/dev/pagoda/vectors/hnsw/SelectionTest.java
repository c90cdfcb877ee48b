package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.HalfRows;
import dev.pagoda.vectors.quant.Rows;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SelectionTest {
    private static final long SEED = 20251204;

    @Test
    void choosesWhatIsNearerToTheBaseThanToAllChosen() {
        Random random = new Random(SEED);
        for (Measure measure : Measure.values()) {
            float[][] vectors = new float[200][3];
            Rows rows = new HalfRows(3);
            rows.reserve(vectors.length);
            for (int node = 0; node < vectors.length; node++) {
                for (int i = 0; i < 3; i++) {
                    // whole numbers, so that every sum is exact
                    vectors[node][i] = random.nextInt(200) - 100;
                }
                rows.put(node, vectors[node]);
            }
            Selection selection = new Selection(rows, measure);
            for (int round = 0; round < 20; round++) {
                selection.begin(vectors.length);
                List<Integer> chosen = new ArrayList<>();
                for (int node = 0; node < vectors.length; node++) {
                    if (node % 29 == round) {
                        selection.add(node);
                        chosen.add(node);
                        continue;
                    }
                    float toBase = distance(measure, vectors[node], vectors[(node * 7 + round) % vectors.length]);
                    boolean wanted = true;
                    for (int other : chosen) {
                        wanted &= distance(measure, vectors[node], vectors[other]) >= toBase;
                    }
                    assertEquals(wanted, selection.offer(node, toBase), "seed " + SEED + " " + measure + " " + node);
                    if (wanted) {
                        chosen.add(node);
                    }
                    assertEquals(chosen.size(), selection.count());
                }
            }
        }
    }

    private static float distance(Measure measure, float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += switch (measure) {
                case SQUARED_L2 -> (a[i] - b[i]) * (a[i] - b[i]);
                case DOT -> -a[i] * b[i];
                case MANHATTAN -> Math.abs(a[i] - b[i]);
            };
        }
        return sum;
    }

    @Test
    void aTieIsChosen() {
        Rows rows = new HalfRows(1);
        rows.reserve(3);
        rows.put(0, new float[] {1});
        rows.put(1, new float[] {2});
        rows.put(2, new float[] {2});
        Selection selection = new Selection(rows, Measure.SQUARED_L2);
        selection.begin(3);
        assertTrue(selection.offer(0, 1));
        assertTrue(selection.offer(1, 1));
        assertFalse(selection.offer(2, 1));
        selection.begin(3);
        assertEquals(0, selection.count());
        assertTrue(selection.offer(2, 1));
    }

    @Test
    void hasRoomForAsManyAsItIsTold() {
        Rows rows = new HalfRows(1);
        rows.reserve(200);
        Selection selection = new Selection(rows, Measure.SQUARED_L2);
        for (int most : new int[] {64, 200, 3}) {
            selection.begin(most);
            for (int node = 0; node < most; node++) {
                selection.add(node);
            }
            assertEquals(most, selection.count());
        }
    }
}
