package dev.pagoda.gateway.openai;

import static dev.pagoda.gateway.openai.OpenAiServer.await;
import static dev.pagoda.gateway.openai.OpenAiServer.awaitTrue;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.pagoda.gateway.upstream.UpstreamSpec;
import dev.pagoda.governance.api.ServiceTier;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.http.ServerOptions;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Answers of other servers that are kept, and the tier that they name.
class KeptRelayTest {
    private static final String ANSWER =
            "{ \"id\":\"theirs-1\", \"object\":\"chat.completion\",\"model\":\"their-big\","
                    + "\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Salt\"},\"finish_reason\":\"stop\"}],"
                    + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3},\"service_tier\":\"flex\"}";
    private static final List<String> EVENTS = List.of(
            "data: {\"id\":\"theirs-2\",\"service_tier\":\"auto\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Sa\"}}],"
                    + "\"usage\":null}\n\n",
            "data: {\"id\":\"theirs-2\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lt\"},"
                    + "\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
            "data: {\"id\":\"theirs-2\",\"service_tier\":\"priority\",\"choices\":[],"
                    + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n",
            "data: [DONE]\n\n");

    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final RelayServer server = new RelayServer();

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private void upstream(String type, List<String> parts) {
        int port = await(server.vertx
                        .createHttpServer(ServerOptions.usual())
                        .requestHandler(request -> request.body().onSuccess(body -> {
                            var response = request.response().setChunked(true).putHeader("content-type", type);
                            parts.forEach(response::write);
                            response.end();
                        }))
                        .listen(0, "127.0.0.1"))
                .actualPort();
        await(server.upstreams.put(new UpstreamSpec(
                "one",
                "http://127.0.0.1:" + port + "/v1",
                null,
                Map.of("big", "their-big"),
                0,
                null,
                null,
                null,
                null,
                null,
                null)));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port + "/v1" + path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer good");
    }

    private HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException broken) {
            throw new IllegalStateException(broken);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private HttpResponse<String> chat(String more) {
        String body = "{\"model\":\"big\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]" + more + "}";
        return send(
                request("/chat/completions").POST(BodyPublishers.ofString(body)).build());
    }

    private JsonNode get(String path) throws IOException {
        return json.readTree(send(request(path).GET().build()).body());
    }

    private UsageRecord booked() {
        awaitTrue(() -> !server.booked.isEmpty());
        return server.booked.getFirst().usage();
    }

    @Test
    void aWholeAnswerIsKeptAndPassedOnAsItCame() throws Exception {
        upstream("application/json", List.of(ANSWER));
        var answer = chat(",\"store\":true,\"metadata\":{\"run\":\"x\"}");

        assertEquals(ANSWER, answer.body());
        JsonNode kept = get("/chat/completions/theirs-1");
        assertEquals("Salt", kept.at("/choices/0/message/content").asText());
        assertEquals("x", kept.at("/metadata/run").asText());
        assertEquals(
                answer.headers().firstValue("x-request-id").orElse(""),
                kept.path("request_id").asText());
        assertEquals(
                "hi",
                get("/chat/completions/theirs-1/messages").at("/data/0/content").asText());
    }

    @Test
    void aStreamIsKeptWhenItsClientReadsItsEnd() throws Exception {
        upstream("text/event-stream", EVENTS);
        var answer = chat(",\"store\":true,\"stream\":true");

        assertEquals(
                EVENTS.get(0).replace(",\"usage\":null", "")
                        + EVENTS.get(1).replace(",\"usage\":null", "")
                        + EVENTS.get(3),
                answer.body());
        JsonNode kept = get("/chat/completions").at("/data/0");
        assertEquals("theirs-2", kept.path("id").asText());
        assertEquals("Salt", kept.at("/choices/0/message/content").asText());
        assertEquals(9, kept.at("/usage/total_tokens").asInt());
    }

    @Test
    void whatIsNotToBeKeptIsNot() throws Exception {
        upstream("application/json", List.of(ANSWER));
        chat("");
        chat(",\"store\":false");

        assertTrue(get("/chat/completions").path("data").isEmpty());
        assertEquals(
                404, send(request("/chat/completions/theirs-1").GET().build()).statusCode());
    }

    @Test
    void anAnswerThatIsNoCompletionGoesOnUnkept() throws Exception {
        upstream("text/plain", List.of("not JSON"));

        assertEquals("not JSON", chat(",\"store\":true").body());
        assertTrue(get("/chat/completions").path("data").isEmpty());
    }

    @Test
    void aWholeAnswerIsBookedAtTheTierThatItNames() {
        upstream("application/json", List.of(ANSWER));
        chat(",\"service_tier\":\"priority\"");

        assertEquals(ServiceTier.FLEX, booked().tier());
    }

    @Test
    void aStreamIsBookedAtTheTierThatItNamesLast() {
        upstream("text/event-stream", EVENTS);
        chat(",\"stream\":true");

        assertEquals(ServiceTier.PRIORITY, booked().tier());
    }

    @Test
    void anAnswerThatNamesNoTierIsOfTheDefaultOne() {
        upstream(
                "application/json",
                List.of(ANSWER.replace(
                        "\"service_tier\":\"flex\"",
                        "\"service_tier\":null,\"metadata\":{\"service_tier\":\"flex\"}")));
        chat(",\"service_tier\":\"flex\"");

        assertEquals(ServiceTier.DEFAULT, booked().tier());
    }

    @Test
    void whatHasToBeReadIsBookedAtTheTierOfTheAnswerToo() {
        server.isRead.set(true);
        upstream("text/event-stream", EVENTS);
        assertEquals(200, chat(",\"service_tier\":\"flex\"").statusCode());

        assertEquals(ServiceTier.PRIORITY, booked().tier());
    }
}
