package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.pagoda.gateway.backend.OutputFormat;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Parameters;
import java.util.List;
import java.util.regex.Pattern;

/// The form of an answer: `response_format` of chats, `text.format` of responses, and vLLM's `guided_json` and
/// `structured_outputs`.
final class FormatParameters {
    private static final List<String> TYPES = List.of("text", "json_object", "json_schema");
    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

    private FormatParameters() {}

    static OutputFormat ofChat(Parameters body) {
        OutputFormat format = body.object("response_format")
                .map(form -> of(form, "json_schema"))
                .orElse(new OutputFormat.Text());
        JsonNode guided = body.raw("guided_json");
        if (guided.isMissingNode()) {
            guided = body.object("structured_outputs")
                    .map(outputs -> outputs.raw("json"))
                    .orElse(guided);
        }
        return guided.isObject() ? new OutputFormat.JsonSchema("guided", guided, true) : format;
    }

    /// @param nested where the name and the schema are, empty when beside the type
    static OutputFormat of(Parameters format, String nested) {
        String type = format.choice("type", TYPES).orElseThrow(() -> BadParameter.missing(format.path("type")));
        return switch (type) {
            case "json_object" -> new OutputFormat.JsonObject();
            case "json_schema" ->
                schema(
                        nested.isEmpty()
                                ? format
                                : format.object(nested).orElseThrow(() -> BadParameter.missing(format.path(nested))));
            default -> new OutputFormat.Text();
        };
    }

    private static OutputFormat schema(Parameters inner) {
        String name = inner.requiredText("name");
        if (!NAME.matcher(name).matches()) {
            throw new BadParameter(
                    "Invalid '" + inner.path("name")
                            + "': string does not match pattern. Expected a string that matches"
                            + " the pattern '^[a-zA-Z0-9_-]{1,64}$'.",
                    inner.path("name"),
                    "invalid_value");
        }
        inner.text("description");
        JsonNode schema = inner.raw("schema");
        if (!schema.isMissingNode() && !schema.isObject()) {
            throw BadParameter.type(inner.path("schema"), "an object", schema);
        }
        return new OutputFormat.JsonSchema(
                name, schema.isMissingNode() ? JsonNodeFactory.instance.objectNode() : schema, inner.flag("strict"));
    }
}
