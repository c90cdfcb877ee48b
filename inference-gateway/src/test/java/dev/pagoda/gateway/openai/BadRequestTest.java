package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.openai.OpenAiServer.Answer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BadRequestTest {
    private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]";

    private final OpenAiServer server = new OpenAiServer(OpenAiServer.config());

    @AfterEach
    void close() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            nullValues = "-",
            value = {
                "\"max_tokens\": \"9\"            | max_tokens          | invalid_type",
                "\"max_tokens\": -1               | max_tokens          | integer_below_min_value",
                "\"max_tokens\": 1.5              | max_tokens          | invalid_type",
                "\"max_tokens\": 9223372036854775808 | max_tokens       | integer_above_max_value",
                "\"max_tokens\": -9223372036854775809 | max_tokens      | integer_below_min_value",
                "\"max_tokens\": 1, \"max_completion_tokens\": 2 | max_tokens | invalid_parameter_combination",
                "\"max_completion_tokens\": true  | max_completion_tokens | invalid_type",
                "\"min_tokens\": 3, \"max_tokens\": 2 | min_tokens      | integer_above_max_value",
                "\"n\": 0                         | n                   | integer_below_min_value",
                "\"n\": 129                       | n                   | integer_above_max_value",
                "\"temperature\": 2.1             | temperature         | decimal_above_max_value",
                "\"temperature\": -0.1            | temperature         | decimal_below_min_value",
                "\"temperature\": 1e999           | temperature         | decimal_above_max_value",
                "\"temperature\": \"hot\"         | temperature         | invalid_type",
                "\"top_p\": 1.1                   | top_p               | decimal_above_max_value",
                "\"presence_penalty\": 3          | presence_penalty    | decimal_above_max_value",
                "\"frequency_penalty\": -3        | frequency_penalty   | decimal_below_min_value",
                "\"seed\": \"x\"                  | seed                | invalid_type",
                "\"stop\": 5                      | stop                | invalid_type",
                "\"stop\": [\"a\",\"b\",\"c\",\"d\",\"e\"] | stop       | array_above_max_length",
                "\"stop\": [\"a\", 5]             | stop[1]             | invalid_type",
                "\"stop\": \"\"                   | stop                | empty_string",
                "\"stream\": \"yes\"              | stream              | invalid_type",
                "\"stream_options\": 5            | stream_options      | invalid_type",
                "\"stream\": true, \"stream_options\": {\"include_usage\": 1} | stream_options.include_usage | invalid_type",
                "\"response_format\": {\"type\": \"json_schema\"} | response_format.json_schema | missing_required_parameter",
                "\"response_format\": {\"type\": \"yaml\"} | response_format.type | invalid_value",
                "\"response_format\": {}          | response_format.type | missing_required_parameter",
                "\"tools\": [{\"type\": \"function\"}] | tools[0].function | missing_required_parameter",
                "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"a b\"}}] | tools[0].function.name | invalid_value",
                "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}], \"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"g\"}} | tool_choice.function.name | invalid_value",
                "\"tools\": []                    | tools               | empty_array",
                "\"tool_choice\": \"auto\"        | tool_choice         | invalid_parameter_combination",
                "\"logprobs\": 5                  | logprobs            | invalid_type",
                "\"top_logprobs\": 3              | top_logprobs        | invalid_parameter_combination",
                "\"logit_bias\": {\"50256\": -101} | logit_bias.50256   | decimal_below_min_value",
                "\"logit_bias\": {\"foo\": 1}     | logit_bias          | invalid_value",
                "\"modalities\": [\"text\", \"audio\"] | modalities     | unsupported_value",
                "\"guided_regex\": \"a\"         | guided_regex        | unsupported_value",
                "\"metadata\": {\"k\": 1}         | metadata.k          | invalid_type",
                "\"metadata\": []                 | metadata            | invalid_type",
                "\"service_tier\": \"gold\"       | service_tier        | invalid_value",
                "\"user\": 7                      | user                | invalid_type",
                "\"max_tokenz\": 7                | max_tokenz          | unknown_parameter",
            })
    void aBadParameterIsNamedAndReachesNoBackend(String field, String param, String code) {
        Answer answer = server.chat("{\"model\":\"echo\"," + field + "," + HELLO + "}");

        refusedBefore(answer, param, code);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "5                                            | messages            | invalid_type",
                "[]                                           | messages            | empty_array",
                "[5]                                          | messages[0]         | invalid_type",
                "[{\"content\": \"x\"}]                       | messages[0].role    | missing_required_parameter",
                "[{\"role\": \"king\", \"content\": \"x\"}]   | messages[0].role    | invalid_value",
                "[{\"role\": \"user\"}]                       | messages[0].content | invalid_type",
                "[{\"role\": \"user\", \"content\": null}]    | messages[0].content | invalid_type",
                "[{\"role\": \"user\", \"content\": 5}]       | messages[0].content | invalid_type",
                "[{\"role\": \"user\", \"content\": []}]      | messages[0].content | empty_array",
                "[{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}] | messages[0].content[0].image_url | missing_required_parameter",
                "[{\"role\": \"user\", \"content\": [{\"type\": \"image_url\", \"image_url\": {\"url\": \"data:image/png;base64,AAAA\"}}]}] | messages[0].content[0].image_url.url | invalid_image_format",
                "[{\"role\": \"user\", \"content\": [{\"type\": \"song\"}]}] | messages[0].content[0].type | invalid_value",
                "[{\"role\": \"user\", \"content\": [{\"type\": \"text\"}]}] | messages[0].content[0].text | missing_required_parameter",
                "[{\"role\": \"assistant\", \"content\": null, \"tool_calls\": [{}]}] | messages[0].tool_calls[0].id | missing_required_parameter",
                "[{\"role\": \"tool\", \"content\": \"x\"}]   | messages[0].tool_call_id | missing_required_parameter",
            })
    void aBadMessageIsNamedByItsPath(String messages, String param, String code) {
        refusedBefore(server.chat("{\"model\":\"echo\",\"messages\":" + messages + "}"), param, code);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"x\": 1, \"input\": \"a\"                   | x               | unknown_parameter",
                "\"user\": \"u\"                              | input           | missing_required_parameter",
                "\"input\": \"\"                              | input           | empty_string",
                "\"input\": []                                | input           | empty_array",
                "\"input\": {}                                | input           | invalid_type",
                "\"input\": [\"a\", \"\"]                     | input[1]        | empty_string",
                "\"input\": [\"a\", 5]                        | input[1]        | invalid_type",
                "\"input\": [5, \"a\"]                        | input[1]        | invalid_type",
                "\"input\": [[]]                              | input[0]        | empty_array",
                "\"input\": [[5], \"a\"]                      | input[1]        | invalid_type",
                "\"input\": [-1]                              | input           | invalid_value",
                "\"input\": [99999999]                        | input           | invalid_value",
                "\"input\": [100256]                          | input           | invalid_value",
                "\"input\": [15339, 100276, 100275]           | input           | invalid_value",
                "\"input\": \"a\", \"encoding_format\": \"hex\" | encoding_format | invalid_value",
                "\"input\": \"a\", \"dimensions\": 0          | dimensions      | integer_below_min_value",
                "\"input\": \"a\", \"dimensions\": \"x\"      | dimensions      | invalid_type",
            })
    void aBadEmbeddingRequestIsNamed(String fields, String param, String code) {
        refusedBefore(server.post("/v1/embeddings", "{\"model\":\"embed\"," + fields + "}"), param, code);
    }

    @Test
    void theSentenceOfAWrongTypeIsOpenAis() {
        assertEquals(
                "Invalid type for 'max_tokens': expected an integer, but got a string instead.",
                server.chat("{\"model\":\"echo\",\"max_tokens\":\"9\"," + HELLO + "}")
                        .error()
                        .path("message")
                        .asText());
        assertEquals(
                "Invalid 'max_tokens': integer below minimum value. Expected a value >= 0, but got -1 instead.",
                server.chat("{\"model\":\"echo\",\"max_tokens\":-1," + HELLO + "}")
                        .error()
                        .path("message")
                        .asText());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{",
                "``",
                "{} {}",
                "{\"model\":NaN}",
                "{\"a\":1,}",
                "not json",
                "{\"model\":\"echo\",\"x\":\"\u0001\"}"
            })
    void malformedJsonIsRefused(String body) {
        refusedBefore(server.chat(body), null, null);
    }

    @Test
    void deepNestingIsRefusedAsMalformed() {
        refusedBefore(server.chat("[".repeat(100_000)), null, null);
        refusedBefore(server.chat("{\"model\":\"echo\",\"n\":" + "9".repeat(5_000) + "}"), null, null);
    }

    @Test
    void whatIsNoObjectIsRefused() {
        refusedBefore(server.chat("[1]"), "body", "invalid_type");
    }

    @Test
    void aHundredThousandMessagesAreTooMany() {
        String message = "{\"role\":\"user\",\"content\":\"hi\"},";
        String body = "{\"model\":\"echo\",\"messages\":[" + message.repeat(99_999) + message.replace("},", "}]}");

        refusedBefore(server.chat(body), "messages", "array_above_max_length");
    }

    @Test
    void missingModelAndMessagesAreNamed() {
        refusedBefore(server.chat("{" + HELLO + "}"), "model", "missing_required_parameter");
        refusedBefore(server.chat("{\"model\":\"\"," + HELLO + "}"), "model", "empty_string");
        refusedBefore(server.chat("{\"model\":5," + HELLO + "}"), "model", "invalid_type");
        refusedBefore(server.chat("{\"model\":\"echo\"}"), "messages", "missing_required_parameter");
    }

    @Test
    void aBodyBeyondTheLimitIsRefusedAndSoIsItsRest() {
        Answer answer = server.chat("{\"model\":\"" + "x".repeat(20 << 20) + "\"}");

        assertEquals(413, answer.status());
        assertEquals("invalid_request_error", answer.error().path("type").asText());
        assertEquals("body_too_large", answer.error().path("code").asText());
        assertTrue(server.service.chats.isEmpty());
    }

    @Test
    void keysAreAskedForAndChecked() {
        HttpRequest.Builder bare = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port + "/v1/chat/completions"))
                .timeout(Duration.ofSeconds(60));
        Answer missing =
                server.send(bare.copy().POST(BodyPublishers.ofString("{}")).build());
        Answer wrong = server.send(bare.copy()
                .header("Authorization", "Bearer bad")
                .POST(BodyPublishers.ofString("{}"))
                .build());

        assertEquals(401, missing.status());
        assertTrue(missing.error().path("code").isNull(), missing.body());
        assertEquals(401, wrong.status());
        assertEquals("invalid_api_key", wrong.error().path("code").asText());
        assertEquals("invalid_request_error", wrong.error().path("type").asText());
    }

    @Test
    void unknownPathsAndWrongMethodsAreToldInTheSameShape() {
        Answer unknown = server.get("/v1/chat/complete");
        Answer method = server.get("/v1/completions");
        Answer post = server.post("/v1/models", "{}");
        Answer delete = server.send(server.request("/v1/models/echo").DELETE().build());

        assertEquals(404, unknown.status());
        assertEquals("unknown_url", unknown.error().path("code").asText());
        assertEquals("invalid_request_error", unknown.error().path("type").asText());
        assertEquals(405, method.status());
        assertEquals("POST", method.header("allow"));
        assertEquals("method_not_supported", method.error().path("code").asText());
        assertEquals(405, post.status());
        assertEquals("GET", post.header("allow"));
        assertEquals(403, delete.status());
    }

    @Test
    void whatTheServiceRefusesKeepsItsStatus() {
        Answer unknown = server.chat("{\"model\":\"gpt-9\"," + HELLO + "}");
        Answer busy = server.chat("{\"model\":\"busy\"," + HELLO + "}");
        Answer full = server.chat("{\"model\":\"full\",\"stream\":true," + HELLO + "}");
        Answer embed = server.post("/v1/embeddings", "{\"model\":\"echo\",\"input\":\"a\"}");

        assertEquals(404, unknown.status());
        assertEquals("model_not_found", unknown.error().path("code").asText());
        assertEquals("invalid_request_error", unknown.error().path("type").asText());
        assertEquals(429, busy.status());
        assertEquals("rate_limit_exceeded", busy.error().path("code").asText());
        assertEquals("requests", busy.error().path("type").asText());
        assertEquals("3", busy.header("retry-after"));
        assertEquals(400, full.status());
        assertEquals("context_length_exceeded", full.error().path("code").asText());
        assertEquals("messages", full.error().path("param").asText());
        assertEquals(404, embed.status());
    }

    @Test
    void aFaultIsFiveHundredAndKeepsItsSecret() {
        Answer answer = server.chat("{\"model\":\"faulty\"," + HELLO + "}");

        assertEquals(500, answer.status());
        assertEquals("server_error", answer.error().path("type").asText());
        assertFalse(answer.body().contains("secret"));
        assertEquals(0, server.exchanges.count());
    }

    @Test
    void unknownParametersPassWhenNotStrict() {
        var defaults = OpenAiServer.config();
        try (var lenient = new OpenAiServer(new OpenAiConfig(
                defaults.maxBodyBytes(),
                defaults.requestTimeout(),
                defaults.maxUnreadBytes(),
                defaults.stallTimeout(),
                false))) {
            assertEquals(
                    200,
                    lenient.chat("{\"model\":\"echo\",\"max_tokenz\":7," + HELLO + "}")
                            .status());
        }
    }

    private void refusedBefore(Answer answer, @Nullable String param, @Nullable String code) {
        assertEquals(400, answer.status(), answer.body());
        assertEquals("invalid_request_error", answer.error().path("type").asText());
        assertEquals(param, answer.error().path("param").textValue(), answer.body());
        assertEquals(code, answer.error().path("code").textValue(), answer.body());
        assertEquals(4, answer.error().size());
        assertTrue(server.service.chats.isEmpty() && server.service.embeds.isEmpty());
    }
}
