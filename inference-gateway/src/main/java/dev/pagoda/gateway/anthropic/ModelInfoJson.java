package dev.pagoda.gateway.anthropic;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.protocol.Json;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Instant;
import java.util.List;

/// The JSON of models, one or a page of them.
final class ModelInfoJson {
    private ModelInfoJson() {}

    static Buffer page(List<ServedModel> models, boolean hasMore) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeArrayFieldStart("data");
            for (ServedModel model : models) {
                model(json, model);
            }
            json.writeEndArray();
            json.writeBooleanField("has_more", hasMore);
            if (models.isEmpty()) {
                json.writeNullField("first_id");
                json.writeNullField("last_id");
            } else {
                json.writeStringField("first_id", models.getFirst().name());
                json.writeStringField("last_id", models.getLast().name());
            }
            json.writeEndObject();
        });
    }

    static Buffer one(ServedModel model) {
        return Json.write(json -> model(json, model));
    }

    private static void model(JsonGenerator json, ServedModel model) throws IOException {
        json.writeStartObject();
        json.writeStringField("type", "model");
        json.writeStringField("id", model.name());
        json.writeStringField("display_name", model.huggingFaceId().isEmpty() ? model.name() : model.huggingFaceId());
        json.writeStringField(
                "created_at", Instant.ofEpochSecond(model.createdSeconds()).toString());
        json.writeNumberField("max_input_tokens", model.contextTokens());
        json.writeNumberField("max_tokens", model.contextTokens());
        json.writeStringField("lifecycle", "active");
        for (String absent : List.of("capabilities", "deprecated_at", "retires_at", "line")) {
            json.writeNullField(absent);
        }
        json.writeEndObject();
    }
}
