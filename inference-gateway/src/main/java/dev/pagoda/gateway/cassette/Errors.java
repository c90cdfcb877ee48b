package dev.pagoda.gateway.cassette;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/// Errors in OpenAI's form, which the gateway turns into those of other protocols.
final class Errors {
    private Errors() {}

    static String body(String message, String code) {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.putObject("error")
                .put("message", message)
                .put("type", "invalid_request_error")
                .putNull("param")
                .put("code", code);
        return root.toString();
    }
}
