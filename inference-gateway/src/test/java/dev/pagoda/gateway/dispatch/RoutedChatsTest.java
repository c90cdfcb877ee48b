package dev.pagoda.gateway.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.dispatch.RoutePolicy.Fallbacks;
import dev.pagoda.gateway.dispatch.RoutePolicy.Hedge;
import dev.pagoda.gateway.dispatch.RoutePolicy.Route;
import dev.pagoda.gateway.dispatch.RoutePolicy.Shadow;
import dev.pagoda.gateway.dispatch.RoutePolicy.Weighted;
import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.store.Store;
import dev.pagoda.governance.store.StoreConfig;
import dev.pagoda.governance.telemetry.Telemetry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RoutedChatsTest {
    private static final Principal PRINCIPAL = new Principal("acme", "team", "project", "k1", Principal.Role.MEMBER);

    private final Vertx vertx = Vertx.vertx();
    private final Engines engines = new Engines();

    @SuppressWarnings("NullAway.Init")
    private Store store;

    @SuppressWarnings("NullAway.Init")
    private PolicyBook<RoutePolicy> policies;

    @SuppressWarnings("NullAway.Init")
    private RoutedChats chats;

    @BeforeEach
    void open() {
        store = Store.open(vertx, StoreConfig.defaults(), Optional.empty());
        store.migrate("gateway");
        policies = new PolicyBook<>(store, "routes", RoutePolicy.class);
        chats = new RoutedChats(vertx, engines, policies, new Telemetry().meters());
    }

    @AfterEach
    void close() {
        await(vertx.close());
        store.close();
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    /// Models that refuse with what is set for them, stay silent, or answer at once with their name.
    private static final class Engines implements ChatService {
        final Map<String, Refusal> refusals = new HashMap<>();
        final List<String> silent = new ArrayList<>();
        final List<String> asked = new ArrayList<>();
        final List<String> cancelled = new ArrayList<>();
        final Map<String, ChatListener> waiting = new HashMap<>();
        final List<Principal> principals = new ArrayList<>();

        @Override
        public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
            asked.add(request.model() + " " + request.requestId());
            principals.add(call.principal());
            Refusal refusal = refusals.get(request.model());
            if (refusal != null) {
                listener.onFailure(refusal);
            } else if (silent.contains(request.model())) {
                waiting.put(request.requestId(), listener);
            } else {
                answer(request.model(), listener);
            }
            return () -> cancelled.add(request.requestId());
        }

        static void answer(String model, ChatListener listener) {
            listener.onStart(new ChatStarted(model, "1", 1, "r1"));
            listener.onDelta(0, new ChatDelta.Text(model, 1));
            listener.onFinish(0, FinishReason.STOP);
            listener.onEnd(new TokenUsage(1, 1));
        }

        @Override
        public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
            return Future.failedFuture("not asked");
        }

        @Override
        public Future<List<ServedModel>> models(Call call) {
            return Future.succeededFuture(List.of());
        }
    }

    /// What a client hears.
    private static final class Heard implements ChatListener {
        final StringBuilder text = new StringBuilder();
        final Map<String, String> headers = new TreeMap<>();
        int ends;

        @Nullable
        Refusal refusal;

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
        public void onFinish(int choice, FinishReason reason) {}

        @Override
        public void onEnd(TokenUsage usage) {
            ends++;
        }

        @Override
        public void onFailure(Refusal why) {
            refusal = why;
        }
    }

    private void route(Route... routes) {
        await(policies.put("acme", new RoutePolicy(List.of(routes))));
    }

    private Heard ask(String id, String model) {
        var heard = new Heard();
        chats.chat(
                ChatRequest.of(id, model, List.of(new ChatMessage(Role.USER, "hi"))),
                Call.within(PRINCIPAL, id, Duration.ofMinutes(1)),
                heard);
        return heard;
    }

    @Test
    void anAliasIsAnsweredByItsTargetsInProportion() {
        route(new Route("chat", List.of(new Weighted("big", 1), new Weighted("small", 3)), null, null, null));
        int small = 0;
        for (int i = 0; i < 2_000; i++) {
            small += ask("req-" + i, "chat").text.toString().equals("small") ? 1 : 0;
        }

        assertTrue(small > 1_400 && small < 1_600, small + " of 2000 went to a target with three of four parts");
    }

    @Test
    void eachKindOfFailureHasItsOwnFallback() {
        route(new Route("big", null, new Fallbacks("long", "lenient", "quiet", "spare"), null, null));
        Map.of(
                        Refusal.of(Reason.INVALID, "context_length_exceeded", "too long"), "long",
                        Refusal.of(Reason.INVALID, "content_policy_violation", "no"), "lenient",
                        Refusal.of(Reason.EXHAUSTED, "queue_full", "later"), "quiet",
                        Refusal.of(Reason.UNAVAILABLE, "replica_unavailable", "gone"), "spare")
                .forEach((refusal, model) -> {
                    engines.refusals.put("big", refusal);
                    Heard heard = ask("req", "big");
                    assertEquals(model, heard.text.toString());
                    assertEquals(
                            "model=" + model + "; fallback=" + refusal.code(), heard.headers.get(RoutedChats.HEADER));
                    assertEquals(1, heard.ends);
                });
    }

    @Test
    void whatIsWrongWithTheRequestItselfHasNoFallback() {
        route(new Route("big", null, new Fallbacks("a", "b", "c", "d"), null, null));
        engines.refusals.put("big", Refusal.of(Reason.INVALID, "bad_parameter", "no"));

        Refusal heard = ask("req", "big").refusal;

        assertTrue(heard != null && heard.code().equals("bad_parameter"));
        assertEquals(List.of("big req"), engines.asked);
    }

    @Test
    void noModelIsAskedTwiceHoweverFallbacksPoint() {
        route(new Route("big", null, new Fallbacks(null, null, null, "big"), null, null));
        engines.refusals.put("big", Refusal.of(Reason.UNAVAILABLE, "gone", "gone"));
        Heard heard = ask("req", "big");

        assertEquals(1, engines.asked.size());
        assertTrue(heard.refusal != null && heard.refusal.code().equals("gone"));
    }

    @Test
    void aShadowIsAskedAndNotHeard() {
        route(new Route("big", null, null, new Shadow("next", 100), null));
        Heard heard = ask("req", "big");

        assertEquals("big", heard.text.toString());
        assertEquals(List.of("next req-shadow", "big req"), engines.asked);
        assertEquals(List.of(Principal.PLATFORM, PRINCIPAL), engines.principals);
    }

    @Test
    void aLateRequestIsAskedAgainAndTheFirstToBeginAnswers() {
        route(new Route("big", null, null, null, new Hedge("spare")));
        for (int i = 0; i < 100; i++) {
            ask("warm-" + i, "big");
        }
        engines.silent.add("big");
        engines.asked.clear();
        var heard = new Heard[1];
        vertx.getOrCreateContext().runOnContext(v -> heard[0] = ask("late", "big"));
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (heard[0] == null || heard[0].ends == 0) {
            assertTrue(System.nanoTime() < deadline, "nobody answered");
            Thread.onSpinWait();
        }

        assertEquals("spare", heard[0].text.toString());
        assertEquals(List.of("big late", "spare late-2"), engines.asked);
        assertEquals(List.of("late"), engines.cancelled);
        Engines.answer("big", Objects.requireNonNull(engines.waiting.get("late")));
        assertEquals("spare", heard[0].text.toString(), "the loser was heard too");
    }

    @Test
    void atMostOneRequestInTwentyIsAskedAgain() {
        var times = new StartTimes();
        int hedged = 0;
        for (int i = 0; i < 1_000; i++) {
            times.sent();
            hedged += times.mayHedge() ? 1 : 0;
        }

        assertEquals(50, hedged);
    }

    @Test
    void lateIsLaterThanNinetyFiveInAHundred() {
        var times = new StartTimes();
        assertEquals(Long.MAX_VALUE, times.sent());
        for (int i = 1; i <= 512; i++) {
            times.began(i);
        }

        assertEquals(487, times.sent());
    }

    @Test
    void aPolicyThatContradictsItselfIsRefused() {
        var route = new Route("big", null, null, null, null);

        assertThrows(IllegalArgumentException.class, () -> new RoutePolicy(List.of(route, route)));
        assertThrows(IllegalArgumentException.class, () -> new Weighted("big", -1));
        assertThrows(IllegalArgumentException.class, () -> new Shadow("big", 101));
        assertFalse(route.isShadowed("any"));
    }
}
