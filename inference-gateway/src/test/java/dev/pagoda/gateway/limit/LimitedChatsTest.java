package dev.pagoda.gateway.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.LengthLimits;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LimitedChatsTest {
    private static final Principal ADA = new Principal("acme", "core", "search", "k-ada", Principal.Role.MEMBER);
    private static final int OPEN_ANSWER = 100;

    private final Vertx vertx = Vertx.vertx();
    private final LimitBook book = new LimitBook(LimitDefaults.NONE);
    private final Engine engine = new Engine(vertx);
    private final LimitedChats chats = new LimitedChats(
            engine, book, LimitedChatsTest::nameOf, vertx, new Telemetry(), System::nanoTime, OPEN_ANSWER);

    @AfterEach
    void close() {
        await(vertx.close());
    }

    /// Makes ten tokens a turn until `max_tokens` or 1,000; its prompts have 7 tokens.
    private static final class Engine implements ChatService {
        static final int PROMPT = 7;
        private final Vertx vertx;
        final AtomicInteger cancelled = new AtomicInteger();
        final AtomicInteger made = new AtomicInteger();
        int told = PROMPT;

        Engine(Vertx vertx) {
            this.vertx = vertx;
        }

        @Override
        public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
            boolean[] over = new boolean[1];
            int wanted = request.limits().maxTokens().orElse(1_000);
            vertx.runOnContext(v -> {
                if (!over[0]) {
                    listener.onStart(new ChatStarted(request.model(), "1", told, "r0"));
                    step(listener, wanted, 0, over);
                }
            });
            return () -> {
                if (!over[0]) {
                    over[0] = true;
                    cancelled.incrementAndGet();
                }
            };
        }

        private void step(ChatListener listener, int wanted, int done, boolean[] over) {
            if (over[0]) {
                return;
            }
            if (done == wanted) {
                over[0] = true;
                listener.onFinish(0, FinishReason.STOP);
                listener.onEnd(new TokenUsage(PROMPT, done));
                return;
            }
            int more = Math.min(10, wanted - done);
            made.addAndGet(more);
            listener.onDelta(0, new ChatDelta.Text("x".repeat(more), more));
            vertx.runOnContext(v -> step(listener, wanted, done + more, over));
        }

        @Override
        public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
            return request.left().succeeded()
                    ? Future.failedFuture(GivenUp.after(2))
                    : Future.succeededFuture(new EmbedReply(request.model(), List.of(), 5));
        }

        @Override
        public Future<List<ServedModel>> models(Call call) {
            return Future.succeededFuture(List.of());
        }
    }

    /// How one chat went.
    private static final class Heard implements ChatListener {
        final Promise<Heard> end = Promise.promise();
        final Map<String, String> headers = new HashMap<>();
        final StringBuilder text = new StringBuilder();
        FinishReason reason = FinishReason.TOOL_CALLS;
        TokenUsage usage = new TokenUsage(0, 0);
        String refusal = "";

        @Override
        public void onHeader(String name, String value) {
            headers.put(name, value);
        }

        @Override
        public void onStart(ChatStarted started) {}

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            text.append(delta.text());
        }

        @Override
        public void onFinish(int choice, FinishReason why) {
            reason = why;
        }

        @Override
        public void onEnd(TokenUsage used) {
            usage = used;
            end.complete(this);
        }

        @Override
        public void onFailure(Refusal why) {
            refusal = why.code();
            end.complete(this);
        }
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    private static ChatRequest request(String text) {
        return ChatRequest.of("r", "m", List.of(new ChatMessage(Role.USER, text)));
    }

    private static Future<String> nameOf(String asked, Call call) {
        return asked.equals("acme/M")
                ? Future.succeededFuture("m")
                : Future.failedFuture(new Refused(Reason.NOT_FOUND, "model_not_found", "no model " + asked));
    }

    /// One that the weights' id is asked for counts as one that is asked for by name.
    @Test
    void aLimitOfAModelHoldsForTheIdOfItsWeights() {
        book.replace(List.of(new LimitRule(new LimitScope("acme", "", "", "", "M"), 1L, null, null, null)));
        ChatRequest byId = ChatRequest.of("r", "acme/M", List.of(new ChatMessage(Role.USER, "Hi")))
                .withLimits(LengthLimits.of(5));
        assertEquals("", ask(byId).refusal);
        assertEquals("requests_exceeded", ask(byId).refusal);
        assertEquals("requests_exceeded", ask(request("Hi")).refusal);
        ChatRequest unknown = ChatRequest.of("r", "acme/other", List.of(new ChatMessage(Role.USER, "Hi")))
                .withLimits(LengthLimits.of(5));
        assertEquals("", ask(unknown).refusal);
    }

    private Heard ask(ChatRequest request) {
        var heard = new Heard();
        vertx.runOnContext(v -> chats.chat(request, Call.within(ADA, "t", Duration.ofSeconds(60)), heard));
        return await(heard.end.future());
    }

    private void limitTokens(long perMinute) {
        book.replace(List.of(new LimitRule(new LimitScope("acme", "", "", "k-ada", ""), null, perMinute, null, null)));
    }

    private LimitUse use() {
        return book.use(scope -> true, System.nanoTime()).getFirst();
    }

    @Test
    void settlesToWhatWasUsedAndTellsWhatIsLeft() {
        limitTokens(1_000);
        Heard heard = ask(request("hello").withLimits(LengthLimits.of(50)));

        assertEquals(57, use().tokens());
        assertEquals(0, use().open());
        assertEquals("1000", heard.headers.get("x-ratelimit-limit-tokens"));
        assertEquals(
                Integer.toString(1_000 - 50 - "hello".length() - 7), heard.headers.get("x-ratelimit-remaining-tokens"));
    }

    @Test
    void countsExactlyWhatDoesNotFitByItsBytes() {
        limitTokens(150);
        String words = "the shop opens at nine in the morning and closes at six in the evening. ".repeat(4);
        assertTrue(words.length() > 150);
        Heard heard = ask(request(words).withLimits(LengthLimits.of(10)));

        assertEquals("", heard.refusal);
        assertEquals(17, use().tokens());
    }

    @Test
    void anAnswerWithoutABoundGetsWhatRoomThereIs() {
        limitTokens(80);
        Heard heard = ask(request("hello"));

        assertEquals(80 - "hello".length() - 7, heard.usage.completionTokens());
        assertEquals("", heard.refusal);
        assertTrue(use().tokens() <= 80);
    }

    @Test
    void anAnswerThatGrowsIsCutBeforeItExceedsItsLimit() {
        limitTokens(500);
        Heard heard = ask(request("hello"));

        assertEquals(FinishReason.LENGTH, heard.reason);
        assertEquals(heard.text.length(), heard.usage.completionTokens());
        assertEquals(heard.usage.completionTokens(), engine.made.get());
        assertEquals(heard.usage.totalTokens(), use().tokens());
        assertTrue(use().tokens() <= 500, use().toString());
        assertTrue(use().tokens() > 400, use().toString());
        assertEquals(1, engine.cancelled.get());
    }

    @Test
    void anAnswerThatGrowsWithinItsLimitIsWhole() {
        limitTokens(2_000);
        Heard heard = ask(request("hello"));

        assertEquals(FinishReason.STOP, heard.reason);
        assertEquals(1_000, heard.usage.completionTokens());
        assertEquals(1_007, use().tokens());
    }

    @Test
    void refusesWhatDoesNotFitWithoutAskingTheEngine() {
        limitTokens(20);
        Heard heard = ask(request("hello").withLimits(LengthLimits.of(50)));

        assertEquals(Decision.REQUEST_TOO_LARGE, heard.refusal);
        assertEquals("20", heard.headers.get("x-ratelimit-remaining-tokens"));
        assertEquals(0, engine.made.get());
        assertEquals(0, use().tokens());
    }

    /// Other servers tell at the end only what a prompt has.
    @Test
    void aPromptThatIsNotCountedYetStaysReserved() {
        engine.told = 0;
        assertEquals("hello".length() + 7 + 30, usedByOneWhoLeaves());
        ask(request("hello").withLimits(LengthLimits.of(50)));
        assertEquals("hello".length() + 7 + 30 + Engine.PROMPT + 50, use().tokens());
    }

    @Test
    void aCancelledChatCountsWhatWasDelivered() {
        assertEquals(37, usedByOneWhoLeaves());
        assertEquals(0, use().open());
    }

    private long usedByOneWhoLeaves() {
        limitTokens(10_000);
        var cancelled = Promise.<Long>promise();
        vertx.runOnContext(v -> {
            ChatHandle[] handle = new ChatHandle[1];
            handle[0] = chats.chat(
                    request("hello").withLimits(LengthLimits.of(900)),
                    Call.within(ADA, "t", Duration.ofSeconds(60)),
                    new ChatListener() {
                        private int heard;

                        @Override
                        public void onStart(ChatStarted started) {}

                        @Override
                        public void onDelta(int choice, ChatDelta delta) {
                            heard += delta.tokens();
                            if (heard == 30) {
                                handle[0].cancel();
                                cancelled.complete(use().tokens());
                            }
                        }

                        @Override
                        public void onFinish(int choice, FinishReason reason) {}

                        @Override
                        public void onEnd(TokenUsage usage) {}

                        @Override
                        public void onFailure(Refusal refusal) {}
                    });
        });

        return await(cancelled.future());
    }

    @Test
    void embeddingsAreLimitedToo() {
        limitTokens(10);
        var headers = new HashMap<String, String>();
        Call call = Call.within(ADA, "t", Duration.ofSeconds(60));
        await(chats.embed(new EmbedRequest("e", "m", List.of("hello")), call, headers::put));

        assertEquals(5, use().tokens());
        assertEquals("3", headers.get("x-ratelimit-remaining-tokens"));
        var second = chats.embed(
                new EmbedRequest("e", "m", List.of("hello hello hello hello")), call, ResponseHeaders.UNHEARD);
        assertThrows(CompletionException.class, () -> await(second));
        assertEquals(5, use().tokens());
    }

    @Test
    void textsOfOneWhoLeavesCountAsFarAsTheyWereRead() {
        limitTokens(10);
        Call call = Call.within(ADA, "t", Duration.ofSeconds(60));
        var request = new EmbedRequest("e", "m", List.of("hello")).until(Future.succeededFuture());
        var left = chats.embed(request, call, ResponseHeaders.UNHEARD);

        assertThrows(CompletionException.class, () -> await(left));
        assertEquals(2, use().tokens());
        assertEquals(0, use().open());
    }
}
