package dev.pagoda.governance.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Refusal.Reason;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BusTest {
    record Question(int[] numbers) {}

    record Answer(int[] numbers) {}

    private static final Port<Question, Answer> ECHO = Port.of("test.echo", Question.class, Answer.class);
    private static final Topic<Answer> NEWS = Topic.of("test.news", Answer.class);

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx);

    @AfterEach
    void close() {
        await(vertx.close());
    }

    @Test
    void passesRecordsByReference() {
        bus.serve(ECHO, (question, call) -> Future.succeededFuture(new Answer(question.numbers())));
        int[] numbers = {1, 2, 3};

        Answer answer = await(bus.ask(ECHO, new Question(numbers), call(Duration.ofSeconds(60))));

        assertSame(numbers, answer.numbers());
    }

    @Test
    void givesTheServiceTheCallOfTheAsker() {
        CompletableFuture<Call> seen = new CompletableFuture<>();
        bus.serve(ECHO, (question, call) -> {
            seen.complete(call);
            return Future.succeededFuture(new Answer(question.numbers()));
        });
        Call call = call(Duration.ofSeconds(60));

        await(bus.ask(ECHO, new Question(new int[0]), call));

        assertSame(call, seen.join());
    }

    @Test
    void answersARefusalAsItIs() {
        Refusal refusal = new Refusal(Reason.EXHAUSTED, "queue_full", "the queue holds 8 of 8", 3);
        bus.serve(ECHO, (question, call) -> Future.failedFuture(refusal.asException()));

        assertEquals(refusal, refusalOf(bus.ask(ECHO, new Question(new int[0]), call(Duration.ofSeconds(60)))));
    }

    @Test
    void hidesTheTextOfAFault() {
        bus.serve(ECHO, (question, call) -> {
            throw new IllegalStateException("password is 1234");
        });

        Refusal refusal = refusalOf(bus.ask(ECHO, new Question(new int[0]), call(Duration.ofSeconds(60))));

        assertEquals(Reason.INTERNAL, refusal.reason());
        assertTrue(refusal.message().contains("trace-1"), refusal.message());
        assertTrue(!refusal.message().contains("1234"), refusal.message());
    }

    @Test
    void saysThatNobodyServesAPort() {
        Refusal refusal = refusalOf(bus.ask(ECHO, new Question(new int[0]), call(Duration.ofSeconds(60))));

        assertEquals(Reason.UNAVAILABLE, refusal.reason());
    }

    @Test
    void stopsWaitingAtTheDeadline() {
        bus.serve(ECHO, (question, call) -> Promise.<Answer>promise().future());

        Refusal refusal = refusalOf(bus.ask(ECHO, new Question(new int[0]), call(Duration.ofMillis(30))));

        assertEquals(Reason.DEADLINE, refusal.reason());
    }

    @Test
    void doesNotAskWhenTheDeadlineHasPassed() {
        CompletableFuture<Void> asked = new CompletableFuture<>();
        bus.serve(ECHO, (question, call) -> {
            asked.complete(null);
            return Future.succeededFuture(new Answer(question.numbers()));
        });
        Call late = new Call(Principal.PLATFORM, "trace-1", System.nanoTime() - 1);

        Refusal refusal = refusalOf(bus.ask(ECHO, new Question(new int[0]), late));

        assertEquals(Reason.DEADLINE, refusal.reason());
        assertTrue(!asked.isDone(), "the service was asked after the deadline");
    }

    @Test
    void announcesToEverySubscriber() {
        CompletableFuture<Answer> first = new CompletableFuture<>();
        CompletableFuture<Answer> second = new CompletableFuture<>();
        bus.subscribe(NEWS, (event, call) -> first.complete(event));
        bus.subscribe(NEWS, (event, call) -> second.complete(event));
        Answer event = new Answer(new int[] {7});

        bus.publish(NEWS, event, call(Duration.ofSeconds(60)));

        assertSame(event, first.orTimeout(60, TimeUnit.SECONDS).join());
        assertSame(event, second.orTimeout(60, TimeUnit.SECONDS).join());
    }

    @Test
    void refusesACallWithoutDeadline() {
        assertThrows(IllegalArgumentException.class, () -> call(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> call(Call.MAX_WAIT.plusNanos(1)));
    }

    private static Call call(Duration wait) {
        return Call.within(Principal.PLATFORM, "trace-1", wait);
    }

    private static Refusal refusalOf(Future<?> future) {
        CompletionException thrown = assertThrows(CompletionException.class, () -> await(future));
        return assertInstanceOf(Refused.class, thrown.getCause()).refusal();
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
