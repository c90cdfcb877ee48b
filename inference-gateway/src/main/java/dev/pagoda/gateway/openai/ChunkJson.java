package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.Json;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// The server-sent events of one streamed chat.
///
/// What all chunks share is encoded once; a delta then costs the escaping of its text and a few copies.
/// One owner, not thread-safe.
final class ChunkJson {
    static final Buffer DONE = Buffer.buffer("data: [DONE]\n\n");

    private static final byte[] CHOICE = ascii("{\"index\":");
    private static final byte[] ROLE = ascii(",\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},"
            + "\"logprobs\":null,\"finish_reason\":null}]");
    private static final byte[] TEXT = ascii(",\"delta\":{\"content\":\"");
    private static final byte[] REASONING = ascii(",\"delta\":{\"reasoning_content\":\"");
    private static final byte[] DELTA = ascii(",\"delta\":");
    private static final byte[] TEXT_END = ascii("\"},\"logprobs\":null,\"finish_reason\":null}]");
    private static final byte[] LOGPROBS = ascii("\"},\"logprobs\":");
    private static final byte[] DELTA_END = ascii(",\"logprobs\":null,\"finish_reason\":null}]");
    private static final byte[] UNFINISHED = ascii(",\"finish_reason\":null}]");
    private static final byte[] FINISH = ascii(",\"delta\":{},\"logprobs\":null,\"finish_reason\":\"");
    private static final byte[] FINISH_END = ascii("\"}]");
    private static final byte[] END = ascii("}\n\n");
    private static final byte[] NULL_USAGE_END = ascii(",\"usage\":null}\n\n");

    /// Longer texts are not looked at one character at a time.
    private static final int MOST_PLAIN = 32;

    private final Buffer start;
    private final byte[] end;
    /// What stands before and behind a piece of the first choice's text.
    private final byte[] textStart;

    private final byte[] textEnd;
    private final boolean hasLogprobs;
    private final boolean isOld;

    /// With usage asked for, every chunk carries `usage`, null until the last.
    ChunkJson(ChatJson.Head head, ChatParameters parameters) {
        this.hasLogprobs = parameters.request().sampling().topLogprobs().isPresent();
        this.isOld = parameters.isOld();
        Buffer shared = Json.write(json -> {
            json.writeStartObject();
            ChatJson.head(json, head, "chat.completion.chunk");
            json.writeEndObject();
        });
        this.start = Buffer.buffer("data: ")
                .appendBuffer(shared, 0, shared.length() - 1)
                .appendString(",\"choices\":[");
        this.end = parameters.includeUsage() ? NULL_USAGE_END : END;
        Buffer first = Buffer.buffer().appendBuffer(start);
        index(first, 0);
        this.textStart = first.appendBytes(TEXT).getBytes();
        this.textEnd = Buffer.buffer().appendBytes(TEXT_END).appendBytes(end).getBytes();
    }

    void role(Buffer out, int choice) {
        out.appendBuffer(start);
        index(out, choice);
        out.appendBytes(ROLE).appendBytes(end);
    }

    /// Whether a delta has anything to be sent.
    boolean tells(ChatDelta delta) {
        return switch (delta) {
            case ChatDelta.Text text -> hasLogprobs || !text.text().isEmpty();
            case ChatDelta.Reasoning thought -> !thought.text().isEmpty();
            case ChatDelta.ToolCall call -> call.opens() || !call.arguments().isEmpty();
        };
    }

    void delta(Buffer out, int choice, ChatDelta delta) {
        if (choice == 0 && !hasLogprobs && delta instanceof ChatDelta.Text text) {
            quoted(out.appendBytes(textStart), text.text()).appendBytes(textEnd);
            return;
        }
        out.appendBuffer(start);
        index(out, choice);
        switch (delta) {
            case ChatDelta.Text text
            when hasLogprobs ->
                quoted(out.appendBytes(TEXT), text.text())
                        .appendBytes(LOGPROBS)
                        .appendBuffer(Json.write(json -> LogprobJson.choice(json, text.logprobs(), true)))
                        .appendBytes(UNFINISHED);
            case ChatDelta.Text text ->
                quoted(out.appendBytes(TEXT), text.text()).appendBytes(TEXT_END);
            case ChatDelta.Reasoning thought ->
                quoted(out.appendBytes(REASONING), thought.text()).appendBytes(TEXT_END);
            case ChatDelta.ToolCall call ->
                out.appendBytes(DELTA)
                        .appendBuffer(Json.write(json -> call(json, call)))
                        .appendBytes(DELTA_END);
        }
        out.appendBytes(end);
    }

    private static Buffer quoted(Buffer out, String text) {
        int length = text.length();
        if (length <= MOST_PLAIN) {
            int plain = 0;
            while (plain < length && isPlain(text.charAt(plain))) {
                plain++;
            }
            if (plain == length) {
                for (int i = 0; i < length; i++) {
                    out.appendByte((byte) text.charAt(i));
                }
                return out;
            }
        }
        return out.appendBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text));
    }

    /// Whether it stands for itself in JSON and is one byte of UTF-8.
    private static boolean isPlain(char each) {
        return each >= ' ' && each < 0x7f && each != '"' && each != '\\';
    }

    private void call(JsonGenerator json, ChatDelta.ToolCall call) throws IOException {
        json.writeStartObject();
        if (isOld) {
            json.writeObjectFieldStart("function_call");
        } else {
            String type = call.isCustom() ? "custom" : "function";
            json.writeArrayFieldStart("tool_calls");
            json.writeStartObject();
            json.writeNumberField("index", call.index());
            if (call.opens()) {
                json.writeStringField("id", call.id());
                json.writeStringField("type", type);
            }
            json.writeObjectFieldStart(type);
        }
        if (call.opens()) {
            json.writeStringField("name", call.name());
        }
        json.writeStringField(call.isCustom() ? "input" : "arguments", call.arguments());
        json.writeEndObject();
        if (!isOld) {
            json.writeEndObject();
            json.writeEndArray();
        }
        json.writeEndObject();
    }

    void finish(Buffer out, int choice, FinishReason reason) {
        out.appendBuffer(start);
        index(out, choice);
        out.appendBytes(FINISH)
                .appendString(ChatJson.reason(reason, isOld))
                .appendBytes(FINISH_END)
                .appendBytes(end);
    }

    /// The last chunk of a stream that was asked to tell its usage.
    void usage(Buffer out, TokenUsage usage) {
        out.appendBuffer(start)
                .appendString("],\"usage\":")
                .appendBuffer(Json.write(json -> ChatJson.usage(json, usage)))
                .appendBytes(END);
    }

    /// An event that is no chunk.
    static void event(Buffer out, byte[] json) {
        out.appendString("data: ").appendBytes(json).appendString("\n\n");
    }

    private static void index(Buffer out, int choice) {
        out.appendBytes(CHOICE).appendString(Integer.toString(choice));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
