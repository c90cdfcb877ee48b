package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.deploy.RunningPlatform.Reply;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// Answers that are given again, on a whole platform.
class CacheTest {
    private static final String FACTS = "[1] Hours\\nThe shop opens at nine.\\n\\n[2] Returns\\nThirty days.\\n\\n";

    private static Reply ask(RunningPlatform platform, String key, String question, String more)
            throws IOException, InterruptedException {
        return platform.send(
                "POST",
                "/v1/chat/completions",
                "{\"model\":\"qwen2.5-7b-instruct\",\"messages\":[{\"role\":\"system\",\"content\":\"" + FACTS
                        + "\"},{\"role\":\"user\",\"content\":\"" + question + "\"}]" + more + "}",
                key);
    }

    private static String cache(Reply reply) {
        return reply.response().headers().firstValue("x-pagoda-cache").orElse("none");
    }

    private static String text(Reply reply) {
        return reply.json().at("/choices/0/message/content").asText();
    }

    private static String streamed(Reply reply) {
        var text = new StringBuilder();
        reply.text().lines().filter(line -> line.startsWith("data: {")).forEach(line -> {
            try {
                text.append(RunningPlatform.JSON
                        .readTree(line.substring("data: ".length()))
                        .at("/choices/0/delta/content")
                        .asText(""));
            } catch (IOException e) {
                throw new IllegalStateException(line, e);
            }
        });
        return text.toString();
    }

    @Test
    void theSameQuestionOrOneThatMeansTheSameGetsTheAnswerAgainWithinItsTenant() throws Exception {
        try (var platform = RunningPlatform.ephemeral()) {
            String acme = platform.keyOfNewTenant("acme");
            String other = platform.keyOfNewTenant("other");
            assertEquals("none", cache(ask(platform, acme, "When does the shop open?", "")));
            for (String tenant : new String[] {"acme", "other"}) {
                Reply set = platform.put("/platform/cache/" + tenant, "{\"semantic\":true,\"threshold\":0.9}");
                assertEquals(200, set.status(), set.toString());
            }

            Reply first = ask(platform, acme, "When does the shop open?", "");
            assertEquals("miss", cache(first), first.toString());
            Reply second = ask(platform, acme, "When does the shop open?", "");
            assertEquals("hit", cache(second));
            assertEquals(text(first), text(second));
            assertEquals(
                    first.json().at("/usage/completion_tokens"), second.json().at("/usage/completion_tokens"));
            assertEquals(
                    second.json().at("/usage/prompt_tokens"),
                    second.json().at("/usage/prompt_tokens_details/cached_tokens"));
            assertEquals("miss", cache(ask(platform, other, "When does the shop open?", "")));

            Reply stream = ask(platform, acme, "When does the shop open?", ",\"stream\":true");
            assertEquals("hit", cache(stream));
            assertEquals(text(first), streamed(stream));
            assertTrue(stream.text().endsWith("data: [DONE]\n\n"));

            Reply similar = ask(platform, acme, "When does the shop open ?", "");
            assertTrue(
                    cache(similar).startsWith("semantic 0.9") || cache(similar).startsWith("semantic 1"),
                    cache(similar));
            assertEquals(text(first), text(similar));
            assertEquals("miss", cache(ask(platform, acme, "May I return a lamp?", "")));

            assertEquals(
                    "bypass",
                    cache(ask(
                            platform,
                            acme,
                            "When does the shop open?",
                            ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]")));
            JsonNode meters =
                    platform.get("/platform/usage/meters?tenant=acme").json().path("data");
            long saved = 0;
            for (JsonNode meter : meters) {
                if (meter.path("meter").asText().equals("cache.completion_tokens")) {
                    saved = meter.path("amount").asLong();
                }
            }
            assertEquals(3 * first.json().at("/usage/completion_tokens").asLong(), saved);
            JsonNode records =
                    platform.get("/platform/usage/records?tenant=acme").json().path("data");
            long cached = 0;
            for (JsonNode record : records) {
                if (record.path("operation").asText().equals("chat.cached")) {
                    cached++;
                    assertEquals(0, record.path("cost_nanos").asLong());
                }
            }
            assertEquals(3, cached);
        }
    }
}
