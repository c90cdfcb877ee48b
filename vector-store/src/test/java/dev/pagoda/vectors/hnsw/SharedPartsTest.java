package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.hnsw.SharedParts.Processors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SharedPartsTest {
    private static final List<Integer> SQUARES =
            IntStream.range(0, 50).map(i -> i * i).boxed().toList();

    private static int square(int part) {
        return part * part;
    }

    @Test
    void doesEverythingItselfWhereNobodyComes() {
        List<Runnable> late = new ArrayList<>();
        Processors processors = new Processors(4, late::add);
        AtomicInteger calls = new AtomicInteger();
        IntFunction<Integer> work = part -> {
            calls.incrementAndGet();
            return square(part);
        };
        assertEquals(SQUARES, processors.run(50, () -> 1, work));
        assertEquals(50, calls.get());
        assertEquals(3, late.size());
        assertEquals(3, processors.busy());
        assertEquals(SQUARES, processors.run(50, () -> 1, work));
        assertEquals(3, late.size(), "helpers on their way count");
        late.forEach(Runnable::run);
        assertEquals(100, calls.get(), "who comes too late finds nothing to do");
        assertEquals(0, processors.busy());
    }

    @Test
    void doesWithoutHelpersThatAreRefused() {
        Processors processors = new Processors(2, _ -> {
            throw new RejectedExecutionException();
        });
        assertEquals(SQUARES, processors.run(50, () -> 1, SharedPartsTest::square));
        assertEquals(0, processors.busy());
    }

    @Test
    void asksForNobodyWhereOthersSearch() {
        List<Runnable> late = new ArrayList<>();
        Processors processors = new Processors(3, late::add);
        assertEquals(SQUARES, processors.run(50, () -> 3, SharedPartsTest::square));
        assertEquals(0, late.size());
        assertEquals(SQUARES, processors.run(50, () -> 2, SharedPartsTest::square));
        assertEquals(1, late.size());
        assertEquals(List.of(), processors.run(0, () -> 1, SharedPartsTest::square));
        assertEquals(List.of(0), processors.run(1, () -> 1, SharedPartsTest::square));
        assertEquals(1, late.size());
    }

    /// The helper stands still in the part that it has begun until the caller is back.
    @Test
    void aHelperThatStandsStillHoldsUpNobody() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch back = new CountDownLatch(1);
        long caller = Thread.currentThread().threadId();
        try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
            Processors processors = new Processors(2, pool::execute);
            List<Integer> results = processors.run(50, () -> 1, part -> {
                if (Thread.currentThread().threadId() == caller) {
                    awaited(begun);
                } else {
                    begun.countDown();
                    awaited(back);
                }
                return square(part);
            });
            assertEquals(SQUARES, results);
            assertEquals(1, processors.busy());
            back.countDown();
            pool.shutdown();
            assertTrue(pool.awaitTermination(20, TimeUnit.SECONDS));
            assertEquals(0, processors.busy());
        }
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void whatAPartThrowsReachesTheCaller() {
        try (ExecutorService pool = Executors.newFixedThreadPool(3)) {
            Processors processors = new Processors(4, pool::execute);
            for (int round = 0; round < 200; round++) {
                IllegalStateException thrown = assertThrows(
                        IllegalStateException.class,
                        () -> processors.run(50, () -> 1, part -> {
                            if (part == 20) {
                                throw new IllegalStateException("part 20");
                            }
                            return square(part);
                        }));
                assertEquals("part 20", thrown.getMessage());
            }
        }
    }

    @Test
    void manyCallersAtATimeEachGetTheirOwn() throws Exception {
        AtomicIntegerArray most = new AtomicIntegerArray(1);
        try (ExecutorService callers = Executors.newFixedThreadPool(3)) {
            List<Future<Boolean>> rounds = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                int caller = i;
                rounds.add(callers.submit(() -> {
                    List<Integer> found = Processors.ALL.run(40, () -> 1, part -> {
                        most.accumulateAndGet(0, Processors.ALL.busy(), Math::max);
                        return caller * 1000 + part;
                    });
                    return found.equals(IntStream.range(0, 40)
                            .map(part -> caller * 1000 + part)
                            .boxed()
                            .toList());
                }));
            }
            for (Future<Boolean> round : rounds) {
                assertTrue(round.get());
            }
        }
        assertFalse(most.get(0) > 3 + Runtime.getRuntime().availableProcessors(), "busy " + most);
    }
}
