package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JoinedChunksTest {
    private static String chunk(String choices) {
        return "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[" + choices
                + "]}\n\n";
    }

    private static JsonNode join(String events) {
        return JoinedChunks.of(events).orElseThrow();
    }

    @Test
    void textsAndProbabilitiesAreJoined() {
        JsonNode joined = join(chunk(
                        "{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,"
                                + "\"finish_reason\":null}")
                + chunk("{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Sa\"},"
                        + "\"logprobs\":{\"content\":[{\"token\":\"Sa\"}],\"refusal\":null}}")
                + chunk("{\"index\":0,\"delta\":{\"content\":\"lt\"},\"logprobs\":{\"content\":[{\"token\":\"lt\"}]}}")
                + chunk("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}")
                + "data: [DONE]\n\n");

        assertEquals("chat.completion", joined.path("object").asText());
        assertEquals("c1", joined.path("id").asText());
        JsonNode choice = joined.at("/choices/0");
        assertEquals("Salt", choice.at("/message/content").asText());
        assertEquals("assistant", choice.at("/message/role").asText());
        assertTrue(choice.at("/message/refusal").isNull());
        assertEquals(2, choice.at("/logprobs/content").size());
        assertEquals("stop", choice.path("finish_reason").asText());
        assertFalse(choice.has("delta"));
    }

    @Test
    void callsAreJoinedByTheirIndex() {
        JsonNode message = join(chunk(
                                "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":\"function\","
                                        + "\"function\":{\"name\":\"look\",\"arguments\":\"\"}}]}}")
                        + chunk(
                                "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"type\":\"function\","
                                        + "\"function\":{\"name\":\"find\",\"arguments\":\"{}\"}}]}}")
                        + chunk(
                                "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"x\\\"\"}}]}}")
                        + chunk(
                                "{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}}]}}"))
                .at("/choices/0/message");

        assertEquals("{\"x\":1}", message.at("/tool_calls/0/function/arguments").asText());
        assertEquals("look", message.at("/tool_calls/0/function/name").asText());
        assertEquals("b", message.at("/tool_calls/1/id").asText());
        assertFalse(message.at("/tool_calls/0").has("index"));
        assertTrue(message.path("content").isNull());
    }

    @Test
    void choicesStandInTheirOrder() {
        JsonNode joined = join(chunk("{\"index\":1,\"delta\":{\"content\":\"b\"}}")
                + chunk("{\"index\":0,\"delta\":{\"content\":\"a\",\"reasoning_content\":\"h\"}}")
                + chunk("{\"index\":0,\"delta\":{\"reasoning_content\":\"m\"}}")
                + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3},\"obfuscation\":\"xx\"}\r\n\r\n");

        assertEquals("a", joined.at("/choices/0/message/content").asText());
        assertEquals("hm", joined.at("/choices/0/message/reasoning_content").asText());
        assertEquals("b", joined.at("/choices/1/message/content").asText());
        assertEquals(3, joined.at("/usage/prompt_tokens").asInt());
        assertFalse(joined.has("obfuscation"));
    }

    @Test
    void whatIsNoCompletionIsNone() {
        assertEquals(Optional.empty(), JoinedChunks.of("data: [DONE]\n\n"));
        assertEquals(Optional.empty(), JoinedChunks.of("data: {broken\n\n"));
        assertEquals(
                Optional.empty(),
                JoinedChunks.of(chunk("{\"index\":0}") + "data: {\"error\":{\"message\":\"no\"}}\n\n"));
    }
}
