package dev.pagoda.gateway.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one `chat.completion.chunk` means to a load generator.
///
/// @param id         the request's id, if told
/// @param hasContent whether some choice got text, reasoning or a piece of a tool call
/// @param usage      the stream's totals, in the last chunk only
/// @param text       of the first choice's answer, without reasoning
/// @param error      the code or type of an error that the stream carried instead
record ChunkReading(
        @Nullable String id,
        boolean hasContent,
        @Nullable Usage usage,
        @Nullable String error,
        String text) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> CONTENT_FIELDS =
            List.of("content", "reasoning_content", "reasoning", "tool_calls");

    /// Tokens as the target counted them.
    record Usage(long promptTokens, long completionTokens) {}

    /// @throws JsonProcessingException if the event is no JSON object
    static ChunkReading of(String event) throws JsonProcessingException {
        JsonNode chunk = JSON.readTree(event);
        JsonNode error = chunk.path("error");
        if (!error.isMissingNode() && !error.isNull()) {
            return new ChunkReading(null, false, null, errorCode(error), "");
        }
        boolean hasContent = false;
        for (JsonNode choice : chunk.path("choices")) {
            JsonNode delta = choice.path("delta");
            for (String field : CONTENT_FIELDS) {
                JsonNode value = delta.path(field);
                hasContent |= value.isTextual() ? !value.textValue().isEmpty() : !value.isEmpty();
            }
        }
        JsonNode usage = chunk.path("usage");
        return new ChunkReading(
                chunk.path("id").textValue(),
                hasContent,
                usage.isObject()
                        ? new Usage(
                                usage.path("prompt_tokens").asLong(),
                                usage.path("completion_tokens").asLong())
                        : null,
                null,
                chunk.path("choices").path(0).path("delta").path("content").asText(""));
    }

    /// The shortest true name of an error body: its code, else its type, else "error".
    static String errorCode(JsonNode error) {
        for (String field : List.of("code", "type")) {
            JsonNode value = error.path(field);
            if (value.isValueNode() && !value.isNull() && !value.asText().isEmpty()) {
                return value.asText();
            }
        }
        return "error";
    }

    /// The error of a refused request's body: `error.code` or `error.type`, empty if the body tells none.
    static String errorCodeOfBody(String body) {
        try {
            JsonNode error = JSON.readTree(body).path("error");
            return error.isObject() ? errorCode(error) : "";
        } catch (JsonProcessingException e) {
            return "";
        }
    }

    /// The error message of a refused request's body, or the body itself, cut to one line of at most 300 characters.
    static String messageOfBody(String body) {
        String message = body;
        try {
            JsonNode error = JSON.readTree(body).path("error");
            message = error.isTextual()
                    ? error.textValue()
                    : error.path("message").asText(body);
        } catch (JsonProcessingException e) {
            // Not JSON: a proxy's page, say. Its first line is what the user can use.
        }
        String line = message.strip().lines().findFirst().orElse("");
        return line.length() > 300 ? line.substring(0, 300) : line;
    }
}
