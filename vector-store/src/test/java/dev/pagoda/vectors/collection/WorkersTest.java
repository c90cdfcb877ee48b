package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class WorkersTest {
    private final Call call = Call.platform(Duration.ofSeconds(60));

    @Test
    void refusesAtOnceWhenTheQueueIsFull() throws InterruptedException {
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Workers workers = new Workers("test", 1, 1)) {
            CompletableFuture<String> first = workers.run(call, () -> {
                started.countDown();
                awaitUninterrupted(release);
                return "first";
            });
            started.await();
            CompletableFuture<String> second = workers.run(call, () -> "second");
            Refusal refusal = refusal(workers.run(call, () -> "third"));
            assertEquals(Reason.EXHAUSTED, refusal.reason());
            assertEquals("overloaded", refusal.code());
            assertEquals(1, refusal.retryAfterSeconds());
            assertEquals(1, workers.waiting());
            release.countDown();
            assertEquals("first", first.join());
            assertEquals("second", second.join());
        }
    }

    @Test
    void doesNotStartWhatNobodyWaitsForAnyMore() {
        try (Workers workers = new Workers("test", 1, 1)) {
            Call late = new Call(Principal.PLATFORM, "late", System.nanoTime() - 1);
            assertEquals(
                    Reason.DEADLINE, refusal(workers.run(late, () -> "never")).reason());
        }
    }

    @Test
    void turnsAnArgumentOutOfBoundsIntoARefusal() {
        try (Workers workers = new Workers("test", 1, 1)) {
            Refusal refusal = refusal(workers.run(call, () -> {
                throw new IllegalArgumentException("k 0 is below 1");
            }));
            assertEquals("invalid_input", refusal.code());
            assertEquals("k 0 is below 1", refusal.message());
        }
    }

    @Test
    void refusesWhatComesAfterTheClose() {
        Workers workers = new Workers("test", 1, 1);
        workers.close();
        assertTrue(refusal(workers.run(call, () -> "late")).message().contains("closed"));
    }

    private static Refusal refusal(CompletableFuture<?> result) {
        Throwable thrown = assertThrows(CompletionException.class, result::join);
        return assertInstanceOf(Refused.class, Refusals.cause(thrown)).refusal();
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
