package dev.pagoda.gateway.backend;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;

/// The form of an answer's text.
public sealed interface OutputFormat {
    /// Anything.
    record Text() implements OutputFormat {}

    /// A JSON object of any shape.
    record JsonObject() implements OutputFormat {}

    /// JSON that keeps a schema.
    ///
    /// @param name   as the client calls it
    /// @param schema not to be changed
    /// @param strict whether the schema is kept without exception; the simulated engines always keep it
    record JsonSchema(String name, JsonNode schema, boolean strict) implements OutputFormat {
        public JsonSchema {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(schema, "schema");
        }
    }
}
