package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The body of `POST /api/embed`.
///
/// @param inputs     may be empty: then the model is only loaded
/// @param dimensions to which vectors are cut; 0 for all
record EmbedParameters(List<String> inputs, int dimensions) {
    static EmbedParameters of(Parameters body) {
        KeepAlive.isUnload(body.raw("keep_alive"));
        body.flag("truncate");
        return new EmbedParameters(
                inputs(body.raw("input")), body.integer("dimensions", 0).orElse(0));
    }

    private static List<String> inputs(JsonNode input) {
        if (input.isMissingNode() || (input.isTextual() && input.textValue().isEmpty())) {
            return List.of();
        }
        if (input.isTextual()) {
            return List.of(input.textValue());
        }
        if (!input.isArray()) {
            throw OptionParameters.told("invalid input type");
        }
        if (input.size() > EmbedRequest.MAX_INPUTS) {
            throw BadParameter.longArray("input", EmbedRequest.MAX_INPUTS, input.size());
        }
        var inputs = new ArrayList<String>(input.size());
        for (JsonNode each : input) {
            if (!each.isTextual()) {
                throw OptionParameters.told("invalid input type");
            }
            inputs.add(each.textValue());
        }
        return inputs;
    }

    /// @param shown the model as the client called it
    Buffer json(String shown, EmbedReply reply, long totalNanos) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("model", shown);
            json.writeArrayFieldStart("embeddings");
            for (float[] vector : reply.vectors()) {
                json.writeStartArray();
                for (float each : cut(vector)) {
                    json.writeNumber(each);
                }
                json.writeEndArray();
            }
            json.writeEndArray();
            json.writeNumberField("total_duration", totalNanos);
            json.writeNumberField("load_duration", 0);
            json.writeNumberField("prompt_eval_count", reply.promptTokens());
            json.writeEndObject();
        });
    }

    /// A shorter vector is made to have unit length again.
    private float[] cut(float[] vector) {
        if (dimensions == 0 || dimensions >= vector.length) {
            return vector;
        }
        float[] head = Arrays.copyOf(vector, dimensions);
        double squares = 0;
        for (float each : head) {
            squares += (double) each * each;
        }
        float scale = (float) (1 / Math.max(Math.sqrt(squares), 1e-12));
        for (int i = 0; i < head.length; i++) {
            head[i] *= scale;
        }
        return head;
    }
}
