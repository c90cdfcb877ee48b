package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.protocol.FakeChatService;
import dev.pagoda.gateway.protocol.Parameters;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Call;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BackgroundResponsesTest {
    private static final Call CALL = Call.within(
            new Principal("acme", "team", "project", "key", Principal.Role.MEMBER), "trace", Duration.ofMinutes(1));

    private final Vertx vertx = Vertx.vertx();

    /// Fulfilled when all of an ended response may be kept.
    private final Promise<Void> mayBeKept = Promise.promise();

    private final CountDownLatch ending = new CountDownLatch(1);

    @AfterEach
    void close() throws TimeoutException {
        await(vertx.close());
    }

    private static <T> T await(Future<T> future) throws TimeoutException {
        return future.await(60, TimeUnit.SECONDS);
    }

    private final class SlowKeeper implements BackgroundResponses.Keeper {
        private final AtomicInteger kept = new AtomicInteger();

        @Override
        public Future<Void> keep(ResponseDraft draft) {
            if (kept.getAndIncrement() == 0) {
                return Future.succeededFuture();
            }
            ending.countDown();
            return mayBeKept.future();
        }

        @Override
        public Future<Void> keepEvents(String id, List<ObjectNode> events) {
            return Future.succeededFuture();
        }
    }

    /// So that who deletes it deletes what was written last, too.
    @Test
    void oneThatEndsByItselfIsCancelledWhenAllOfItIsKept() throws Exception {
        var background = new BackgroundResponses(vertx, new FakeChatService(vertx), InstantSource.system());
        var body = new ObjectMapper().readTree("{\"model\": \"missing\", \"input\": \"Hi\", \"background\": true}");
        var parameters = ResponseParameters.of(Parameters.of(body, ""), true, Map.of());
        ChatRequest request = ChatRequest.of("resp_1", "missing", List.of(new ChatMessage(Role.USER, "Hi")));
        await(background.start(request, CALL, parameters, new SlowKeeper(), Optional.empty()));
        assertTrue(ending.await(60, TimeUnit.SECONDS));

        Future<Optional<ObjectNode>> cancelled = background.cancel("acme", "resp_1");
        assertTrue(await(background.find("acme", "resp_1")).isPresent());
        assertFalse(cancelled.isComplete());
        mayBeKept.complete();
        assertEquals("failed", await(cancelled).orElseThrow().path("status").asText());
        assertEquals(Optional.empty(), await(background.find("acme", "resp_1")));
    }
}
