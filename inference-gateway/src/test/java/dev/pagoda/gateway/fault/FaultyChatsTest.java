package dev.pagoda.gateway.fault;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.RequestFault;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.FakeChatService;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FaultyChatsTest {
    private static final ChatMessage MESSAGE =
            new ChatMessage(Role.USER, List.of(new ContentPart.Text("a b c d e f")), List.of(), "");

    private final Vertx vertx = Vertx.vertx();
    private final FakeChatService engine = new FakeChatService(vertx);
    private final FaultyChats chats = new FaultyChats(vertx, engine, false);

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void anErrorIsToldInsteadOfAnAnswerAndReachesNoEngine() {
        Map<String, Integer> statuses = Map.of(
                "error=429, retry-after=3", 429,
                "error=rate_limit", 429,
                "error=500", 500,
                "error=unavailable", 503,
                "error=timeout", 504,
                "error=invalid_api_key", 401,
                "error=model_not_found", 404,
                "error=context_length", 400);
        statuses.forEach((header, status) -> {
            Refusal refusal = ask("echo", header, Principal.Role.ADMIN).refusal();
            assertEquals(status, refusal == null ? 0 : refusal.reason().status(), header);
        });
        assertEquals(
                3,
                ask("echo", "retry-after=3; error=429", Principal.Role.ADMIN)
                        .refusal()
                        .retryAfterSeconds());
        assertTrue(engine.chats.isEmpty());
    }

    @Test
    void anAnswerIsCutAfterSoManyTokensAndItsEngineIsFreed() {
        Heard heard = ask("endless", "cut=3", Principal.Role.ADMIN);

        assertEquals("a b c ", heard.text().toString());
        assertEquals("stream_cut", heard.refusal().code());
        assertEquals(1, engine.cancelled.get());
    }

    @Test
    void delaysChangeNoAnswer() {
        long begunNanos = System.nanoTime();
        Heard heard = ask("echo", "ttft=50ms, itl=10ms", Principal.Role.ADMIN);

        assertNull(heard.refusal);
        assertEquals("a b c d e f", heard.text().toString());
        assertEquals(6, heard.usage().completionTokens());
        assertTrue(Duration.ofNanos(System.nanoTime() - begunNanos).toMillis() >= 100, "50 ms and five gaps of 10 ms");
    }

    @Test
    void whatHangsEndsWithItsDeadline() {
        Heard heard = ask("echo", "hang", Principal.Role.ADMIN);

        assertEquals(504, heard.refusal().reason().status());
        assertTrue(engine.chats.isEmpty());
    }

    @Test
    void aKillGoesOnToTheEnginesAndNobodyElseCanSayIt() {
        ask("echo", "kill=5", Principal.Role.ADMIN);
        assertEquals("5", engine.chats.remove().hints().headers().get(RequestFault.KILL_HEADER));

        ask("echo", Map.of(RequestFault.KILL_HEADER, "7"), Principal.Role.ADMIN);
        assertNull(engine.chats.remove().hints().headers().get(RequestFault.KILL_HEADER));
    }

    @Test
    void onlyTheModelThatIsNamedFails() {
        assertNull(ask("echo", "error=500, model=other", Principal.Role.ADMIN).refusal);
        assertEquals(
                500,
                ask("echo", "error=500, model=echo", Principal.Role.ADMIN)
                        .refusal()
                        .reason()
                        .status());
    }

    @Test
    void othersThanAdministratorsMayOnlyIfTheSettingsSaySo() {
        assertEquals(
                "faults_not_allowed",
                ask("echo", "error=500", Principal.Role.MEMBER).refusal().code());

        var open = new FaultyChats(vertx, engine, true);
        assertEquals(
                "injected_internal",
                ask(open, "echo", Map.of(FaultyChats.HEADER, "error=500"), Principal.Role.MEMBER)
                        .refusal()
                        .code());
    }

    @Test
    void whatCannotBeReadIsTold() {
        for (String header : List.of(
                "",
                "error",
                "error=418",
                "error=999999999999",
                "cut=0",
                "cut=-1",
                "cut=99999999999",
                "ttft=1h",
                "ttft=0",
                "itl=61s",
                "explode",
                "cut=1,cut=2",
                "retry-after=x")) {
            assertThrows(IllegalArgumentException.class, () -> AskedFault.of(header), header);
            assertEquals(
                    "invalid_fault",
                    ask("echo", header, Principal.Role.ADMIN).refusal().code(),
                    header);
        }
    }

    private Heard ask(String model, String header, Principal.Role role) {
        return ask(model, Map.of(FaultyChats.HEADER, header), role);
    }

    private Heard ask(String model, Map<String, String> headers, Principal.Role role) {
        return ask(chats, model, headers, role);
    }

    private Heard ask(FaultyChats service, String model, Map<String, String> headers, Principal.Role role) {
        var heard = new Heard();
        var call = Call.within(
                new Principal("acme", "team", "project", "k1", role),
                "req_1",
                Duration.ofSeconds(headers.containsValue("hang") ? 2 : 60));
        ChatRequest request = ChatRequest.of("req_1", model, List.of(MESSAGE))
                .withHints(Hints.none().withHeaders(headers));
        var handle = new CompletableFuture<ChatHandle>();
        vertx.runOnContext(v -> handle.complete(service.chat(request, call, heard)));
        heard.ended.orTimeout(60, TimeUnit.SECONDS).join();
        vertx.runOnContext(v -> handle.join().cancel());
        return heard;
    }

    /// What a client would have heard.
    private static final class Heard implements ChatListener {
        final CompletableFuture<Void> ended = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();
        private @Nullable Refusal refusal;
        private @Nullable TokenUsage usage;

        StringBuilder text() {
            return text;
        }

        Refusal refusal() {
            return Objects.requireNonNull(refusal);
        }

        TokenUsage usage() {
            return Objects.requireNonNull(usage);
        }

        @Override
        public void onStart(ChatStarted started) {}

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            text.append(delta.text());
        }

        @Override
        public void onFinish(int choice, FinishReason reason) {}

        @Override
        public void onEnd(TokenUsage used) {
            usage = used;
            ended.complete(null);
        }

        @Override
        public void onFailure(Refusal told) {
            refusal = told;
            ended.complete(null);
        }
    }
}
