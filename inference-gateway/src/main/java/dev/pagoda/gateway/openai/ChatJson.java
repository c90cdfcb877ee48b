package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.Json;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;

/// The JSON of one `chat.completion`.
final class ChatJson {
    private ChatJson() {}

    /// What all objects of one chat share.
    ///
    /// @param created     Unix seconds
    /// @param fingerprint changes when the same request may get another answer
    record Head(String id, long created, String model, String fingerprint) {}

    /// One whole choice.
    record Choice(String text, FinishReason reason) {}

    /// The answer of a chat that is not streamed.
    static Buffer completion(Head head, List<Choice> choices, TokenUsage usage) {
        return Json.write(json -> {
            json.writeStartObject();
            head(json, head, "chat.completion");
            json.writeArrayFieldStart("choices");
            for (int i = 0; i < choices.size(); i++) {
                Choice choice = choices.get(i);
                json.writeStartObject();
                json.writeNumberField("index", i);
                json.writeObjectFieldStart("message");
                json.writeStringField("role", "assistant");
                json.writeStringField("content", choice.text());
                json.writeNullField("refusal");
                json.writeArrayFieldStart("annotations");
                json.writeEndArray();
                json.writeEndObject();
                json.writeNullField("logprobs");
                json.writeStringField("finish_reason", reason(choice.reason()));
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeFieldName("usage");
            usage(json, usage);
            json.writeEndObject();
        });
    }

    static void head(JsonGenerator json, Head head, String object) throws IOException {
        json.writeStringField("id", head.id());
        json.writeStringField("object", object);
        json.writeNumberField("created", head.created());
        json.writeStringField("model", head.model());
        json.writeStringField("service_tier", "default");
        json.writeStringField("system_fingerprint", head.fingerprint());
    }

    static void usage(JsonGenerator json, TokenUsage usage) throws IOException {
        json.writeStartObject();
        json.writeNumberField("prompt_tokens", usage.promptTokens());
        json.writeNumberField("completion_tokens", usage.completionTokens());
        json.writeNumberField("total_tokens", usage.totalTokens());
        json.writeObjectFieldStart("prompt_tokens_details");
        json.writeNumberField("cached_tokens", usage.cachedTokens());
        json.writeNumberField("audio_tokens", 0);
        json.writeEndObject();
        json.writeObjectFieldStart("completion_tokens_details");
        json.writeNumberField("reasoning_tokens", usage.reasoningTokens());
        json.writeNumberField("audio_tokens", 0);
        json.writeNumberField("accepted_prediction_tokens", 0);
        json.writeNumberField("rejected_prediction_tokens", 0);
        json.writeEndObject();
        json.writeEndObject();
    }

    static String reason(FinishReason reason) {
        return switch (reason) {
            case STOP -> "stop";
            case LENGTH -> "length";
            case TOOL_CALLS -> "tool_calls";
            case CONTENT_FILTER -> "content_filter";
        };
    }
}
