package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("broad")
class HnswIndexConcurrencyTest {
    private static final long SEED = 20251127;
    private static final int DIMENSIONS = 8;
    private static final int RANGE = 1200;

    /// By node: how often it was removed; a reader that sees a node found, with the count unchanged from before
    /// the search, may not have it removed before the search.
    private final AtomicIntegerArray state = new AtomicIntegerArray(RANGE);

    private static float[] vector(Random random) {
        float[] vector = new float[DIMENSIONS];
        for (int i = 0; i < DIMENSIONS; i++) {
            vector[i] = (float) random.nextGaussian();
        }
        return vector;
    }

    @Test
    void writersAndReadersSideBySideAgreeOnWhatIsThere() throws Exception {
        for (Layout layout : Layout.values()) {
            checkSideBySide(IndexModel.config(DIMENSIONS, Metric.L2, ElementType.FLOAT32, layout), RANGE, 1200);
        }
    }

    @Test
    @Tag("slow")
    void writersAndReadersSideBySideAgreeForLonger() throws Exception {
        for (Metric metric : Metric.values()) {
            for (Layout layout : Layout.values()) {
                checkSideBySide(IndexModel.config(DIMENSIONS, metric, ElementType.FLOAT32, layout), RANGE, 6000);
            }
        }
    }

    @Test
    void twoWritersMayEmptyAndFillATinyIndex() throws Exception {
        for (int range : new int[] {2, 4, 200}) {
            checkSideBySide(IndexModel.config(DIMENSIONS, Metric.L2, ElementType.FLOAT32, Layout.COMPACT), range, 6000);
        }
    }

    /// Writers own the nodes of their parity.
    private void checkSideBySide(IndexConfig config, int range, int operations) throws Exception {
        for (int node = 0; node < RANGE; node++) {
            state.set(node, 0);
        }
        HnswIndex index = new HnswIndex(config);
        List<BitSet> live = List.of(new BitSet(), new BitSet());
        List<Callable<Integer>> tasks = new ArrayList<>();
        for (int parity = 0; parity < 2; parity++) {
            int own = parity;
            tasks.add(() -> write(index, own, live.get(own), range, operations));
            tasks.add(() -> read(index, SEED + 10 + own, operations / 4));
        }
        try (ExecutorService pool = Executors.newFixedThreadPool(tasks.size())) {
            List<Future<Integer>> futures = tasks.stream().map(pool::submit).toList();
            for (Future<Integer> future : futures) {
                assertTrue(future.get(60, TimeUnit.SECONDS) >= 0);
            }
        }
        BitSet expected = new BitSet();
        live.forEach(expected::or);
        assertEquals(expected.cardinality(), index.size(), config.toString());
        assertEquals(0, index.unreachable(), config.toString());
        index.repair();
        assertEquals(0, index.leaving(), config.toString());
        assertEquals(0, index.unreachable(), config.toString());
        for (int node = 0; node < range; node++) {
            assertEquals(expected.get(node), index.isLive(node), config.toString());
            assertEquals(!expected.get(node), index.isReusable(node), config.toString());
        }
    }

    private int write(HnswIndex index, int parity, BitSet live, int range, int operations) {
        Random random = new Random(SEED + parity);
        int done = 0;
        for (int i = 0; i < operations; i++) {
            int node = random.nextInt((range + 1) / 2) * 2 + parity;
            if (node < range && live.get(node)) {
                live.clear(node);
                assertTrue(index.remove(node));
                state.incrementAndGet(node);
                done++;
            } else if (node < range && index.isReusable(node)) {
                float[] vector = vector(random);
                state.incrementAndGet(node);
                index.put(node, vector);
                live.set(node);
                done++;
                if (i % 16 == 0) {
                    int[] found = index.search(vector, 1, 1, n -> n == node, true)
                            .neighbours()
                            .nodes();
                    assertEquals(1, found.length, "seed " + SEED + " node " + node);
                    int[] walked = index.search(vector, 1, 10, n -> n == node, false)
                            .neighbours()
                            .nodes();
                    assertEquals(1, walked.length, "seed " + SEED + " node " + node);
                }
            }
        }
        return done;
    }

    private int read(HnswIndex index, long seed, int operations) {
        Random random = new Random(seed);
        int[] before = new int[RANGE];
        int seen = 0;
        for (int i = 0; i < operations; i++) {
            for (int node = 0; node < RANGE; node++) {
                before[node] = state.get(node);
            }
            SearchResult result = index.search(vector(random), 10, 30, null, i % 8 == 0);
            for (int node : result.neighbours().nodes()) {
                // even: removal was finished before the search began
                assertTrue(before[node] % 2 == 1 || state.get(node) != before[node], "seed " + seed + " node " + node);
                seen++;
            }
        }
        return seen;
    }
}
