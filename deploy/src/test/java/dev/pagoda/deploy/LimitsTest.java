package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.deploy.RunningPlatform.Reply;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Limits as clients and administrators meet them, on a whole platform.
class LimitsTest {
    private static String keyId(String secret) {
        return secret.substring(0, "pgd-0123456789abcdef".length());
    }

    private static Reply chat(RunningPlatform platform, String key, int maxTokens, String text)
            throws IOException, InterruptedException {
        return platform.send("POST", "/v1/chat/completions", """
                {"model":"qwen2.5-7b-instruct","max_tokens":%d,"messages":[{"role":"user","content":"%s"}]}""".formatted(maxTokens, text), key);
    }

    @Test
    void thousandParallelRequestsOnAKeyOfHundredTokensAMinuteTakeNoTokenTooMany() throws Exception {
        try (var platform = RunningPlatform.ephemeral();
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            String key = platform.keyOfNewTenant("bounded");
            Reply set = platform.put(
                    "/platform/limits",
                    "{\"tenant\":\"bounded\",\"key\":\"" + keyId(key) + "\",\"tokens_per_minute\":100}");
            assertEquals(201, set.status(), set.toString());

            List<Callable<Reply>> requests = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                int maxTokens = 1 + i % 20;
                requests.add(() -> chat(platform, key, maxTokens, "hi"));
            }
            long told = 0;
            int answered = 0;
            for (Future<Reply> each : clients.invokeAll(requests)) {
                Reply reply = answerOf(each);
                if (reply.status() == 200) {
                    answered++;
                    told += reply.json().at("/usage/total_tokens").asLong();
                } else {
                    assertEquals(429, reply.status(), reply.toString());
                    assertEquals(
                            "rate_limit_exceeded",
                            reply.json().at("/error/code").asText());
                    assertEquals("tokens", reply.json().at("/error/type").asText());
                    assertTrue(Integer.parseInt(header(reply, "retry-after")) >= 1, reply.toString());
                }
            }

            JsonNode usage =
                    platform.get("/platform/usage?tenant=bounded").json().path("total");
            assertEquals(told, usage.path("total_tokens").asLong());
            assertTrue(told <= 100, told + " tokens were used");
            assertTrue(answered > 0);
        }
    }

    private static Reply answerOf(Future<Reply> each) throws InterruptedException, ExecutionException {
        return each.get();
    }

    private static String header(Reply reply, String name) {
        return reply.response().headers().firstValue(name).orElseThrow(() -> new AssertionError("no " + name));
    }

    @Test
    void clientsAreToldWhereTheyStandAndSettingsSurviveARestart(@TempDir Path data) throws Exception {
        String admin;
        String key;
        try (var platform = RunningPlatform.first(data)) {
            admin = platform.key();
            key = platform.keyOfNewTenant("bounded");
            platform.put(
                    "/platform/limits",
                    "{\"tenant\":\"bounded\",\"requests_per_minute\":3,\"tokens_per_minute\":5000}");
            Reply reply = chat(platform, key, 20, "hello");
            assertEquals(200, reply.status(), reply.toString());
            assertEquals("3", header(reply, "x-ratelimit-limit-requests"));
            assertEquals("2", header(reply, "x-ratelimit-remaining-requests"));
            assertTrue(header(reply, "x-ratelimit-reset-requests").matches("1m0(\\.\\d+)?s|5\\d(\\.\\d+)?s"));
            assertEquals("5000", header(reply, "x-ratelimit-limit-tokens"));
            assertTrue(Integer.parseInt(header(reply, "x-ratelimit-remaining-tokens")) > 4_900);
            assertTrue(header(reply, "x-ratelimit-reset-tokens").endsWith("s"));
            assertEquals(
                    403,
                    platform.send("PUT", "/platform/limits", "{\"tenant\":\"bounded\",\"concurrent\":9}", key)
                            .status());
            assertEquals(
                    1,
                    platform.send("GET", "/platform/limits", null, key)
                            .json()
                            .path("data")
                            .size());
            String other = platform.keyOfNewTenant("other");
            assertEquals(
                    0,
                    platform.send("GET", "/platform/limits", null, other)
                            .json()
                            .path("data")
                            .size());
            assertEquals(200, chat(platform, other, 20, "hello").status());
        }
        try (var platform = RunningPlatform.again(data, admin)) {
            for (int i = 0; i < 3; i++) {
                assertEquals(200, chat(platform, key, 20, "hello").status());
            }
            Reply refused = chat(platform, key, 20, "hello");
            assertEquals(429, refused.status());
            assertEquals("requests", refused.json().at("/error/type").asText());
            assertTrue(
                    refused.json()
                            .at("/error/message")
                            .asText()
                            .startsWith("Rate limit reached for qwen2.5-7b-instruct in organization bounded on requests"
                                    + " per min (RPM): Limit 3, Used 3, Requested 1. Please try again in "),
                    refused.toString());
            assertEquals("0", header(refused, "x-ratelimit-remaining-requests"));

            assertEquals(
                    204,
                    platform.send("DELETE", "/platform/limits?tenant=bounded", null, admin)
                            .status());
            assertEquals(
                    404,
                    platform.send("DELETE", "/platform/limits?tenant=bounded", null, admin)
                            .status());
            assertEquals(200, chat(platform, key, 20, "hello").status());
        }
    }
}
