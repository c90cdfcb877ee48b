package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.deploy.RunningPlatform.Reply;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The request log, on a whole platform.
class RequestLogTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

    private static Reply ask(RunningPlatform platform, String key, String model)
            throws IOException, InterruptedException {
        return platform.send("POST", "/v1/chat/completions", body(model), key);
    }

    private static String body(String model) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":20,\"messages\":[{\"role\":\"user\",\"content\":"
                + "\"When does the shop open?\"}]}";
    }

    private static JsonNode page(RunningPlatform platform, String query, String key)
            throws IOException, InterruptedException {
        Reply reply = platform.send("GET", "/platform/requests" + query, null, key);
        assertEquals(200, reply.status(), reply.toString());
        return reply.json();
    }

    @Test
    void everyRequestIsFoundWithWhatBecameOfItByItsTenantAlone(@TempDir Path data) throws Exception {
        String admin;
        String id;
        try (var platform = RunningPlatform.first(data)) {
            admin = platform.key();
            String key = platform.keyOfNewTenant("acme");
            String other = platform.keyOfNewTenant("other");
            Reply answered = ask(platform, key, "qwen2.5-7b-instruct");
            id = answered.json().path("id").asText();
            assertEquals(404, ask(platform, key, "no-such-model").status());
            assertEquals(200, ask(platform, other, "qwen2.5-7b-instruct").status());
            assertTrue(Long.parseLong(answered.response()
                            .headers()
                            .firstValue("x-pagoda-overhead-us")
                            .orElse("-1"))
                    > 0);

            JsonNode own = page(platform, "?limit=1", key);
            assertEquals(1, own.path("data").size());
            JsonNode refused = own.path("data").path(0);
            assertEquals("refused", refused.path("outcome").asText());
            assertEquals("model_not_found", refused.path("error").asText());
            JsonNode next =
                    page(platform, "?limit=1&cursor=" + own.path("next_cursor").asText(), key);
            assertTrue(next.path("next_cursor").isNull());
            JsonNode completed = next.path("data").path(0);
            assertEquals(id, completed.path("request_id").asText());
            assertEquals("completed", completed.path("outcome").asText());
            assertEquals("acme", completed.path("tenant").asText());
            assertEquals("qwen2.5-7b-instruct", completed.path("model").asText());
            assertFalse(completed.path("replica").asText().isEmpty());
            assertFalse(completed.path("version").asText().isEmpty());
            assertEquals(
                    answered.json().at("/usage/completion_tokens").asLong(),
                    completed.path("completion_tokens").asLong());
            assertTrue(completed.path("cost_nanos").asLong() > 0);
            assertTrue(completed.path("first_token_micros").asLong()
                    >= completed.path("queue_micros").asLong());
            assertTrue(completed.path("duration_micros").asLong()
                    >= completed.path("first_token_micros").asLong());
            assertTrue(completed.path("overhead_micros").asLong() > 0);
            assertEquals(32, completed.path("trace_id").asText().length());

            assertEquals(1, page(platform, "?outcome=refused", key).path("data").size());
            assertEquals(
                    403,
                    platform.send("GET", "/platform/requests?tenant=other", null, key)
                            .status());
            assertEquals(
                    404,
                    platform.send("GET", "/platform/requests/" + id, null, other)
                            .status());
            assertEquals(1, page(platform, "?tenant=other", admin).path("data").size());
            assertEquals(
                    400,
                    platform.send("GET", "/platform/requests?smell=bad", null, key)
                            .status());
            assertTrue(page(platform, "/" + id, key).path("prompt").isMissingNode());
        }
        try (var platform = RunningPlatform.again(data, admin)) {
            assertEquals(
                    1, page(platform, "?request_id=" + id, admin).path("data").size());
        }
    }

    @Test
    void textsAreKeptOnlyWhereAskedForAndTracesGoOnWithTheirCaller() throws Exception {
        try (var platform = RunningPlatform.ephemeral();
                var client = HttpClient.newHttpClient()) {
            String key = platform.keyOfNewTenant("acme");
            assertEquals(
                    200,
                    platform.put("/platform/journal/acme", "{\"prompts\":true}").status());
            client.send(
                    HttpRequest.newBuilder(URI.create(platform.url("/v1/chat/completions")))
                            .header("Authorization", "Bearer " + key)
                            .header("traceparent", "00-" + TRACE + "-00f067aa0ba902b7-01")
                            .POST(BodyPublishers.ofString(body("qwen2.5-7b-instruct")))
                            .build(),
                    BodyHandlers.ofString());

            JsonNode found = page(platform, "?trace_id=" + TRACE, key).path("data");
            assertEquals(1, found.size());
            JsonNode whole =
                    page(platform, "/" + found.path(0).path("request_id").asText(), key);
            assertEquals("user: When does the shop open?", whole.path("prompt").asText());
            assertFalse(whole.path("answer").asText().isEmpty());
        }
    }
}
