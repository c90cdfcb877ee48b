package dev.pagoda.gateway.anthropic;

import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.http.ErrorForm;
import io.vertx.core.buffer.Buffer;

/// Anthropic's error body: `{"type": "error", "error": {"type", "message"}, "request_id"}`.
///
/// Types and statuses as its API reference has them (https://platform.claude.com/docs/en/api/errors, 2026-05); one of
/// them, 529 for an overload, is no status of HTTP.
enum AnthropicErrors implements ErrorForm {
    FORM;

    private static final int OVERLOADED = 529;

    @Override
    public Buffer body(int status, Refusal refusal) {
        return body(status, refusal, "");
    }

    @Override
    public Buffer body(int status, Refusal refusal, String requestId) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("type", "error");
            json.writeObjectFieldStart("error");
            json.writeStringField("type", type(refusal));
            json.writeStringField("message", message(refusal));
            json.writeEndObject();
            if (requestId.isEmpty()) {
                json.writeNullField("request_id");
            } else {
                json.writeStringField("request_id", RequestNames.request(requestId));
            }
            json.writeEndObject();
        });
    }

    @Override
    public int status(Refusal refusal) {
        return isOverload(refusal) ? OVERLOADED : refusal.reason().status();
    }

    /// The refusal of a bad parameter.
    static Refusal refusal(BadParameter bad) {
        return Refusal.of(Reason.INVALID, "bad_parameter", Wording.of(bad));
    }

    private static String type(Refusal refusal) {
        if (isOverload(refusal)) {
            return "overloaded_error";
        }
        return switch (refusal.reason()) {
            case INVALID, METHOD_NOT_ALLOWED, CONFLICT, UNPROCESSABLE -> "invalid_request_error";
            case UNAUTHENTICATED -> "authentication_error";
            case FORBIDDEN -> "permission_error";
            case NOT_FOUND -> "not_found_error";
            case TOO_LARGE -> "request_too_large";
            case EXHAUSTED -> "rate_limit_error";
            case DEADLINE -> "timeout_error";
            case INTERNAL, UNAVAILABLE, INSUFFICIENT_STORAGE -> "api_error";
        };
    }

    /// A full queue or a missing engine is the server's state; a client over its own limit is told so by 429.
    private static boolean isOverload(Refusal refusal) {
        return refusal.reason() == Reason.UNAVAILABLE
                || (refusal.reason() == Reason.EXHAUSTED && refusal.code().equals("queue_full"));
    }

    private static String message(Refusal refusal) {
        return switch (refusal.code()) {
            case "missing_api_key" -> "x-api-key header is required";
            case "invalid_api_key" -> "invalid x-api-key";
            default -> refusal.message();
        };
    }
}
