package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.http.ErrorForm;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;

/// Refusals in Qdrant's words: the envelope `{"status":{"error":...},"time":...}` and the beginnings of its
/// messages.
enum Faults implements ErrorForm {
    FORM;

    /// The JSON does not parse or fits no variant.
    static Refused format(String message) {
        return new Refused(Reason.INVALID, "format_error", message);
    }

    /// The JSON parses but a value is out of range.
    static Refused validation(String field, Object value, String demand) {
        return new Refused(
                Reason.UNPROCESSABLE,
                "validation_error",
                "[" + field + ": value " + value + " invalid, " + demand + "]");
    }

    /// The JSON parses but one of its rules is broken.
    static Refused validation(String message) {
        return new Refused(Reason.UNPROCESSABLE, "validation_error", "[" + message + "]");
    }

    /// The same refusal of a rule, of something that lies below `path`; any other as it is.
    static Refused below(String path, Refused refused) {
        String message = refused.refusal().message();
        boolean isRule = refused.refusal().code().equals("validation_error") && message.startsWith("[");
        return isRule
                ? new Refused(Reason.UNPROCESSABLE, "validation_error", "[" + path + message.substring(1))
                : refused;
    }

    static Refused queryParameter(String message) {
        return new Refused(Reason.INVALID, "query_parameter", message);
    }

    static Refused queryValidation(String field, Object value, String demand) {
        return queryValidation(field + ": value " + value + " invalid, " + demand);
    }

    static Refused queryValidation(String message) {
        return new Refused(Reason.UNPROCESSABLE, "query_validation", "[" + message + "]");
    }

    static Refused pathParameter(String message) {
        return new Refused(Reason.INVALID, "path_parameter", message);
    }

    static Refused pathValidation(String field, Object value, String demand) {
        return pathValidation(field + ": value " + value + " invalid, " + demand);
    }

    static Refused pathValidation(String message) {
        return new Refused(Reason.UNPROCESSABLE, "path_validation", "[" + message + "]");
    }

    /// A call that only a cluster can answer.
    static Refused standalone() {
        return new Refused(Reason.METHOD_NOT_ALLOWED, "standalone_mode", "Qdrant is running in standalone mode");
    }

    static Refused forbidden(String message) {
        return new Refused(Reason.FORBIDDEN, "forbidden", message);
    }

    static Refused badRequest(String message) {
        return new Refused(Reason.INVALID, "bad_request", message);
    }

    static Refused unsupported(String what) {
        return badRequest(what + " is not supported by this server");
    }

    /// Qdrant times out with 408.
    @Override
    public int status(Refusal refusal) {
        return refusal.reason() == Reason.DEADLINE ? 408 : refusal.reason().status();
    }

    @Override
    public Buffer body(int status, Refusal refusal) {
        return new JsonObject()
                .put("status", new JsonObject().put("error", prefix(refusal) + refusal.message()))
                .put("time", 0.0)
                .toBuffer();
    }

    /// How the message of a refusal begins.
    static String prefix(Refusal refusal) {
        return switch (refusal.code()) {
            case "format_error" -> "Format error in JSON body: ";
            case "validation_error" -> "Validation error in JSON body: ";
            case "path_validation", "invalid_name" -> "Validation error in path parameters: ";
            case "standalone_mode" -> "";
            case "query_parameter" -> "Deserialize error in query parameters: ";
            case "query_validation" -> "Validation error in query parameters: ";
            case "path_parameter" -> "Deserialize error in path parameters: ";
            case "invalid_input", "collection_exists" -> "Wrong input: ";
            default ->
                switch (refusal.reason()) {
                    case INVALID, UNPROCESSABLE, METHOD_NOT_ALLOWED, TOO_LARGE, CONFLICT -> "Bad request: ";
                    case UNAUTHENTICATED, FORBIDDEN -> "Forbidden: ";
                    case NOT_FOUND -> "Not found: ";
                    case EXHAUSTED -> "Rate limiting exceeded: ";
                    case DEADLINE -> "Timeout: ";
                    case INTERNAL, UNAVAILABLE -> "Service internal error: ";
                    case INSUFFICIENT_STORAGE -> "Insufficient storage: ";
                };
        };
    }
}
