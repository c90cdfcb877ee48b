package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.ByteRows;
import dev.pagoda.vectors.quant.HalfRows;
import dev.pagoda.vectors.quant.SplitRows;
import org.junit.jupiter.api.Test;

class BreadthTest {
    private final BucketQueue queue = new BucketQueue();
    private final Reach reach = new Reach();
    private final int[] histogram = new int[BucketQueue.CAPACITY];

    private void find(int bucket) {
        histogram[bucket]++;
        reach.add(bucket, histogram, queue);
    }

    @Test
    void aFixedBreadthIsNeverTooWide() {
        Breadth fixed = Breadth.only(40);
        assertTrue(fixed.isFixed());
        assertEquals(40, fixed.k());
        assertFalse(fixed.isTooWide(1_000_000, 1_000_000));
    }

    @Test
    void aBreadthForSomeGoesFourTimesAsFarAtMost() {
        Breadth breadth = Breadth.of(40, 10, Measure.SQUARED_L2);
        assertFalse(breadth.isFixed());
        assertEquals(160, breadth.most());
        // six tenths of what is beyond 10
        assertEquals(28, breadth.least());
        // the 12th root of 40 / 10
        assertEquals(1.12246, breadth.factor(), 1e-5);
        // the 24th: these distances are no squares
        assertEquals(1.05946, Breadth.of(40, 10, Measure.MANHATTAN).factor(), 1e-5);
        assertEquals(1, Breadth.of(10, 10, Measure.SQUARED_L2).factor());
        assertEquals(
                Integer.MAX_VALUE,
                Breadth.of(1_000_000_000, 1, Measure.SQUARED_L2).most());
        assertFalse(breadth.isTooWide(1_000_000, 1_000_000));
    }

    @Test
    void aBreadthGivesWayWhenHalfAsMuchAgainIsToBeExpanded() {
        Breadth breadth = Breadth.of(40, 10, Measure.SQUARED_L2).givingWay();
        assertEquals(160, breadth.most());
        assertTrue(breadth.isTooWide(32, 61));
        assertFalse(breadth.isTooWide(32, 60));
        assertFalse(breadth.isTooWide(31, 61));
        Breadth wider = Breadth.of(100, 10, Measure.SQUARED_L2).givingWay();
        assertTrue(wider.isTooWide(50, 151));
        assertFalse(wider.isTooWide(49, 151));
    }

    @Test
    void beyondTheReachOfTheBestFewerSuffice() {
        queue.begin(1);
        reach.begin(new Breadth(8, 3, 5, 20, 2, Integer.MAX_VALUE));
        int near = queue.bucket(0.5f);
        find(near + 2);
        find(near);
        assertEquals(20, reach.enough(BucketQueue.CAPACITY - 1));
        find(near + 9);
        // the third best is in this bucket, and the reach twice as far as its end
        int last = queue.bucket(queue.end(near + 9) * 2);
        assertEquals(20, reach.enough(last));
        assertEquals(5, reach.enough(last + 1));
        find(near + 10);
        assertEquals(5, reach.enough(last + 1));
        find(near + 1);
        last = queue.bucket(queue.end(near + 2) * 2);
        assertEquals(20, reach.enough(last));
        assertEquals(5, reach.enough(last + 1));
        reach.begin(new Breadth(8, 3, 5, 20, 2, Integer.MAX_VALUE));
        assertEquals(20, reach.enough(BucketQueue.CAPACITY - 1));
        reach.begin(Breadth.only(7));
        find(near);
        assertEquals(7, reach.enough(0));
        assertEquals(7, reach.enough(BucketQueue.CAPACITY - 1));
    }

    private static Costs costs(int dimensions, Layout layout, ElementType elements, int linkInts) {
        IndexConfig config = IndexModel.config(dimensions, Metric.L2, elements, layout);
        return Costs.of(
                config,
                switch (elements) {
                    case FLOAT32 -> new SplitRows(dimensions);
                    case FLOAT16 -> new HalfRows(dimensions);
                    case UINT8 -> ByteRows.whole(dimensions);
                },
                linkInts);
    }

    @Test
    void costsGrowWithTheLinesTouched() {
        // 108 floats: half of 6.75 lines are read; 160 ints of links are 10 lines
        assertEquals(new Costs(600 + 160, 87.5, 43.625, 2.4), costs(108, Layout.FAST, ElementType.FLOAT32, 160));
        // 128: half of 8
        assertEquals(1_400, costs(128, Layout.COMPACT, ElementType.FLOAT32, 160).hopNanos());
        assertEquals(100, costs(128, Layout.COMPACT, ElementType.FLOAT32, 160).scanNanos());
        assertEquals(100, costs(128, Layout.COMPACT, ElementType.FLOAT16, 16).rowNanos());
        // two factors beside 128 bytes
        assertEquals(62.5, costs(128, Layout.COMPACT, ElementType.UINT8, 16).rowNanos());
    }
}
