package dev.pagoda.governance.http;

import dev.pagoda.governance.bus.Refusal;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/// The error body of OpenAI's API, for modules that speak parts of it: `{"error": {"message", "type", "param",
/// "code"}}`. Types and codes as api.openai.com sends them (error reference of 2025-11).
public enum OpenAiForm implements ErrorForm {
    FORM;

    @Override
    public Buffer body(int status, Refusal refusal) {
        return new JsonObject()
                .put(
                        "error",
                        new JsonObject()
                                .put("message", refusal.message())
                                .put("type", type(refusal))
                                .put("param", null)
                                .put("code", refusal.code()))
                .toBuffer();
    }

    private static String type(Refusal refusal) {
        return switch (refusal.reason()) {
            case INVALID,
                    UNAUTHENTICATED,
                    FORBIDDEN,
                    NOT_FOUND,
                    METHOD_NOT_ALLOWED,
                    CONFLICT,
                    TOO_LARGE,
                    UNPROCESSABLE -> "invalid_request_error";
            case EXHAUSTED -> "requests";
            case INTERNAL, UNAVAILABLE, DEADLINE, INSUFFICIENT_STORAGE -> "server_error";
        };
    }
}
