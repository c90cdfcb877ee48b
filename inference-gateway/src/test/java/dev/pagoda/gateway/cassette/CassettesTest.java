package dev.pagoda.gateway.cassette;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.governance.http.ServerOptions;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CassettesTest {
    private static final String ASK = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String ASK_SHUFFLED =
            "{ \"messages\": [{\"content\":\"hi\",\"role\":\"user\"}], \"model\":\"m\" }";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Cassettes> opened = new ArrayList<>();
    private final AtomicInteger asked = new AtomicInteger();

    @AfterEach
    void close() {
        client.close();
        opened.forEach(each -> await(each.close()));
        await(vertx.close());
    }

    @Test
    void recordsOnceAndReplaysWithoutTheServer() throws Exception {
        String recording =
                open("record", server(request -> answer(request, 200, "{\"n\":" + asked.incrementAndGet() + "}")));
        assertEquals("{\"n\":1}", post(recording, ASK).body());
        assertEquals("{\"n\":1}", post(recording, ASK_SHUFFLED).body());
        await(opened.getFirst().close());

        String replaying = open("replay", null);
        HttpResponse<String> replayed = post(replaying, ASK_SHUFFLED);

        assertEquals(200, replayed.statusCode());
        assertEquals("{\"n\":1}", replayed.body());
        assertEquals(1, asked.get());
        assertFalse(Files.readString(tape()).contains("secret-key"), "no header is recorded");
    }

    @Test
    void aStreamIsReplayedAsTheBytesItWas() throws Exception {
        String recording = open("record", server(request -> {
            var response = request.response().setChunked(true).putHeader("content-type", "text/event-stream");
            // the euro sign comes in two parts
            byte[] bytes = "data: {\"text\":\"5 \u20ac\"}\n\ndata: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);
            response.write(Buffer.buffer(Arrays.copyOf(bytes, 18)));
            vertx.setTimer(300, v -> response.end(Buffer.buffer(Arrays.copyOfRange(bytes, 18, bytes.length))));
        }));
        String first = post(recording, ASK).body();
        await(opened.getFirst().close());

        long begunNanos = System.nanoTime();
        HttpResponse<String> replayed = post(open("replay", null, "recorded"), ASK);

        assertEquals(first, replayed.body());
        assertEquals(
                "text/event-stream",
                replayed.headers().firstValue("content-type").orElse(""));
        assertTrue(System.nanoTime() - begunNanos >= 250_000_000L, "the pause is kept");
    }

    @Test
    void whatWasNotRecordedIsTheNearestDifference() throws Exception {
        String recording = open("record", server(request -> answer(request, 200, "{}")));
        post(recording, ASK);
        post(recording, ASK.replace("\"m\"", "\"other\"").replace("hi", "bye"));
        await(opened.getFirst().close());

        HttpResponse<String> missed = post(open("replay", null), ASK.replace("hi", "ho"));

        assertEquals(404, missed.statusCode());
        JsonNode error = new ObjectMapper().readTree(missed.body()).path("error");
        assertEquals("cassette_miss", error.path("code").asText());
        assertTrue(
                error.path("message")
                        .asText()
                        .endsWith(
                                "the nearest of 2 differs in 1 places, at messages[0].content: recorded \"hi\", asked \"ho\""),
                missed.body());
    }

    @Test
    void whatMayBeOtherwiseNextTimeIsNotRecorded() throws Exception {
        String recording = open(
                "record",
                server(request ->
                        answer(request, asked.incrementAndGet() == 1 ? 503 : 200, "{\"n\":" + asked.get() + "}")));

        assertEquals(503, post(recording, ASK).statusCode());
        assertEquals("{\"n\":2}", post(recording, ASK).body());
        assertEquals("{\"n\":2}", post(recording, ASK).body());
    }

    @Test
    void aBrokenCassetteIsRefusedByItsLine() throws Exception {
        Files.createDirectories(tape().getParent());
        Files.writeString(tape(), "{\"request\":{}}\n");

        var failure = assertThrows(CompletionException.class, () -> open("replay", null));

        assertTrue(cause(failure).startsWith("line 1 of "), failure.toString());
    }

    @Test
    void aScriptAnswersByItsFirstRuleThatFits() throws Exception {
        String url = script("""
                seed: 3
                rules:
                  - contains: weather
                    matches: "in (\\\\w+)"
                    text: "It rains in {1}."
                    toolCalls: [{name: look, arguments: {city: "{1}", days: 2}}]
                  - model: busy
                    error: {status: 429, message: too much, retryAfter: 7}
                  - contains: choose
                    texts: [one, two, three, four, five, six]
                """);

        JsonNode choice = json(post(url, ASK.replace("hi", "the weather in Oslo?")))
                .path("choices")
                .path(0);
        assertEquals("It rains in Oslo.", choice.path("message").path("content").asText());
        assertEquals("tool_calls", choice.path("finish_reason").asText());
        JsonNode call = choice.path("message").path("tool_calls").path(0).path("function");
        assertEquals("{\"city\":\"Oslo\",\"days\":2}", call.path("arguments").asText());

        HttpResponse<String> busy = post(url, ASK.replace("\"m\"", "\"busy\""));
        assertEquals(429, busy.statusCode());
        assertEquals("7", busy.headers().firstValue("retry-after").orElse(""));

        String once = post(url, ASK.replace("hi", "choose")).body();
        assertEquals(once, post(url, ASK.replace("hi", "choose")).body());
        assertEquals(404, post(url, ASK).statusCode());
        assertTrue(post(url, ASK).body().contains("script_miss"));
    }

    @Test
    void aScriptStreamsTheSameText() throws Exception {
        String url = script("rules: [{text: 'one two three'}]");

        String body = post(
                        url,
                        ASK.replace(
                                "\"model\"", "\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\""))
                .body();

        var text = new StringBuilder();
        JsonNode usage = null;
        for (String line :
                body.lines().filter(each -> each.startsWith("data: {")).toList()) {
            JsonNode chunk = new ObjectMapper().readTree(line.substring(6));
            text.append(
                    chunk.path("choices").path(0).path("delta").path("content").asText(""));
            usage = chunk.has("usage") ? chunk.path("usage") : usage;
        }
        assertEquals("one two three", text.toString());
        assertEquals(3, Objects.requireNonNull(usage).path("completion_tokens").asInt());
        assertTrue(body.endsWith("data: [DONE]\n\n"), body);
    }

    @Test
    void aScriptThatIsNoneIsRefused() {
        for (String text : List.of(
                "rules: []",
                "rules: [{}]",
                "rules: [{text: a, matches: '('}]",
                "rules: [{text: a, whatever: 1}]",
                "rules: [{error: {status: 200}}]",
                "rules: [{text: a, ttftMs: -1}]",
                "nonsense")) {
            var failure = assertThrows(CompletionException.class, () -> script(text), text);
            assertTrue(cause(failure).contains("is no script"), failure.toString());
        }
    }

    private static JsonNode json(HttpResponse<String> response) throws IOException {
        return new ObjectMapper().readTree(response.body());
    }

    private static void answer(HttpServerRequest request, int status, String body) {
        assertEquals("Bearer secret-key", request.getHeader("authorization"));
        request.endHandler(end -> request.response()
                .setStatusCode(status)
                .putHeader("content-type", "application/json")
                .end(body));
    }

    /// @return the base URL of a server that is to be recorded
    private String server(Handler<HttpServerRequest> handler) {
        int port = await(vertx.createHttpServer(ServerOptions.usual())
                        .requestHandler(handler)
                        .listen(0, "127.0.0.1"))
                .actualPort();
        return "http://127.0.0.1:" + port + "/v1";
    }

    private Path tape() {
        return folder.resolve("tapes").resolve("tape.jsonl");
    }

    private String script(String text) throws IOException {
        Path file = folder.resolve("script.yaml");
        Files.writeString(file, text);
        return open(new CassetteConfig("deck", "script", file.toString(), List.of("m"), null, null, null));
    }

    private String open(String mode, @Nullable String baseUrl) {
        return open(mode, baseUrl, "none");
    }

    private String open(String mode, @Nullable String baseUrl, String timing) {
        return open(new CassetteConfig("deck", mode, tape().toString(), List.of("m"), baseUrl, "KEY", timing));
    }

    private String open(CassetteConfig config) {
        var cassettes = new Cassettes(vertx, List.of(config), variable -> variable.equals("KEY") ? "secret-key" : null);
        opened.add(cassettes);
        return await(cassettes.start()).getFirst().baseUrl();
    }

    private HttpResponse<String> post(String url, String body) throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create(url + "/chat/completions"))
                        .timeout(Duration.ofSeconds(60))
                        .header("Authorization", "Bearer another")
                        .POST(BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }

    private static String cause(Throwable failure) {
        return String.valueOf(Objects.requireNonNull(failure.getCause()).getMessage());
    }

    private static <T> T await(Future<T> future) {
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }
}
