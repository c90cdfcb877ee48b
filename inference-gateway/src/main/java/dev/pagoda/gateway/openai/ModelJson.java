package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.protocol.Json;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;

/// The JSON of `GET /v1/models`: OpenAI's fields, then vLLM's `root` and `max_model_len`, which clients use to fit
/// prompts.
final class ModelJson {
    private ModelJson() {}

    static Buffer list(List<ServedModel> models) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("object", "list");
            json.writeArrayFieldStart("data");
            for (ServedModel model : models) {
                model(json, model);
            }
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    static Buffer one(ServedModel model) {
        return Json.write(json -> model(json, model));
    }

    private static void model(JsonGenerator json, ServedModel model) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", model.name());
        json.writeStringField("object", "model");
        json.writeNumberField("created", model.createdSeconds());
        json.writeStringField("owned_by", model.ownedBy());
        json.writeStringField("root", model.huggingFaceId());
        if (model.contextTokens() > 0) {
            json.writeNumberField("max_model_len", model.contextTokens());
        }
        json.writeEndObject();
    }
}
