package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.openai.OpenAiServer.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionTest {
    private final OpenAiServer server = new OpenAiServer(OpenAiServer.config());

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"so it goes\"                  | so it goes",
                "[\"so it\", \"goes\"]           | so it, goes",
                "[24912, 2375]                   | hello world",
                "[[24912], [24912, 2375]]        | hello, hello world",
            })
    void takesAllFourFormsOfPrompts(String prompt, String texts) {
        Answer answer = post("{\"model\":\"echo\",\"prompt\":" + prompt + "}");

        assertEquals(200, answer.status(), answer.body());
        assertEquals("text_completion", answer.json().path("object").asText());
        assertEquals(texts, String.join(", ", texts(answer.json())));
        assertEquals(
                7 * answer.json().path("choices").size(),
                answer.json().path("usage").path("prompt_tokens").asInt());
    }

    @Test
    void echoesThePromptAndTellsOnlyTheWantedOfTheBest() {
        Answer answer = post("{\"model\":\"echo\",\"prompt\":[\"a\",\"b\"],\"echo\":true,\"n\":1,\"best_of\":2}");

        assertEquals(List.of("aa", "bb"), texts(answer.json()));
        assertEquals(4, answer.json().path("usage").path("completion_tokens").asInt());
    }

    @Test
    void streamsChunksOfTheSameForm() {
        Answer answer = post(
                "{\"model\":\"echo\",\"prompt\":\"so it goes\",\"stream\":true,\"echo\":true,\"stream_options\":{\"include_usage\":true}}");
        var text = new StringBuilder();
        List<JsonNode> chunks = new ArrayList<>();
        for (String line :
                answer.body().lines().filter(line -> line.startsWith("data: {")).toList()) {
            chunks.add(server.parse(line.substring(6)));
            text.append(chunks.getLast().path("choices").path(0).path("text").asText(""));
        }

        assertEquals("so it goesso it goes", text.toString());
        assertEquals(3, chunks.getLast().path("usage").path("completion_tokens").asInt());
        assertTrue(answer.body().endsWith("data: [DONE]\n\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"prompt\": 5                   | prompt",
                "\"prompt\": []                  | prompt",
                "\"prompt\": [\"a\", 5]          | prompt[1]",
                "\"prompt\": [999999999]         | prompt",
                "\"prompt\": [[1], \"a\"]        | prompt[1]",
                "\"prompt\": \"a\", \"logprobs\": 6 | logprobs",
                "\"prompt\": \"a\", \"n\": 3, \"best_of\": 2 | best_of",
                "\"prompt\": \"a\", \"messages\": [] | messages",
            })
    void aBadParameterIsNamed(String fields, String parameter) {
        Answer answer = post("{\"model\":\"echo\"," + fields + "}");

        assertEquals(400, answer.status(), answer.body());
        assertEquals(parameter, answer.error().path("param").asText());
        assertTrue(server.service.chats.isEmpty());
    }

    @Test
    void whenOnePromptFailsTheOthersAreCancelled() {
        Answer answer = post("{\"model\":\"breaks\",\"prompt\":[\"a b c d\",\"a b c d e\"]}");

        assertEquals(503, answer.status());
        OpenAiServer.awaitTrue(() -> server.service.running.get() == 0);
    }

    @Test
    void azuresPathsNameTheModel() {
        Answer answer = server.send(server.request("/openai/deployments/echo/chat/completions?api-version=2024-10-21")
                .POST(BodyPublishers.ofString("{\"messages\":[{\"role\":\"user\",\"content\":\"so it goes\"}]}"))
                .build());

        assertEquals(200, answer.status(), answer.body());
        assertEquals("echo", answer.json().path("model").asText());
        assertEquals(404, server.get("/openai/deployments/echo/files").status());
        assertEquals(200, server.get("/openai/v1/models").status());
    }

    @Test
    void judgesTextsByTheirWords() {
        Answer answer = server.post("/v1/moderations", "{\"input\":[\"I will kill you\",\"Good morning\"]}");
        JsonNode results = answer.json().path("results");

        assertEquals(200, answer.status(), answer.body());
        assertTrue(results.path(0).path("flagged").asBoolean());
        assertTrue(results.path(0)
                .path("categories")
                .path("harassment/threatening")
                .asBoolean());
        assertFalse(results.path(1).path("flagged").asBoolean());
        assertEquals(13, results.path(1).path("category_scores").size());
        assertEquals(400, server.post("/v1/moderations", "{\"input\":[5]}").status());
    }

    @Test
    void shortensVectorsToUnitLength() {
        Answer answer = server.post("/v1/embeddings", "{\"model\":\"embed\",\"input\":\"abc\",\"dimensions\":2}");
        JsonNode vector = answer.json().path("data").path(0).path("embedding");

        assertEquals(2, vector.size());
        assertEquals(1, Math.hypot(vector.get(0).asDouble(), vector.get(1).asDouble()), 1e-6);
        Answer wide = server.post("/v1/embeddings", "{\"model\":\"embed\",\"input\":\"abc\",\"dimensions\":9}");
        assertEquals("dimensions", wide.error().path("param").asText());
    }

    private Answer post(String body) {
        return server.post("/v1/completions", body);
    }

    private static List<String> texts(JsonNode answer) {
        var texts = new ArrayList<String>();
        answer.path("choices").forEach(choice -> texts.add(choice.path("text").asText()));
        return texts;
    }
}
