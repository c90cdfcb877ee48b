package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class EmbeddingPoolTest {
    private final Vertx vertx = Vertx.vertx();
    private final EmbeddingPool pool = new EmbeddingPool(vertx, 1, 4);
    private final CountDownLatch gate = new CountDownLatch(1);

    @AfterEach
    void close() {
        gate.countDown();
        await(pool.close());
        await(vertx.close());
    }

    @Test
    void runsTasksOnItsOwnThreads() {
        assertNotEquals(
                Thread.currentThread().getName(),
                await(pool.run(1, () -> Thread.currentThread().getName())));
    }

    @Test
    void passesTheFailureOfATaskOn() {
        Future<Object> failing = pool.run(1, () -> {
            throw new IllegalStateException("broken");
        });

        assertEquals("broken", failure(failing).getMessage());
        assertEquals(0, pool.waiting());
    }

    @Test
    void refusesWhenTooMuchWaitsAndTakesMoreWhenItIsDone() {
        Future<Boolean> first = pool.run(3, this::pass);
        Future<Boolean> tooMuch = pool.run(2, this::pass);

        Refused refused = assertInstanceOf(Refused.class, failure(tooMuch));
        assertEquals(Reason.EXHAUSTED, refused.refusal().reason());
        assertEquals(1, refused.refusal().retryAfterSeconds());
        gate.countDown();
        await(first);
        assertEquals(true, await(pool.run(4, this::pass)));
    }

    @Test
    void takesATaskLargerThanItsBoundWhenNothingElseWaits() {
        gate.countDown();

        assertEquals(true, await(pool.run(100, this::pass)));
    }

    @Test
    void aBatchEndsAfterThePartInHandWhenNobodyWaitsAnyMore() {
        Promise<Void> left = Promise.promise();
        var parts = new AtomicInteger();
        Future<Integer> batch = pool.inPortions(100, left.future(), (from, to) -> {
            parts.incrementAndGet();
            left.complete();
            return to - from;
        });

        GivenUp gone = assertInstanceOf(GivenUp.class, failure(batch));
        assertEquals(1, parts.get());
        assertEquals(8, gone.readTokens());
        assertEquals(0, pool.waiting());
    }

    @Test
    void aBatchIsReadOnceAndWhole() {
        var read = new AtomicIntegerArray(100);
        int tokens = await(pool.inPortions(100, RequestService.nobodyLeaves(), (from, to) -> {
            for (int i = from; i < to; i++) {
                read.incrementAndGet(i);
            }
            return 3 * (to - from);
        }));

        assertEquals(300, tokens);
        for (int i = 0; i < read.length(); i++) {
            assertEquals(1, read.get(i));
        }
    }

    @Test
    void refusesWhenItIsClosed() {
        await(pool.close());

        for (Future<?> late : List.of(
                pool.run(1, this::pass),
                pool.embed(EmbeddingModel.ALL_MINILM_L6_V2, List.of("a", "b"), RequestService.nobodyLeaves()))) {
            assertEquals(
                    Reason.UNAVAILABLE,
                    assertInstanceOf(Refused.class, failure(late)).refusal().reason());
        }
        assertEquals(0, pool.waiting());
    }

    private boolean pass() throws InterruptedException {
        return gate.await(10, TimeUnit.SECONDS);
    }

    private static Throwable failure(Future<?> future) {
        Throwable thrown = Assertions.assertThrows(CompletionException.class, () -> await(future))
                .getCause();
        return thrown == null ? new AssertionError("no cause") : thrown;
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
