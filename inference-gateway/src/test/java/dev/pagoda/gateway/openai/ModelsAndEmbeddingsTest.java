package dev.pagoda.gateway.openai;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.openai.OpenAiServer.Answer;
import dev.pagoda.gateway.protocol.FakeChatService;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelsAndEmbeddingsTest {
    private final OpenAiServer server = new OpenAiServer(OpenAiServer.config());

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void modelsAreListedAsOpenAiDoes() {
        JsonNode list = server.get("/v1/models").json();

        assertEquals("list", list.path("object").asText());
        assertEquals(FakeChatService.MODELS.size(), list.path("data").size());
        assertEquals(
                server.parse("{\"id\":\"echo\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"acme\","
                        + "\"root\":\"acme/echo\",\"max_model_len\":4096}"),
                list.path("data").path(0));
    }

    @Test
    void oneModelIsFoundWithAndWithoutASlashInItsName() {
        assertEquals("echo", server.get("/v1/models/echo").json().path("id").asText());
        assertEquals(
                "acme/echo",
                server.get("/v1/models/acme/echo").json().path("id").asText());
        assertEquals(
                "acme/echo",
                server.get("/v1/models/acme%2Fecho").json().path("id").asText());
        Answer unknown = server.get("/v1/models/nope");
        assertEquals(404, unknown.status());
        assertEquals("model_not_found", unknown.error().path("code").asText());
    }

    @Test
    void floatsAreTheDefaultAndBase64IsTheSameVector() {
        JsonNode floats = server.post("/v1/embeddings", "{\"model\":\"embed\",\"input\":\"abc\"}")
                .json();
        JsonNode base64 = server.post(
                        "/v1/embeddings",
                        "{\"model\":\"embed\",\"input\":\"abc\",\"encoding_format\":\"base64\",\"user\":\"u\"}")
                .json();

        assertEquals(
                server.parse(
                        "{\"object\":\"list\",\"data\":[{\"object\":\"embedding\",\"index\":0,"
                                + "\"embedding\":[3.0,97.0,0.5]}],\"model\":\"embed\",\"usage\":{\"prompt_tokens\":2,\"total_tokens\":2}}"),
                floats);
        var decoded = ByteBuffer.wrap(Base64.getDecoder()
                        .decode(base64.at("/data/0/embedding").asText()))
                .order(ByteOrder.LITTLE_ENDIAN);
        assertArrayEquals(
                new float[] {3, 97, 0.5f}, new float[] {decoded.getFloat(), decoded.getFloat(), decoded.getFloat()});
    }

    @Test
    void batchesKeepTheirOrderUpToTheLimit() {
        var inputs = new StringBuilder();
        for (int i = 0; i < EmbedRequest.MAX_INPUTS; i++) {
            inputs.append(i == 0 ? "\"" : ",\"").append("x".repeat(1 + i % 50)).append('"');
        }
        JsonNode data = server.post("/v1/embeddings", "{\"model\":\"embed\",\"input\":[" + inputs + "]}")
                .json()
                .path("data");

        assertEquals(EmbedRequest.MAX_INPUTS, data.size());
        for (int i = 0; i < data.size(); i++) {
            assertEquals(i, data.path(i).path("index").asInt());
            assertEquals(1 + i % 50, data.path(i).at("/embedding/0").asInt());
        }
        Answer tooMany = server.post("/v1/embeddings", "{\"model\":\"embed\",\"input\":[" + inputs + ",\"y\"]}");
        assertEquals(400, tooMany.status());
        assertEquals("array_above_max_length", tooMany.error().path("code").asText());
    }

    @Test
    void tokenArraysAreDecodedToText() {
        server.post("/v1/embeddings", "{\"model\":\"embed\",\"input\":[15339,1917]}");
        server.post("/v1/embeddings", "{\"model\":\"embed\",\"input\":[[15339],[15339,1917]]}");

        var got = List.copyOf(server.service.embeds);
        assertEquals(List.of("hello world"), got.get(0).inputs());
        assertEquals(List.of("hello", "hello world"), got.get(1).inputs());
        assertTrue(got.get(0).requestId().startsWith("embd-"));
    }
}
