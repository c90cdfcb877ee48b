package dev.pagoda.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.deploy.RunningPlatform.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A cross-encoder of the settings, on a whole platform. Its files are a model of random weights for words such as
/// "pump", written by the gateway's tests.
class RerankTest {
    private static final Path FILES = Path.of("src/test/resources/tiny-reranker");
    private static final String DOCUMENTS =
            "[\"a kitten sleeps\", {\"text\": \"the pump leaks oil\"}, \"moon river oil\"]";

    @SuppressWarnings("NullAway.Init") // made before all tests
    private static RunningPlatform platform;

    private static Config serving(Path folder) {
        return ConfigFile.parse("my.yaml", """
                gateway:
                  rerankers:
                    - { name: ours/tiny, folder: "%s", maxTokens: 32 }
                """.formatted(folder));
    }

    @BeforeAll
    static void start() {
        platform = RunningPlatform.ephemeral(serving(FILES));
    }

    @AfterAll
    static void stop() {
        platform.close();
    }

    private static Reply rank(String more) throws Exception {
        return platform.post("/v1/rerank", "{\"model\": \"ours/tiny\", \"query\": \"pump leaks oil\"" + more + "}");
    }

    @Test
    void ordersDocumentsByScoresOfTheModelAndBooksWhatItRead() throws Exception {
        Reply reply = rank(", \"documents\": " + DOCUMENTS);
        assertEquals(200, reply.status(), reply.toString());
        List<Integer> order = new ArrayList<>();
        double last = 1;
        for (JsonNode result : reply.json().path("results")) {
            order.add(result.path("index").asInt());
            double score = result.path("relevance_score").asDouble();
            assertTrue(score > 0 && score < last, reply.toString());
            last = score;
        }
        assertEquals(List.of(1, 2, 0), order);
        assertEquals(
                "the pump leaks oil",
                reply.json().at("/results/0/document/text").asText());
        // three words of the question and three special tokens with each
        int tokens = 3 * 6 + 3 + 4 + 3;
        assertEquals(tokens, reply.json().at("/usage/total_tokens").asInt());
        assertEquals(1, reply.json().at("/meta/billed_units/search_units").asInt());

        String id = reply.json().path("id").asText();
        assertEquals(id, reply.response().headers().firstValue("x-request-id").orElse(""));
        JsonNode booked =
                platform.get("/platform/usage/records?request_id=" + id).json();
        assertTrue(booked.toString().contains("\"rerank\""), booked.toString());
        assertTrue(booked.toString().contains(":" + tokens), booked.toString());
    }

    @Test
    void answersWithAsManyAsAreWantedAndWithoutTextsIfTheyAreNot() throws Exception {
        Reply reply = rank(", \"top_n\": 2, \"return_documents\": false, \"documents\": " + DOCUMENTS);
        assertEquals(2, reply.json().path("results").size(), reply.toString());
        assertEquals(1, reply.json().at("/results/0/index").asInt());
        assertFalse(reply.json().at("/results/0").has("document"), reply.toString());
        Reply more = rank(", \"top_n\": 9, \"documents\": " + DOCUMENTS);
        assertEquals(3, more.json().path("results").size(), more.toString());
    }

    @Test
    void documentsAreCutToTheLengthOfTheModel() throws Exception {
        Reply reply = rank(", \"documents\": [\"" + "pump ".repeat(5_000) + "\"]");
        assertEquals(32, reply.json().at("/usage/total_tokens").asInt(), reply.toString());
    }

    @Test
    void isListed() throws Exception {
        Reply reply = platform.get("/v1/models/ours%2Ftiny");
        assertEquals("local", reply.json().path("owned_by").asText(), reply.toString());
        assertEquals(32, reply.json().path("max_model_len").asInt(), reply.toString());
        assertTrue(platform.get("/v1/models").text().contains("\"ours/tiny\""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "documents | {\"model\": \"tiny\", \"query\": \"a\", \"documents\": []}",
                "documents[0] | {\"model\": \"tiny\", \"query\": \"a\", \"documents\": [\"\"]}",
                "top_n | {\"model\": \"tiny\", \"query\": \"a\", \"documents\": [\"b\"], \"top_n\": 0}",
                "query | {\"model\": \"tiny\", \"documents\": [\"b\"]}"
            })
    void aBadParameterIsNamed(String parameter, String body) throws Exception {
        Reply reply = platform.post("/v1/rerank", body);
        assertEquals(400, reply.status(), reply.toString());
        assertEquals(parameter, reply.json().at("/error/param").asText(), reply.toString());
    }

    @Test
    void anUnknownModelIsNotFound() throws Exception {
        Reply reply = platform.post("/v1/rerank", "{\"model\": \"small\", \"query\": \"a\", \"documents\": [\"b\"]}");
        assertEquals(404, reply.status(), reply.toString());
        assertEquals("model_not_found", reply.json().at("/error/code").asText());
    }

    @Test
    void refusesMoreDocumentsThanARequestMayHave() throws Exception {
        String documents = "[" + "\"a\",".repeat(2047) + "\"a\"]";
        assertEquals(400, rank(", \"documents\": " + documents).status());
        Reply most = rank(", \"top_n\": 1, \"documents\": [" + "\"a\",".repeat(2046) + "\"a\"]");
        assertEquals(2047 * 7, most.json().at("/usage/prompt_tokens").asInt(), most.toString());
    }

    @Test
    void embedsNothing() throws Exception {
        Reply reply = platform.post("/v1/embeddings", "{\"model\": \"tiny\", \"input\": \"a\"}");
        assertEquals(400, reply.status(), reply.toString());
        assertTrue(reply.text().contains("model ours/tiny makes rankings, not embeddings"), reply.text());
    }

    @Test
    void theStartIsRefusedWithoutFiles() {
        Path none = Path.of("none").toAbsolutePath();
        StartRefused refused = assertThrows(
                StartRefused.class,
                () -> RunningPlatform.ephemeral(serving(none)).close());
        assertEquals("gateway.rerankers: ours/tiny: there is no folder " + none, refused.getMessage());
    }
}
