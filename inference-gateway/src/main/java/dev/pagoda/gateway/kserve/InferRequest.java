package dev.pagoda.gateway.kserve;

import com.fasterxml.jackson.databind.JsonNode;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The body of an inference: one tensor `text` of BYTES, for which the model gives one tensor `embedding` of FP32 with
/// a row for each text.
///
/// Tensors are JSON arrays, flat or nested as their shape says, in row-major order. The binary extension is not spoken.
///
/// @param id    the client's own name for the request
/// @param texts in row-major order
record InferRequest(Optional<String> id, List<String> texts) {
    static final String INPUT = "text";
    static final String OUTPUT = "embedding";

    private static final int MAX_DIMENSIONS = 8;

    static InferRequest of(Parameters body) {
        Optional<String> id = body.text("id");
        body.object("parameters");
        JsonNode inputs = body.raw("inputs");
        if (inputs.isMissingNode()) {
            throw BadParameter.missing("inputs");
        }
        if (!inputs.isArray()) {
            throw BadParameter.type("inputs", "an array of objects", inputs);
        }
        if (inputs.size() != 1) {
            throw told("expected 1 inputs but got " + inputs.size() + " inputs: the model takes one tensor '" + INPUT
                    + "'");
        }
        requireOutputs(body.raw("outputs"));
        return new InferRequest(id, texts(Parameters.of(inputs.get(0), "inputs[0]")));
    }

    /// @param version of the model that answered
    Buffer answer(String model, int version, EmbedReply reply) {
        int width = reply.vectors().getFirst().length;
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("model_name", model);
            json.writeStringField("model_version", Integer.toString(version));
            if (id.isPresent()) {
                json.writeStringField("id", id.get());
            }
            json.writeArrayFieldStart("outputs");
            json.writeStartObject();
            json.writeStringField("name", OUTPUT);
            json.writeStringField("datatype", "FP32");
            json.writeFieldName("shape");
            json.writeArray(new int[] {reply.vectors().size(), width}, 0, 2);
            json.writeArrayFieldStart("data");
            for (float[] vector : reply.vectors()) {
                for (float each : vector) {
                    json.writeNumber(each);
                }
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndArray();
            json.writeEndObject();
        });
    }

    private static void requireOutputs(JsonNode outputs) {
        if (!outputs.isMissingNode() && !outputs.isArray()) {
            throw BadParameter.type("outputs", "an array of objects", outputs);
        }
        for (int i = 0; i < outputs.size(); i++) {
            Parameters output = Parameters.of(outputs.get(i), "outputs[" + i + "]");
            String name = output.requiredText("name");
            if (!name.equals(OUTPUT)) {
                throw told("unexpected inference output '" + BadParameter.echo(name) + "'; the model gives '" + OUTPUT
                        + "'");
            }
            boolean isBinary = output.object("parameters")
                    .map(parameters -> parameters.has("binary_data") && parameters.flag("binary_data"))
                    .orElse(false);
            if (isBinary) {
                throw told("binary tensor data is not supported by this server");
            }
        }
    }

    private static List<String> texts(Parameters input) {
        String name = input.requiredText("name");
        if (!name.equals(INPUT)) {
            throw told("unexpected inference input '" + BadParameter.echo(name) + "'; the model takes '" + INPUT + "'");
        }
        String datatype = input.requiredText("datatype");
        if (!datatype.equals("BYTES")) {
            throw told("inference input '" + INPUT + "' data-type is '" + BadParameter.echo(datatype)
                    + "', but the model expects 'BYTES'");
        }
        input.object("parameters");
        long elements = elements(input.raw("shape"), input.path("shape"));
        JsonNode data = input.raw("data");
        if (!data.isArray()) {
            throw data.isMissingNode()
                    ? BadParameter.missing(input.path("data"))
                    : BadParameter.type(input.path("data"), "an array", data);
        }
        var texts = new ArrayList<String>();
        flatten(data, input.path("data"), 1, texts);
        if (texts.size() != elements) {
            throw told(
                    "inference input '" + INPUT + "' has " + texts.size() + " elements, but its shape has " + elements);
        }
        return texts;
    }

    private static long elements(JsonNode shape, String path) {
        if (shape.isMissingNode()) {
            throw BadParameter.missing(path);
        }
        if (!shape.isArray() || shape.isEmpty() || shape.size() > MAX_DIMENSIONS) {
            throw BadParameter.type(path, "an array of 1 to " + MAX_DIMENSIONS + " integers", shape);
        }
        long elements = 1;
        for (JsonNode side : shape) {
            if (!side.isIntegralNumber() || !side.canConvertToInt() || side.intValue() < 1) {
                throw told("'" + path + "' has a side that is no positive 32-bit integer");
            }
            elements *= side.intValue();
            if (elements > EmbedRequest.MAX_INPUTS) {
                throw told("'" + path + "' has more than " + EmbedRequest.MAX_INPUTS + " elements");
            }
        }
        return elements;
    }

    private static void flatten(JsonNode data, String path, int depth, List<String> into) {
        for (JsonNode each : data) {
            if (each.isArray() && depth < MAX_DIMENSIONS) {
                flatten(each, path, depth + 1, into);
            } else if (!each.isTextual()) {
                throw BadParameter.type(path, "strings", each);
            } else if (into.size() == EmbedRequest.MAX_INPUTS) {
                throw told("'" + path + "' has more than " + EmbedRequest.MAX_INPUTS + " elements");
            } else {
                into.add(each.textValue());
            }
        }
    }

    static BadParameter told(String sentence) {
        return new BadParameter(sentence, null, null);
    }
}
