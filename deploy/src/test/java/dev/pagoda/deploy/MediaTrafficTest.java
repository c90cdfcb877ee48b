package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.deploy.RunningPlatform.Reply;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Pictures and sounds meet the checks, the limits and the request log that chats meet, on a whole platform.
class MediaTrafficTest {
    private static Reply draw(RunningPlatform platform, String key, String prompt)
            throws IOException, InterruptedException {
        return platform.send(
                "POST",
                "/v1/images/generations",
                "{\"prompt\":\"" + prompt + "\",\"size\":\"256x256\",\"quality\":\"low\"}",
                key);
    }

    private static Reply speak(RunningPlatform platform, String key, String text)
            throws IOException, InterruptedException {
        return platform.send(
                "POST",
                "/v1/audio/speech",
                "{\"model\":\"tts-1\",\"voice\":\"alloy\",\"input\":\"" + text + "\"}",
                key);
    }

    @Test
    void picturesAndSoundsAreCheckedBoundedAndLogged() throws Exception {
        try (var platform = RunningPlatform.ephemeral()) {
            String key = platform.keyOfNewTenant("acme");
            assertEquals(
                    201,
                    platform.put("/platform/limits", "{\"tenant\":\"acme\",\"requests_per_minute\":2}")
                            .status());
            assertEquals(
                    200,
                    platform.put(
                                    "/platform/guards/acme",
                                    "{\"input\":[{\"kind\":\"words\",\"words\":[\"forbidden\"]}]}")
                            .status());

            Reply drawn = draw(platform, key, "a lighthouse");
            assertEquals(200, drawn.status(), drawn.toString());
            assertEquals(
                    "1",
                    drawn.response()
                            .headers()
                            .firstValue("x-ratelimit-remaining-requests")
                            .orElse(""));
            Reply blocked = draw(platform, key, "a forbidden thing");
            assertEquals(400, blocked.status(), blocked.toString());
            assertEquals(
                    "content_policy_violation", blocked.json().at("/error/code").asText());
            Reply spoken = speak(platform, key, "good evening");
            assertEquals(200, spoken.status(), spoken.toString());
            Reply refused = speak(platform, key, "and good night");
            assertEquals(429, refused.status(), refused.toString());
            assertTrue(refused.response().headers().firstValue("retry-after").isPresent());

            JsonNode log =
                    platform.send("GET", "/platform/requests", null, key).json().path("data");
            assertEquals(4, log.size(), log.toString());
            assertEquals("speech refused requests_exceeded", said(log.path(0)));
            assertEquals("speech completed ", said(log.path(1)));
            assertEquals("images refused content_policy_violation", said(log.path(2)));
            assertEquals("images completed ", said(log.path(3)));
            assertTrue(log.path(2).path("guard").asText().contains("forbidden")
                    || log.path(2).path("guard").asText().contains("words"));
            assertEquals(
                    drawn.json().at("/usage/output_tokens").asLong(),
                    log.path(3).path("completion_tokens").asLong());
        }
    }

    private static String said(JsonNode row) {
        return row.path("operation").asText() + " " + row.path("outcome").asText() + " "
                + row.path("error").asText();
    }
}
