package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.protocol.Json;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;

/// The JSON of `POST /v1/embeddings`.
final class EmbeddingJson {
    private EmbeddingJson() {}

    /// @param base64 vectors as base64 of little-endian 32-bit floats, else as arrays of numbers
    static Buffer list(EmbedReply reply, boolean base64) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (int i = 0; i < reply.vectors().size(); i++) {
                json.writeStartObject();
                json.writeStringField("object", "embedding");
                json.writeNumberField("index", i);
                json.writeFieldName("embedding");
                vector(json, reply.vectors().get(i), base64);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeStringField("model", reply.model());
            json.writeObjectFieldStart("usage");
            json.writeNumberField("prompt_tokens", reply.promptTokens());
            json.writeNumberField("total_tokens", reply.promptTokens());
            json.writeEndObject();
            json.writeEndObject();
        });
    }

    private static void vector(JsonGenerator json, float[] vector, boolean base64) throws IOException {
        if (base64) {
            var bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector);
            json.writeString(Base64.getEncoder().encodeToString(bytes.array()));
            return;
        }
        json.writeStartArray();
        for (float value : vector) {
            json.writeNumber(value);
        }
        json.writeEndArray();
    }
}
