package dev.pagoda.gateway.anthropic;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.Json;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;

/// The server-sent events of one streamed message.
final class MessageEvents {
    private static final byte[] DELTA =
            ascii("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":");
    private static final byte[] END = ascii("\"}}\n\n");
    private static final byte[] PING = ascii("event: ping\ndata: {\"type\":\"ping\"}\n\n");
    private static final byte[] STOP = ascii("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");

    /// A kind of `content_block_delta`.
    enum Delta {
        TEXT("text_delta", "text"),
        THINKING("thinking_delta", "thinking"),
        SIGNATURE("signature_delta", "signature"),
        INPUT_JSON("input_json_delta", "partial_json");

        @SuppressWarnings("ImmutableEnumChecker") // written once, and never handed out
        private final byte[] opening;

        Delta(String type, String field) {
            this.opening = ascii(",\"delta\":{\"type\":\"" + type + "\",\"" + field + "\":\"");
        }
    }

    private MessageEvents() {}

    static void start(Buffer out, String id, String model, TokenUsage usage) {
        event(out, "message_start", json -> {
            json.writeFieldName("message");
            MessageJson.begun(json, id, model, usage);
        });
    }

    static void startText(Buffer out, int index) {
        startBlock(out, index, json -> {
            json.writeStringField("type", "text");
            json.writeStringField("text", "");
        });
    }

    static void startThinking(Buffer out, int index) {
        startBlock(out, index, json -> {
            json.writeStringField("type", "thinking");
            json.writeStringField("thinking", "");
            json.writeStringField("signature", "");
        });
    }

    static void startToolUse(Buffer out, int index, String id, String name) {
        startBlock(out, index, json -> {
            json.writeStringField("type", "tool_use");
            json.writeStringField("id", id);
            json.writeStringField("name", name);
            json.writeObjectFieldStart("input");
            json.writeEndObject();
            MessageJson.caller(json);
        });
    }

    static void delta(Buffer out, int index, Delta kind, String text) {
        out.appendBytes(DELTA)
                .appendString(Integer.toString(index))
                .appendBytes(kind.opening)
                .appendBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text))
                .appendBytes(END);
    }

    static void stopBlock(Buffer out, int index) {
        event(out, "content_block_stop", json -> json.writeNumberField("index", index));
    }

    static void ping(Buffer out) {
        out.appendBytes(PING);
    }

    static void end(Buffer out, MessageJson.Stop stop, TokenUsage usage) {
        event(out, "message_delta", json -> {
            json.writeObjectFieldStart("delta");
            MessageJson.stop(json, stop);
            json.writeNullField("stop_details");
            json.writeNullField("container");
            json.writeEndObject();
            json.writeFieldName("usage");
            MessageJson.deltaUsage(json, usage);
        });
        out.appendBytes(STOP);
    }

    /// @param body the error as it stands in an answer's body
    static void error(Buffer out, Buffer body) {
        out.appendString("event: error\ndata: ").appendBuffer(body).appendString("\n\n");
    }

    private static void startBlock(Buffer out, int index, Json.Writing block) {
        event(out, "content_block_start", json -> {
            json.writeNumberField("index", index);
            json.writeObjectFieldStart("content_block");
            block.to(json);
            json.writeEndObject();
        });
    }

    private static void event(Buffer out, String type, Json.Writing fields) {
        out.appendString("event: " + type + "\ndata: ")
                .appendBuffer(Json.write(json -> {
                    json.writeStartObject();
                    json.writeStringField("type", type);
                    fields.to(json);
                    json.writeEndObject();
                }))
                .appendString("\n\n");
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
