package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Json;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Base64;
import java.util.OptionalInt;

/// The JSON of `POST /v1/embeddings`.
final class EmbeddingJson {
    private EmbeddingJson() {}

    /// @throws BadParameter if more dimensions are wanted than the model's vectors have
    static Buffer list(EmbedReply reply, EmbeddingParameters parameters) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (int i = 0; i < reply.vectors().size(); i++) {
                json.writeStartObject();
                json.writeStringField("object", "embedding");
                json.writeNumberField("index", i);
                json.writeFieldName("embedding");
                vector(json, shortened(reply.vectors().get(i), parameters.dimensions()), parameters.base64());
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

    /// The first numbers of a vector at unit length, as OpenAI shortens its own.
    private static float[] shortened(float[] vector, OptionalInt dimensions) {
        int wanted = dimensions.orElse(vector.length);
        if (wanted > vector.length) {
            throw BadParameter.above("dimensions", "integer", vector.length, Integer.toString(wanted));
        }
        if (wanted == vector.length) {
            return vector;
        }
        float[] first = Arrays.copyOf(vector, wanted);
        double squares = 0;
        for (float x : first) {
            squares += (double) x * x;
        }
        for (int i = 0; squares > 0 && i < wanted; i++) {
            first[i] = (float) (first[i] / Math.sqrt(squares));
        }
        return first;
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
