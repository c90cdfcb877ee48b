package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.openai.OpenAiServer.Answer;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StoredChatTest {
    private static final String CHATS = "/v1/chat/completions";

    private final OpenAiServer server = new OpenAiServer(OpenAiServer.config());

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void keepsWhatIsAskedToBeKeptAndNothingElse() {
        JsonNode made = store("one", "\"k\":\"v\"").json();
        String id = made.path("id").asText();
        server.chat(body("two", ""));

        JsonNode kept = server.get(CHATS + "/" + id).json();
        assertEquals(made.path("choices"), kept.path("choices"));
        assertEquals(made.path("usage"), kept.path("usage"));
        assertEquals("v", kept.at("/metadata/k").asText());
        assertEquals(List.of(id), ids(server.get(CHATS)));
        assertEquals(404, server.getAsOther(CHATS + "/" + id).status());
        assertTrue(ids(server.getAsOther(CHATS)).isEmpty());
    }

    @Test
    void keepsAStreamAsTheWholeThatItWas() {
        Answer streamed = server.chat(body("so it goes", ",\"store\":true,\"stream\":true"));
        assertTrue(streamed.body().endsWith("data: [DONE]\n\n"), streamed.body());

        JsonNode kept = server.get(CHATS).json().at("/data/0");
        assertEquals("so it goes", kept.at("/choices/0/message/content").asText());
        assertEquals("stop", kept.at("/choices/0/finish_reason").asText());
        assertEquals(10, kept.at("/usage/total_tokens").asInt());
    }

    @Test
    void listsByModelAndMetadataPageByPage() {
        String first = id(store("a", "\"run\":\"x\",\"n\":\"1\""));
        String second = id(store("b", "\"run\":\"y\""));
        String third = id(store("c", "\"run\":\"x\""));

        assertEquals(List.of(first, second, third), ids(server.get(CHATS)));
        assertEquals(List.of(third, second), ids(server.get(CHATS + "?order=desc&limit=2")));
        assertEquals(List.of(first, third), ids(server.get(CHATS + "?metadata%5Brun%5D=x")));
        assertEquals(List.of(first), ids(server.get(CHATS + "?metadata%5Brun%5D=x&metadata%5Bn%5D=1")));
        assertEquals(List.of(third), ids(server.get(CHATS + "?metadata%5Brun%5D=x&after=" + first)));
        assertTrue(ids(server.get(CHATS + "?model=none")).isEmpty());
        Answer page = server.get(CHATS + "?metadata%5Brun%5D=x&limit=1");
        assertTrue(page.json().path("has_more").asBoolean());
        assertEquals(first, page.json().path("last_id").asText());
        assertFalse(server.get(CHATS + "?model=echo&limit=3")
                .json()
                .path("has_more")
                .asBoolean());
        assertEquals(
                "limit", server.get(CHATS + "?limit=many").error().path("param").asText());
        assertEquals(
                "order", server.get(CHATS + "?order=up").error().path("param").asText());
        assertEquals(404, server.get(CHATS + "?after=chatcmpl-none").status());
    }

    @Test
    void tellsTheMessagesChangesTheMetadataAndDeletes() {
        Answer made = server.chat(
                "{\"model\":\"echo\",\"store\":true,\"messages\":[{\"role\":\"system\",\"content\":\"be brief\"},"
                        + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello\"}]}]}");
        String path = CHATS + "/" + id(made);

        JsonNode messages = server.get(path + "/messages").json();
        assertEquals("be brief", messages.at("/data/0/content").asText());
        assertEquals("hello", messages.at("/data/1/content_parts/0/text").asText());
        assertTrue(messages.at("/data/1/content").isNull());
        String after = messages.at("/data/0/id").asText();
        assertEquals(
                1,
                server.get(path + "/messages?after=" + after)
                        .json()
                        .path("data")
                        .size());

        assertEquals("metadata", server.post(path, "{}").error().path("param").asText());
        assertEquals(
                "metadata.a",
                server.post(path, "{\"metadata\":{\"a\":1}}")
                        .error()
                        .path("param")
                        .asText());
        assertEquals(
                "b",
                server.post(path, "{\"metadata\":{\"a\":\"b\"}}")
                        .json()
                        .at("/metadata/a")
                        .asText());
        assertEquals("b", server.get(path).json().at("/metadata/a").asText());
        assertEquals(
                "chat.completion.deleted",
                server.delete(path).json().path("object").asText());
        assertEquals(404, server.get(path).status());
        assertEquals(404, server.get(path + "/messages").status());
        assertEquals(404, server.delete(path).status());
    }

    private Answer store(String text, String metadata) {
        return server.chat(body(text, ",\"store\":true,\"metadata\":{" + metadata + "}"));
    }

    private static String body(String text, String more) {
        return "{\"model\":\"echo\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]" + more + "}";
    }

    private static String id(Answer answer) {
        assertEquals(200, answer.status(), answer.body());
        return answer.json().path("id").asText();
    }

    private static List<String> ids(Answer list) {
        assertEquals(200, list.status(), list.body());
        return StreamSupport.stream(list.json().path("data").spliterator(), false)
                .map(each -> each.path("id").asText())
                .toList();
    }
}
