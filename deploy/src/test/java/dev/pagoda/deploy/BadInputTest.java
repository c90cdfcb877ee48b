package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.deploy.RunningPlatform.Reply;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Bad input gets a 4xx in the protocol's own form, and nothing is stored.
@Tag("slow")
class BadInputTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String GOOD_CHAT =
            "{\"model\":\"qwen2.5-7b-instruct\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
    private static final String POINTS = "/collections/bad-input/points?wait=true";

    private static RunningPlatform platform;

    @BeforeAll
    static void start() throws Exception {
        platform = RunningPlatform.ephemeral();
        Reply created = platform.put("/collections/bad-input", "{\"vectors\":{\"size\":4,\"distance\":\"Cosine\"}}");
        assertEquals(200, created.status(), created.toString());
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    @Test
    void answersOpenAiMistakesInOpenAisShapeAndMetersNothing() throws Exception {
        long before = requestsMetered();
        record Mistake(String body, int status, @Nullable String param) {}
        String deep = "[".repeat(100_000);
        List<Mistake> mistakes = List.of(
                new Mistake("{\"model\":", 400, null),
                new Mistake("[]", 400, null),
                new Mistake(deep, 400, null),
                new Mistake(GOOD_CHAT.replace("\"hi\"", "7"), 400, null),
                new Mistake(GOOD_CHAT.replace("qwen2.5-7b-instruct", "no-such-model"), 404, null),
                new Mistake(GOOD_CHAT.replace("}]}", "}],\"max_tokens\":-5}"), 400, "max_tokens"),
                new Mistake(GOOD_CHAT.replace("}]}", "}],\"max_tokens\":\"many\"}"), 400, "max_tokens"),
                new Mistake(GOOD_CHAT.replace("}]}", "}],\"temperature\":3}"), 400, "temperature"),
                new Mistake(GOOD_CHAT.replace("}]}", "}],\"n\":0}"), 400, "n"),
                new Mistake("{\"model\":\"qwen2.5-7b-instruct\"}", 400, "messages"),
                new Mistake("{\"pad\":\"" + "x".repeat(20 << 20) + "\"}", 413, null));
        for (Mistake mistake : mistakes) {
            Reply reply = platform.post(CHAT, mistake.body());
            String shown =
                    mistake.body().substring(0, Math.min(120, mistake.body().length())) + " -> " + reply;
            assertEquals(mistake.status(), reply.status(), shown);
            JsonNode error = reply.json().path("error");
            assertTrue(error.path("message").isTextual(), shown);
            assertTrue(error.has("type") && error.has("param") && error.has("code"), shown);
            if (mistake.param() != null) {
                assertEquals(mistake.param(), error.path("param").asText(), shown);
            }
        }
        assertEquals(before, requestsMetered());
    }

    @Test
    void answersVectorMistakesInQdrantsEnvelopeAndStoresNothing() throws Exception {
        List<String> mistakes = List.of(
                "{\"points\":[{\"id\":1,\"vector\":[1,2,3]}]}",
                "{\"points\":[{\"id\":2,\"vector\":[1,2,3,4]},{\"id\":3,\"vector\":[1]}]}",
                "{\"points\":[{\"id\":-1,\"vector\":[1,2,3,4]}]}",
                "{\"points\":[{\"id\":1,\"vector\":[1,2,3,\"x\"]}]}",
                "{\"points\":[{\"id\":1,\"vector\":{\"other\":[1,2,3,4]}}]}",
                "{\"points\":",
                "{\"points\":7}");
        for (String mistake : mistakes) {
            Reply reply = platform.put(POINTS, mistake);
            assertTrue(reply.status() >= 400 && reply.status() < 500, mistake + " -> " + reply);
            assertTrue(reply.json().path("status").path("error").isTextual(), mistake + " -> " + reply);
        }
        Reply missing = platform.put("/collections/nobody/points", "{\"points\":[{\"id\":1,\"vector\":[1,2,3,4]}]}");
        assertEquals(404, missing.status(), missing.toString());
        Reply count = platform.post("/collections/bad-input/points/count", "{\"exact\":true}");
        assertEquals(0, count.json().path("result").path("count").asInt(-1), count.toString());
    }

    @Test
    void refusesMissingAndUnknownKeysOnEverySurface() throws Exception {
        List<String> paths = new ArrayList<>(List.of(
                "/v1/models",
                "/collections",
                "/platform/usage",
                "/platform/nodes",
                "/platform/models",
                "/platform/workflows",
                "/platform/knowledge-bases"));
        for (String path : paths) {
            assertEquals(401, platform.send("GET", path, null, null).status(), path);
            assertEquals(401, platform.send("GET", path, null, "pgd-wrong").status(), path);
            assertEquals(200, platform.get(path).status(), path);
        }
    }

    @Test
    void hidesATenantsDataFromAnother() throws Exception {
        String other = platform.keyOfNewTenant("acme");

        Reply collections = platform.send("GET", "/collections", null, other);
        assertEquals(0, collections.json().path("result").path("collections").size(), collections.toString());
        Reply write = platform.send("PUT", POINTS, "{\"points\":[{\"id\":9,\"vector\":[1,2,3,4]}]}", other);
        assertEquals(404, write.status(), write.toString());
        Reply usage = platform.send("GET", "/platform/usage?tenant=demo", null, other);
        assertTrue(usage.status() == 403 || usage.status() == 404, usage.toString());
        Reply count = platform.post("/collections/bad-input/points/count", "{\"exact\":true}");
        assertEquals(0, count.json().path("result").path("count").asInt(-1), count.toString());
    }

    private static long requestsMetered() throws Exception {
        JsonNode usage = platform.get("/platform/usage").json();
        return usage.findValue("requests").asLong();
    }
}
