package dev.pagoda.gateway.ollama;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Objects;

/// A model that a tenant made of a served one: another name, a system prompt, options and messages of its own.
///
/// @param name          without `:latest`
/// @param source        the served model
/// @param body          `system`, `template`, `license`, `parameters` and `messages` as the client sent them
/// @param createdMicros microseconds since 1970
record TenantModel(String name, String source, JsonNode body, long createdMicros) {
    TenantModel {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(body, "body");
    }

    String system() {
        return body.path("system").asText("");
    }
}
