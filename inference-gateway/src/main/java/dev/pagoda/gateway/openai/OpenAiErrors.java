package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.limit.Decision;
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.http.ErrorForm;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// OpenAI's error body: `{"error": {"message", "type", "param", "code"}}`.
///
/// Types and codes as api.openai.com sends them (error reference of 2025-11), which its clients turn into exceptions.
public enum OpenAiErrors implements ErrorForm {
    FORM;

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public Buffer body(int status, Refusal refusal) {
        return Buffer.buffer(bytes(refusal));
    }

    /// The body of a refusal.
    static byte[] bytes(Refusal refusal) {
        return bytes(
                refusal.message(),
                type(refusal),
                parameter(refusal).orElse(null),
                code(refusal).orElse(null));
    }

    /// The body of a bad parameter.
    static byte[] bytes(BadParameter bad) {
        return bytes(bad.sentence(), "invalid_request_error", bad.parameter(), bad.errorCode());
    }

    private static byte[] bytes(String message, String type, @Nullable String parameter, @Nullable String code) {
        ObjectNode root = JSON.createObjectNode();
        root.putObject("error")
                .put("message", message)
                .put("type", type)
                .put("param", parameter)
                .put("code", code);
        return root.toString().getBytes(StandardCharsets.UTF_8);
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
            case EXHAUSTED ->
                switch (refusal.code()) {
                    case "insufficient_quota" -> "insufficient_quota";
                    case Decision.TOKENS_EXCEEDED, Decision.REQUEST_TOO_LARGE -> "tokens";
                    default -> "requests";
                };
            case INTERNAL, UNAVAILABLE, DEADLINE, INSUFFICIENT_STORAGE -> "server_error";
        };
    }

    private static Optional<String> code(Refusal refusal) {
        return switch (refusal.code()) {
            case "missing_api_key", "internal", "bad_request", "resource_missing" -> Optional.empty();
            case "not_found" -> Optional.of("unknown_url");
            case "method_not_allowed" -> Optional.of("method_not_supported");
            case "insufficient_quota" -> Optional.of("insufficient_quota");
            default -> Optional.of(refusal.reason() == Reason.EXHAUSTED ? "rate_limit_exceeded" : refusal.code());
        };
    }

    private static Optional<String> parameter(Refusal refusal) {
        return switch (refusal.code()) {
            case "context_length_exceeded" -> Optional.of("messages");
            case "model_not_supported" -> Optional.of("model");
            default -> Optional.empty();
        };
    }
}
