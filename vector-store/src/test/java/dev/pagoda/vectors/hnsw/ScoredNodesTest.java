package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScoredNodesTest {
    private static final long SEED = 20251201;

    @Test
    void keysOrderByScoreAndThenByLowerNode() {
        float[] scores = {
            Float.NEGATIVE_INFINITY, -1e30f, -2, -1, -1e-30f, 0, 1e-30f, 0.5f, 1, 3, 1e30f, Float.POSITIVE_INFINITY
        };
        for (int i = 0; i < scores.length; i++) {
            for (int node : new int[] {0, 1, 7, 1 << 28, Integer.MAX_VALUE}) {
                long key = ScoredNodes.key(scores[i], node);
                assertEquals(scores[i], ScoredNodes.score(key));
                assertEquals(node, ScoredNodes.node(key));
                if (i > 0) {
                    assertTrue(key > ScoredNodes.key(scores[i - 1], 0));
                }
                if (node > 0) {
                    assertTrue(key < ScoredNodes.key(scores[i], node - 1));
                }
            }
        }
    }

    @Test
    void keepsTheBestOfManyInOrder() {
        Random random = new Random(SEED);
        for (int capacity : new int[] {1, 2, 3, 10, 127, 128, 129, 500}) {
            ScoredNodes best = new ScoredNodes();
            long[] keys = new long[400];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = ScoredNodes.key(random.nextInt(50), i);
                best.offer(keys[i], capacity);
                assertEquals(Math.min(i + 1, capacity), best.size());
            }
            Arrays.sort(keys);
            int count = Math.min(capacity, keys.length);
            assertEquals(keys[keys.length - count], best.top());
            long[] drained = best.drainDescending();
            assertEquals(count, drained.length);
            for (int i = 0; i < count; i++) {
                assertEquals(keys[keys.length - 1 - i], drained[i], "seed " + SEED + " capacity " + capacity);
            }
            assertTrue(best.isEmpty());
        }
    }

    @Test
    void popsTheLeastFirst() {
        Random random = new Random(SEED);
        ScoredNodes heap = new ScoredNodes();
        long[] keys = random.longs(1000).toArray();
        for (long key : keys) {
            heap.push(key);
        }
        Arrays.sort(keys);
        for (long key : keys) {
            assertFalse(heap.isEmpty());
            assertEquals(key, heap.top());
            assertEquals(key, heap.pop());
        }
        assertEquals(0, heap.size());
        heap.push(1);
        heap.push(2);
        heap.clear();
        assertTrue(heap.isEmpty());
    }

    @Test
    void drainsTheBestWithTheirScores() {
        ScoredNodes heap = new ScoredNodes();
        for (int node = 0; node < 6; node++) {
            heap.push(ScoredNodes.key(node % 3, node));
        }
        Neighbours four = heap.drain(4);
        assertArrayEquals(new int[] {2, 5, 1, 4}, four.nodes());
        assertArrayEquals(new float[] {2, 2, 1, 1}, four.scores());
        assertEquals(4, four.size());
        assertTrue(heap.isEmpty());
        heap.push(ScoredNodes.key(1, 1));
        assertArrayEquals(new int[] {1}, heap.drain(4).nodes());
    }
}
