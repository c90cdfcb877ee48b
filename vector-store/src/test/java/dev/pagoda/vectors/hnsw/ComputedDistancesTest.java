package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ComputedDistancesTest {
    @Test
    void givesBackWhatWasPutHoweverMuchAndForgetsItAtTheNextBeginning() {
        Random random = new Random(3);
        ComputedDistances distances = new ComputedDistances();
        for (int size : new int[] {3, 5000, 700}) {
            Map<Integer, Float> model = new HashMap<>();
            distances.begin(size);
            while (model.size() < size) {
                int node = random.nextInt(Links.MAX_NODES);
                if (model.putIfAbsent(node, random.nextFloat() - 0.5f) == null) {
                    distances.put(node, model.get(node));
                }
            }
            assertEquals(size, distances.bound());
            model.forEach((node, distance) -> assertEquals(distance, distances.get(node)));
            for (int i = 0; i < 1000; i++) {
                int node = random.nextInt(Links.MAX_NODES);
                assertEquals(!model.containsKey(node), Float.isNaN(distances.get(node)));
            }
        }
    }

    @Test
    void keepsSoManyAndThenKnowsNoBound() {
        ComputedDistances distances = new ComputedDistances();
        distances.begin(1);
        for (int node = 0; node <= 1 << 14; node++) {
            assertEquals(1, distances.bound());
            distances.put(node, node);
        }
        assertEquals(Float.NEGATIVE_INFINITY, distances.bound());
        assertEquals((1 << 14) - 1, distances.get((1 << 14) - 1));
        assertTrue(Float.isNaN(distances.get(1 << 14)));
    }

    @Test
    void knowsNothingBeforeTheFirstWalk() {
        ComputedDistances distances = new ComputedDistances();
        assertTrue(Float.isNaN(distances.get(0)));
        assertEquals(Float.NEGATIVE_INFINITY, distances.bound());
    }
}
