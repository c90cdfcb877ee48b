package dev.pagoda.gateway.openai;

import static dev.pagoda.gateway.openai.OpenAiServer.await;
import static dev.pagoda.gateway.openai.OpenAiServer.awaitTrue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.upstream.UpstreamSpec;
import dev.pagoda.governance.http.ServerOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What clients hear when the only server of a model fails.
class FaultyUpstreamTest {
    private static final int HELD = 8;

    private final HttpClient client = HttpClient.newHttpClient();
    private final RelayServer server = new RelayServer();
    private final Queue<HttpServerRequest> held = new ConcurrentLinkedQueue<>();
    private final AtomicInteger arrived = new AtomicInteger();
    private boolean released;

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private void declare(int port) {
        await(server.upstreams.put(new UpstreamSpec(
                "only",
                "http://127.0.0.1:" + port + "/v1",
                null,
                Map.of("big", "big"),
                0,
                null,
                null,
                null,
                null,
                null,
                null)));
    }

    private CompletableFuture<HttpResponse<String>> ask() {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port + "/v1/chat/completions"))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer good")
                .POST(BodyPublishers.ofString("{\"model\":\"big\",\"messages\":[]}"))
                .build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    private static void answer(HttpServerRequest request) {
        request.response().putHeader("content-type", "application/json").end("{\"choices\":[]}");
    }

    /// Hangs up on one request, and holds every other until [#release()].
    private synchronized void serve(HttpServerRequest request) {
        int number = arrived.incrementAndGet();
        if (number == HELD + 1) {
            request.connection().close();
        } else if (released) {
            answer(request);
        } else {
            held.add(request);
        }
    }

    private synchronized void release() {
        released = true;
        held.forEach(FaultyUpstreamTest::answer);
    }

    @Test
    void aFailureAmongManyRequestsIsAnErrorToNobody() throws Exception {
        HttpServer upstream = await(server.vertx
                .createHttpServer(ServerOptions.usual())
                .requestHandler(request -> request.body().onSuccess(body -> serve(request)))
                .listen(0, "127.0.0.1"));
        declare(upstream.actualPort());
        List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
        for (int i = 0; i < HELD; i++) {
            answers.add(ask());
        }
        awaitTrue(() -> held.size() == HELD);
        answers.add(ask());
        awaitTrue(() -> arrived.get() > HELD);
        for (int i = 0; i < 20; i++) {
            answers.add(ask());
        }

        var anybody = CompletableFuture.anyOf(answers.toArray(CompletableFuture<?>[]::new));
        assertThrows(TimeoutException.class, () -> anybody.get(300, TimeUnit.MILLISECONDS));
        release();
        for (CompletableFuture<HttpResponse<String>> each : answers) {
            HttpResponse<String> got = each.get(60, TimeUnit.SECONDS);
            assertEquals(200, got.statusCode(), got.body());
        }
    }

    @Test
    void whoIsRefusedWhileTheServerIsNotAskedIsToldWhenToComeAgain() throws Exception {
        declare(1);
        HttpResponse<String> last = ask().get(60, TimeUnit.SECONDS);
        for (int i = 0; i < 5; i++) {
            last = ask().get(60, TimeUnit.SECONDS);
        }

        assertEquals(503, last.statusCode());
        assertTrue(last.body().contains("\"upstream_unavailable\""), last.body());
        int seconds = Integer.parseInt(last.headers().firstValue("retry-after").orElse("none"));
        assertTrue(seconds > 1 && seconds <= 30, "retry-after " + seconds);
    }
}
