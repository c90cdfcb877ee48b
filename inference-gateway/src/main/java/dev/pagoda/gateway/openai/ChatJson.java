package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.ChatRequest;
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
    /// @param tier        the service tier it was worked on at
    record Head(String id, long created, String model, String fingerprint, String tier) {
        static Head of(ChatRequest request, long created, String fingerprint) {
            return new Head(
                    request.requestId(), created, request.model(), fingerprint, HintParameters.told(request.hints()));
        }
    }

    /// The answer of a chat that is not streamed.
    static Buffer completion(ChatParameters parameters, Head head, List<GatheredChoice> choices, TokenUsage usage) {
        boolean hasLogprobs = parameters.request().sampling().topLogprobs().isPresent();
        return Json.write(json -> {
            json.writeStartObject();
            head(json, head, "chat.completion");
            json.writeArrayFieldStart("choices");
            for (int i = 0; i < choices.size(); i++) {
                GatheredChoice choice = choices.get(i);
                json.writeStartObject();
                json.writeNumberField("index", i);
                json.writeFieldName("message");
                message(json, choice, parameters.isOld());
                json.writeFieldName("logprobs");
                LogprobJson.choice(json, choice.logprobs(), hasLogprobs);
                json.writeStringField("finish_reason", reason(choice.reason(), parameters.isOld()));
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeFieldName("usage");
            usage(json, usage);
            json.writeEndObject();
        });
    }

    private static void message(JsonGenerator json, GatheredChoice choice, boolean isOld) throws IOException {
        json.writeStartObject();
        json.writeStringField("role", "assistant");
        if (choice.text().isEmpty() && !choice.calls().isEmpty()) {
            json.writeNullField("content");
        } else {
            json.writeStringField("content", choice.text());
        }
        json.writeNullField("refusal");
        if (!choice.reasoning().isEmpty()) {
            json.writeStringField("reasoning_content", choice.reasoning());
        }
        if (isOld && !choice.calls().isEmpty()) {
            GatheredChoice.Call call = choice.calls().getFirst();
            json.writeObjectFieldStart("function_call");
            json.writeStringField("name", call.name());
            json.writeStringField("arguments", call.arguments().toString());
            json.writeEndObject();
        } else if (!choice.calls().isEmpty()) {
            json.writeArrayFieldStart("tool_calls");
            for (GatheredChoice.Call call : choice.calls()) {
                json.writeStartObject();
                json.writeStringField("id", call.id());
                json.writeStringField("type", call.isCustom() ? "custom" : "function");
                json.writeObjectFieldStart(call.isCustom() ? "custom" : "function");
                json.writeStringField("name", call.name());
                json.writeStringField(
                        call.isCustom() ? "input" : "arguments",
                        call.arguments().toString());
                json.writeEndObject();
                json.writeEndObject();
            }
            json.writeEndArray();
        }
        json.writeArrayFieldStart("annotations");
        json.writeEndArray();
        json.writeEndObject();
    }

    static void head(JsonGenerator json, Head head, String object) throws IOException {
        json.writeStringField("id", head.id());
        json.writeStringField("object", object);
        json.writeNumberField("created", head.created());
        json.writeStringField("model", head.model());
        json.writeStringField("service_tier", head.tier());
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

    /// @param isOld whether calls are told as `function_call`
    static String reason(FinishReason reason, boolean isOld) {
        return switch (reason) {
            case STOP -> "stop";
            case LENGTH -> "length";
            case TOOL_CALLS -> isOld ? "function_call" : "tool_calls";
            case CONTENT_FILTER -> "content_filter";
        };
    }
}
