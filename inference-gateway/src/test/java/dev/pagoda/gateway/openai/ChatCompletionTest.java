package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatMessage;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ContentPart;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.LengthLimits;
import dev.pagoda.gateway.backend.Role;
import dev.pagoda.gateway.backend.Sampling;
import dev.pagoda.gateway.openai.OpenAiServer.Answer;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ChatCompletionTest {
    private static final String HELLO = "\"messages\":[{\"role\":\"user\",\"content\":\"so it goes\"}]";

    private final OpenAiServer server = new OpenAiServer(OpenAiServer.config());

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void anAnswerHasEveryFieldThatOpenAiSends() {
        Answer answer = server.chat("{\"model\":\"echo\"," + HELLO + "}");

        assertEquals(200, answer.status(), answer.body());
        JsonNode body = answer.json();
        assertEquals(server.service.chats.element().requestId(), body.path("id").asText());
        assertTrue(body.path("id").asText().matches("chatcmpl-[0-9a-f]{32}"));
        assertTrue(body.path("system_fingerprint").asText().matches("fp_[0-9a-f]{8}"));
        JsonNode expected = server.parse("""
                {"object": "chat.completion", "created": 1790000000, "model": "echo", "service_tier": "default",
                 "choices": [{"index": 0, "message": {"role": "assistant", "content": "so it goes", "refusal": null,
                   "annotations": []}, "logprobs": null, "finish_reason": "stop"}],
                 "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10,
                   "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                   "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0,
                     "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}}}
                """);
        ((ObjectNode) body).remove(List.of("id", "system_fingerprint"));
        assertEquals(expected, body);
    }

    @Test
    void answersCarryOpenAisHeaders() {
        Answer answer = server.chat("{\"model\":\"echo\"," + HELLO + "}");

        assertTrue(answer.header("content-type").startsWith("application/json"));
        assertEquals(answer.json().path("id").asText(), answer.header("x-request-id"));
        assertTrue(answer.header("openai-processing-ms").matches("\\d+"));
        assertEquals("2020-10-01", answer.header("openai-version"));
        assertEquals("acme", answer.header("openai-organization"));
    }

    @Test
    void aStreamIsRoleDeltasFinishAndDone() {
        List<String> events = events("{\"model\":\"echo\",\"stream\":true," + HELLO + "}");

        assertEquals("[DONE]", events.getLast());
        JsonNode first = server.parse(events.getFirst());
        String head = "{\"id\":\"" + first.path("id").asText()
                + "\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"echo\","
                + "\"service_tier\":\"default\",\"system_fingerprint\":\""
                + first.path("system_fingerprint").asText() + "\",\"choices\":[{\"index\":0,\"delta\":";
        assertEquals(
                List.of(
                        head
                                + "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}]}",
                        head + "{\"content\":\"so \"},\"logprobs\":null,\"finish_reason\":null}]}",
                        head + "{\"content\":\"it \"},\"logprobs\":null,\"finish_reason\":null}]}",
                        head + "{\"content\":\"goes\"},\"logprobs\":null,\"finish_reason\":null}]}",
                        head + "{},\"logprobs\":null,\"finish_reason\":\"stop\"}]}",
                        "[DONE]"),
                events);
    }

    @Test
    void aStreamWithUsageHasNullUsageInEveryChunkAndALastOneWithoutChoices() {
        List<String> events = events(
                "{\"model\":\"echo\",\"stream\":true,\"stream_options\":{\"include_usage\":true}," + HELLO + "}");

        List<JsonNode> chunks =
                events.subList(0, events.size() - 1).stream().map(server::parse).toList();
        for (JsonNode chunk : chunks.subList(0, chunks.size() - 1)) {
            assertTrue(chunk.has("usage") && chunk.path("usage").isNull(), chunk.toString());
            assertEquals(1, chunk.path("choices").size());
        }
        JsonNode last = chunks.getLast();
        assertEquals(0, last.path("choices").size());
        assertEquals(10, last.at("/usage/total_tokens").asInt());
        assertEquals(0, last.at("/usage/prompt_tokens_details/cached_tokens").asInt(-1));
        assertEquals("[DONE]", events.getLast());
    }

    @Test
    void everyChoiceOfAStreamHasItsOwnRoleAndFinish() {
        List<String> events = events("{\"model\":\"echo\",\"stream\":true,\"n\":3," + HELLO + "}");

        for (int choice = 0; choice < 3; choice++) {
            var text = new StringBuilder();
            int finishes = 0;
            int roles = 0;
            for (String event : events.subList(0, events.size() - 1)) {
                JsonNode part = server.parse(event).path("choices").path(0);
                if (part.path("index").asInt() == choice) {
                    text.append(part.at("/delta/content").asText());
                    roles += part.at("/delta/role").isTextual() ? 1 : 0;
                    finishes += part.path("finish_reason").isTextual() ? 1 : 0;
                }
            }
            assertEquals("so it goes", text.toString());
            assertEquals(1, roles);
            assertEquals(1, finishes);
        }
    }

    @Test
    void manyChoicesComeInOrderWithTheirReasons() {
        Answer answer = server.chat("{\"model\":\"echo\",\"n\":2,\"max_tokens\":2," + HELLO + "}");

        assertEquals(2, answer.json().path("choices").size());
        for (int i = 0; i < 2; i++) {
            JsonNode choice = answer.json().path("choices").path(i);
            assertEquals(i, choice.path("index").asInt());
            assertEquals("so it ", choice.at("/message/content").asText());
            assertEquals("length", choice.path("finish_reason").asText());
        }
        assertEquals(4, answer.json().at("/usage/completion_tokens").asInt());
    }

    @Test
    void textOfAnyScriptSurvivesBothForms() {
        String text = "塔 \\\"quoted\\\" \\\\ \\n\\t \\u0001 😀 é";
        String messages = "\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]";
        String plain = server.parse("\"" + text + "\"").asText();

        assertEquals(
                plain,
                server.chat("{\"model\":\"echo\"," + messages + "}")
                        .json()
                        .at("/choices/0/message/content")
                        .asText());
        var streamed = new StringBuilder();
        for (String event : events("{\"model\":\"echo\",\"stream\":true," + messages + "}")) {
            if (!event.equals("[DONE]")) {
                streamed.append(
                        server.parse(event).at("/choices/0/delta/content").asText());
            }
        }
        assertEquals(plain, streamed.toString());
    }

    @Test
    void everyParameterReachesTheService() {
        server.chat("""
                {"model": "echo", "n": 2, "max_completion_tokens": 9, "min_tokens": 3, "ignore_eos": true,
                 "stop": ["a", "b"], "seed": -5, "temperature": 0.5, "top_p": 1, "presence_penalty": -2,
                 "frequency_penalty": 2, "user": "u", "metadata": {"k": "v"}, "response_format": {"type": "text"},
                 "service_tier": "auto", "store": true, "logprobs": false, "tools": null, "top_k": 5,
                 "messages": [{"role": "system", "content": "s"}, {"role": "developer", "content": "d"},
                   {"role": "assistant", "content": null, "refusal": "no"},
                   {"role": "user", "content": [{"type": "text", "text": "u1"}, {"type": "text", "text": "u2"}]}]}
                """);

        ChatRequest got = server.service.chats.element();
        assertEquals(
                ChatRequest.of(
                                got.requestId(),
                                "echo",
                                List.of(
                                        new ChatMessage(Role.SYSTEM, "s"),
                                        new ChatMessage(Role.DEVELOPER, "d"),
                                        new ChatMessage(Role.ASSISTANT, "no"),
                                        new ChatMessage(
                                                Role.USER,
                                                List.of(new ContentPart.Text("u1"), new ContentPart.Text("u2")))))
                        .withChoices(2)
                        .withLimits(new LengthLimits(OptionalInt.of(9), 3, true, List.of("a", "b")))
                        .withSampling(new Sampling(.5, 1, -2, 2, Map.of(), OptionalLong.of(-5), OptionalInt.empty()))
                        .withHints(new Hints(0, "u", "auto", "", Map.of("k", "v"), "", "u", Map.of())),
                got);
    }

    @Test
    void absentParametersHaveOpenAisDefaultsAndEachRequestItsOwnId() {
        server.chat("{\"model\":\"echo\",\"stop\":\"x\"," + HELLO + "}");
        server.send(server.request("/v1/chat/completions")
                .header("x-request-id", "same")
                .POST(BodyPublishers.ofString("{\"model\":\"echo\"," + HELLO + "}"))
                .build());
        server.send(server.request("/v1/chat/completions")
                .header("x-request-id", "same")
                .POST(BodyPublishers.ofString("{\"model\":\"echo\"," + HELLO + "}"))
                .build());

        List<ChatRequest> got = new ArrayList<>(server.service.chats);
        assertEquals(1, got.getFirst().n());
        assertEquals(OptionalInt.empty(), got.getFirst().limits().maxTokens());
        assertEquals(1.0, got.getFirst().sampling().temperature());
        assertEquals(List.of("x"), got.getFirst().limits().stop());
        assertNotEquals(got.get(1).requestId(), got.get(2).requestId());
    }

    private List<String> events(String body) {
        Answer answer = server.chat(body);
        assertEquals(200, answer.status(), answer.body());
        assertEquals("text/event-stream; charset=utf-8", answer.header("content-type"));
        List<String> events = new ArrayList<>();
        for (String event :
                answer.body().lines().filter(line -> !line.isEmpty()).toList()) {
            assertTrue(event.startsWith("data: "), event);
            events.add(event.substring(6));
        }
        return events;
    }
}
