package dev.pagoda.gateway.openai;

import static dev.pagoda.gateway.openai.OpenAiServer.await;
import static dev.pagoda.gateway.openai.OpenAiServer.awaitTrue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.openai.OpenAiServer.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamLifeTest {
    private final OpenAiServer server =
            new OpenAiServer(new OpenAiConfig(1 << 20, Duration.ofSeconds(30), 64 << 10, Duration.ofMillis(300), true));

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aClientThatLeavesAStreamEndsItsChat() throws IOException {
        try (Socket socket = ask("endless", true)) {
            awaitTrue(() -> server.service.running.get() == 1);
            assertTrue(socket.getInputStream().read() > 0);
            assertEquals(1, server.exchanges.count());
        }
        awaitTrue(() -> server.service.cancelled.get() == 1);
        awaitTrue(() -> server.exchanges.count() == 0);
        assertEquals(0, server.service.running.get());
        assertEquals(1, counter("pagoda.gateway.disconnects"));
    }

    @Test
    void aClientThatLeavesWhileItWaitsForAWholeAnswerEndsItsChat() throws IOException {
        try (Socket socket = ask("endless", false)) {
            assertTrue(socket.isConnected());
            awaitTrue(() -> server.service.running.get() == 1);
        }
        awaitTrue(() -> server.service.cancelled.get() == 1);
    }

    @Test
    void aClientThatLeavesBeforeAnEngineTakesItUpEndsItsChat() throws IOException {
        try (Socket socket = ask("waits", true)) {
            assertTrue(socket.isConnected());
            awaitTrue(() -> server.service.running.get() == 1);
        }
        awaitTrue(() -> server.service.cancelled.get() == 1);
        awaitTrue(() -> server.exchanges.count() == 0);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/embeddings | {\"model\":\"waits\",\"input\":\"x\"}",
                "/v1/rerank | {\"model\":\"waits\",\"query\":\"x\",\"documents\":[\"y\"]}"
            })
    void aClientThatLeavesEndsTheReadingOfItsTexts(String path, String body) throws IOException {
        try (Socket socket = post(path, body)) {
            assertTrue(socket.isConnected());
            awaitTrue(() -> server.service.running.get() == 1);
        }
        awaitTrue(() -> server.service.cancelled.get() == 1);
    }

    @Test
    void aReaderThatTakesNothingIsDroppedWithinTheBound() throws IOException {
        try (Socket socket = ask("flood", true)) {
            assertTrue(socket.isConnected());
            awaitTrue(() -> server.service.cancelled.get() == 1);
        }
        awaitTrue(() -> server.exchanges.count() == 0);
        assertEquals(1, counter("pagoda.gateway.slow.readers"));
    }

    @Test
    void requestsAreMeteredByRouteAndThoseThatLeftAsSuch() throws IOException {
        server.chat(body("echo", true));
        try (Socket socket = ask("endless", true)) {
            assertTrue(socket.isConnected());
            awaitTrue(() -> server.service.running.get() == 1);
        }
        awaitTrue(() -> server.exchanges.count() == 0);

        for (String status : List.of("200", "499")) {
            String line = "pagoda_http_request_seconds_count{method=\"POST\",route=\"/v1/chat/completions\",status=\""
                    + status + "\"} 1";
            awaitTrue(() -> server.telemetry.scrape().contains(line));
        }
    }

    @Test
    void aFailureInMidStreamIsAnErrorEventAndDone() {
        Answer answer = server.chat(body("breaks", true));

        assertEquals(200, answer.status());
        List<String> events =
                answer.body().lines().filter(line -> !line.isEmpty()).toList();
        assertEquals("data: [DONE]", events.getLast());
        assertEquals(
                "{\"error\":{\"message\":\"the replica was lost\",\"type\":\"server_error\",\"param\":null,\"code\":\"replica_lost\"}}",
                events.get(events.size() - 2).substring(6));
    }

    @Test
    void aFailureBeforeAWholeAnswerIsItsStatus() {
        Answer answer = server.chat(body("breaks", false));

        assertEquals(503, answer.status());
        assertEquals("replica_lost", answer.error().path("code").asText());
    }

    @Test
    void aDrainLetsChatsEndAndThenEndsTheRestProperly() throws Exception {
        CompletableFuture<Answer> streamed = CompletableFuture.supplyAsync(() -> server.chat(body("endless", true)));
        CompletableFuture<Answer> whole = CompletableFuture.supplyAsync(() -> server.chat(body("endless", false)));
        awaitTrue(() -> server.service.running.get() == 2);

        await(server.exchanges.drain(Duration.ofMillis(100)));

        Answer stream = streamed.get(60, TimeUnit.SECONDS);
        assertEquals(200, stream.status());
        assertTrue(
                stream.body()
                        .endsWith(
                                "\"type\":\"server_error\",\"param\":null,\"code\":\"shutting_down\"}}\n\ndata: [DONE]\n\n"),
                stream.body());
        assertEquals(503, whole.get(60, TimeUnit.SECONDS).status());
        assertEquals(2, server.service.cancelled.get());
        assertEquals(0, server.exchanges.count());
        Answer late = server.chat(body("echo", false));
        assertEquals(503, late.status());
        assertEquals("1", late.header("retry-after"));
    }

    @Test
    void aDrainWithNothingOpenEndsAtOnce() {
        await(server.exchanges.drain(Duration.ofDays(1)));
    }

    private double counter(String name) {
        return server.telemetry.meters().counter(name).count();
    }

    private static String body(String model, boolean stream) {
        return "{\"model\":\"" + model + "\",\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"a b c d e f\"}]}";
    }

    /// Sends a request and reads nothing.
    private Socket ask(String model, boolean stream) throws IOException {
        return post("/v1/chat/completions", body(model, stream));
    }

    private Socket post(String path, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        var socket = new Socket(InetAddress.getLoopbackAddress(), server.port);
        socket.setSoTimeout(5_000);
        var out = socket.getOutputStream();
        out.write(("POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer good\r\nContent-Length: "
                        + body.length + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        out.write(body);
        out.flush();
        return socket;
    }
}
