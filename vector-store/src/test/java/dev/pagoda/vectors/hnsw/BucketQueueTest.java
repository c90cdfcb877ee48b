package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BucketQueueTest {
    private static final long SEED = 20251130;
    private static final int LAST = BucketQueue.CAPACITY - 1;

    private final BucketQueue queue = new BucketQueue();

    private void add(int node, float distance) {
        queue.ensureRoom(1);
        queue.add(node, distance, queue.bucket(distance));
    }

    @Test
    void takesNearerBucketsFirstWhateverTheOrderOfAdding() {
        Random random = new Random(SEED);
        for (int round = 0; round < 4; round++) {
            queue.begin(1);
            List<Integer> expected = new ArrayList<>();
            float[] distances = new float[1100];
            int taken = 0;
            for (int node = 0; node < distances.length; node++) {
                distances[node] = (float) Math.exp(random.nextGaussian() * 3);
                add(node, distances[node]);
                expected.add(queue.bucket(distances[node]));
                if (random.nextInt(3) == 0) {
                    int least = expected.stream().min(Integer::compare).orElseThrow();
                    int entry = queue.poll(LAST);
                    assertEquals(distances[queue.node(entry)], queue.distance(entry));
                    assertEquals(least, queue.bucket(queue.distance(entry)), "seed " + SEED + " round " + round);
                    expected.remove(Integer.valueOf(least));
                    taken++;
                }
            }
            int before = -1;
            for (int entry = queue.poll(LAST); entry >= 0; entry = queue.poll(LAST)) {
                int bucket = queue.bucket(queue.distance(entry));
                assertTrue(bucket >= before, "seed " + SEED + " round " + round);
                before = bucket;
                taken++;
            }
            assertEquals(distances.length, taken);
        }
    }

    @Test
    void takesEveryEntryOnce() {
        queue.begin(1);
        for (int node = 0; node < 5; node++) {
            add(node, 2);
        }
        boolean[] seen = new boolean[5];
        for (int i = 0; i < 5; i++) {
            int node = queue.node(queue.poll(LAST));
            assertFalse(seen[node]);
            seen[node] = true;
        }
        assertEquals(-1, queue.poll(LAST));
        assertEquals(-1, queue.poll(LAST));
        add(7, 3);
        assertEquals(7, queue.node(queue.poll(LAST)));
    }

    @Test
    void takesNothingBeyondTheLastBucketThatCounts() {
        queue.begin(1);
        add(1, 1);
        add(2, 2);
        assertEquals(-1, queue.poll(queue.bucket(1) - 1));
        assertEquals(1, queue.node(queue.poll(queue.bucket(1))));
        assertEquals(-1, queue.poll(queue.bucket(2) - 1));
        assertEquals(2, queue.node(queue.poll(queue.bucket(2))));
    }

    @Test
    void aNewBeginEmptiesIt() {
        queue.begin(1);
        add(1, 1);
        queue.begin(1);
        assertEquals(-1, queue.poll(LAST));
        add(2, 1);
        assertEquals(2, queue.node(queue.poll(LAST)));
        assertEquals(-1, queue.poll(LAST));
    }

    @Test
    void aBucketIsA128thOfADistanceWide() {
        queue.begin(1);
        for (float distance = 1 / 512f; distance < 60; distance *= 1.37f) {
            int bucket = queue.bucket(distance);
            assertTrue(bucket > 0 && bucket < LAST, "distance " + distance);
            assertEquals(bucket, queue.bucket(Math.nextDown(queue.end(bucket))));
            assertEquals(bucket + 1, queue.bucket(queue.end(bucket)));
            assertTrue(queue.end(bucket) > distance);
            float width = queue.end(bucket) - queue.end(bucket - 1);
            assertTrue(width <= distance / 128 * 1.01f && width >= distance / 256 * 0.99f, "distance " + distance);
        }
    }

    @Test
    void theSpanReachesFromA1024thTo64Times() {
        for (float around : new float[] {1e-20f, 0.25f, 1, 4096, 1e20f}) {
            queue.begin(around);
            assertEquals(LAST, queue.bucket(around * 64));
            assertTrue(queue.bucket(around * 63.5f) < LAST, "around " + around);
            assertEquals(0, queue.bucket(around / 1100));
            assertTrue(queue.bucket(around / 1000) > 0, "around " + around);
        }
    }

    @Test
    void whatIsBeyondTheSpanIsInTheFirstOrTheLastBucket() {
        queue.begin(1);
        assertEquals(0, queue.bucket(0));
        assertEquals(0, queue.bucket(-1));
        assertEquals(0, queue.bucket(1e-10f));
        assertEquals(LAST, queue.bucket(1e10f));
        assertEquals(LAST, queue.bucket(Float.POSITIVE_INFINITY));
        assertEquals(Float.MAX_VALUE, queue.end(LAST));
        assertTrue(queue.end(LAST - 1) < 65);
    }

    @Test
    void aHugeDistanceToBeginWithCountsAsOne() {
        for (float huge : new float[] {Float.MAX_VALUE / 64, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
            queue.begin(huge);
            int bucket = queue.bucket(1);
            queue.begin(1);
            assertEquals(queue.bucket(1), bucket);
        }
        queue.begin(0);
        assertTrue(queue.bucket(0) < queue.bucket(Float.MIN_NORMAL));
        assertTrue(queue.bucket(Float.MIN_NORMAL) < LAST);
    }

    @Test
    void knowsWhenOnlyTheLastBucketIsLeft() {
        queue.begin(1);
        add(1, 1000);
        assertTrue(queue.isBeyondSpan());
        add(2, 63);
        assertFalse(queue.isBeyondSpan());
        queue.poll(LAST);
        assertTrue(queue.isBeyondSpan());
        add(3, 1);
        assertFalse(queue.isBeyondSpan());
        queue.poll(LAST);
        assertTrue(queue.isBeyondSpan());
        add(4, 30);
        assertFalse(queue.isBeyondSpan());
    }

    @Test
    void rescalingOrdersWhatWasBeyondTheSpan() {
        queue.begin(1);
        for (int node = 0; node < 100; node++) {
            add(node, 1000 + 37 * ((node * 61) % 100));
        }
        assertEquals(queue.bucket(1000), queue.bucket(4000));
        assertTrue(queue.rescale());
        assertTrue(queue.bucket(1000) < queue.bucket(4000));
        assertFalse(queue.isBeyondSpan());
        int before = 0;
        for (int i = 0; i < 100; i++) {
            int bucket = queue.bucket(queue.distance(queue.poll(LAST)));
            assertTrue(bucket >= before);
            before = bucket;
        }
        assertEquals(-1, queue.poll(LAST));
    }

    @Test
    void rescalingDoesNothingWhenTheSpanCannotMoveUp() {
        queue.begin(1);
        add(1, Float.POSITIVE_INFINITY);
        assertFalse(queue.rescale());
        assertEquals(1, queue.node(queue.poll(LAST)));
    }
}
