package dev.pagoda.gateway.anthropic;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.Digest;
import dev.pagoda.gateway.protocol.Json;
import dev.pagoda.gateway.protocol.Parameters;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/// The JSON of one message of the assistant.
final class MessageJson {
    private static final String CALL_PREFIX = "call_";

    private MessageJson() {}

    /// A whole block of content.
    sealed interface Block {
        record Text(String text) implements Block {}

        record Thinking(String thinking, String signature) implements Block {}

        /// @param input JSON, or the beginning of some that a token limit cut
        record ToolUse(String id, String name, String input) implements Block {}
    }

    /// Why a message ended.
    ///
    /// @param sequence the stop sequence that was met, empty when none was
    record Stop(String reason, String sequence) {
        static Stop of(FinishReason reason, String sequence) {
            return new Stop(
                    switch (reason) {
                        case STOP -> sequence.isEmpty() ? "end_turn" : "stop_sequence";
                        case LENGTH -> "max_tokens";
                        case TOOL_CALLS -> "tool_use";
                        case CONTENT_FILTER -> "refusal";
                    },
                    sequence);
        }
    }

    static Buffer message(String id, String model, List<Block> content, Stop stop, TokenUsage usage) {
        return Json.write(json -> {
            json.writeStartObject();
            head(json, id, model);
            json.writeArrayFieldStart("content");
            for (Block block : content) {
                block(json, block);
            }
            json.writeEndArray();
            stop(json, stop);
            json.writeNullField("stop_details");
            json.writeNullField("container");
            json.writeFieldName("usage");
            usage(json, usage);
            json.writeEndObject();
        });
    }

    /// A message that has said nothing yet, for the first event of a stream.
    static void begun(JsonGenerator json, String id, String model, TokenUsage usage) throws IOException {
        json.writeStartObject();
        head(json, id, model);
        json.writeArrayFieldStart("content");
        json.writeEndArray();
        json.writeNullField("stop_reason");
        json.writeNullField("stop_sequence");
        json.writeNullField("stop_details");
        json.writeNullField("container");
        json.writeFieldName("usage");
        usage(json, usage);
        json.writeEndObject();
    }

    private static void head(JsonGenerator json, String id, String model) throws IOException {
        json.writeStringField("id", id);
        json.writeStringField("type", "message");
        json.writeStringField("role", "assistant");
        json.writeStringField("model", model);
    }

    static void stop(JsonGenerator json, Stop stop) throws IOException {
        json.writeStringField("stop_reason", stop.reason());
        if (stop.sequence().isEmpty()) {
            json.writeNullField("stop_sequence");
        } else {
            json.writeStringField("stop_sequence", stop.sequence());
        }
    }

    private static void block(JsonGenerator json, Block block) throws IOException {
        json.writeStartObject();
        switch (block) {
            case Block.Text(String text) -> {
                json.writeStringField("type", "text");
                json.writeStringField("text", text);
                json.writeNullField("citations");
            }
            case Block.Thinking(String thinking, String signature) -> {
                json.writeStringField("type", "thinking");
                json.writeStringField("thinking", thinking);
                json.writeStringField("signature", signature);
            }
            case Block.ToolUse(String id, String name, String input) -> {
                json.writeStringField("type", "tool_use");
                json.writeStringField("id", id);
                json.writeStringField("name", name);
                json.writeFieldName("input");
                json.writeRawValue(Parameters.isObject(input) ? input : "{}");
                caller(json);
            }
        }
        json.writeEndObject();
    }

    /// Who called the tool: always the model itself.
    static void caller(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("caller");
        json.writeStringField("type", "direct");
        json.writeEndObject();
    }

    /// Input tokens are those that no cache had; reads of the prefix cache stand beside them.
    static void usage(JsonGenerator json, TokenUsage usage) throws IOException {
        json.writeStartObject();
        counts(json, usage);
        json.writeObjectFieldStart("cache_creation");
        json.writeNumberField("ephemeral_5m_input_tokens", 0);
        json.writeNumberField("ephemeral_1h_input_tokens", 0);
        json.writeEndObject();
        json.writeStringField("service_tier", "standard");
        json.writeNullField("inference_geo");
        json.writeEndObject();
    }

    /// The counts of a `message_delta`.
    static void deltaUsage(JsonGenerator json, TokenUsage usage) throws IOException {
        json.writeStartObject();
        counts(json, usage);
        json.writeEndObject();
    }

    private static void counts(JsonGenerator json, TokenUsage usage) throws IOException {
        json.writeNumberField("input_tokens", usage.promptTokens() - usage.cachedTokens());
        json.writeNumberField("cache_creation_input_tokens", 0);
        json.writeNumberField("cache_read_input_tokens", usage.cachedTokens());
        json.writeNumberField("output_tokens", usage.completionTokens());
        json.writeObjectFieldStart("output_tokens_details");
        json.writeNumberField("thinking_tokens", usage.reasoningTokens());
        json.writeEndObject();
        json.writeNullField("server_tool_use");
    }

    /// The id of a tool's call as this protocol has it.
    static String callId(String id) {
        return id.startsWith(CALL_PREFIX) ? "toolu_" + id.substring(CALL_PREFIX.length()) : id;
    }

    /// What a client sends back to show that thoughts are unchanged: a digest of them.
    static String signature(String thinking) {
        return Base64.getEncoder().encodeToString(HexFormat.of().parseHex(Digest.of(thinking)));
    }
}
