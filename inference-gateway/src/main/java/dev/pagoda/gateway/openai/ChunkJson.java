package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.Json;
import io.vertx.core.buffer.Buffer;
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
    private static final byte[] DELTA = ascii(",\"delta\":{\"content\":\"");
    private static final byte[] DELTA_END = ascii("\"},\"logprobs\":null,\"finish_reason\":null}]");
    private static final byte[] FINISH = ascii(",\"delta\":{},\"logprobs\":null,\"finish_reason\":\"");
    private static final byte[] FINISH_END = ascii("\"}]");
    private static final byte[] END = ascii("}\n\n");
    private static final byte[] NULL_USAGE_END = ascii(",\"usage\":null}\n\n");

    private final Buffer start;
    private final byte[] end;

    /// @param includeUsage whether every chunk carries `usage`, null until the last
    ChunkJson(ChatJson.Head head, boolean includeUsage) {
        Buffer shared = Json.write(json -> {
            json.writeStartObject();
            ChatJson.head(json, head, "chat.completion.chunk");
            json.writeEndObject();
        });
        this.start = Buffer.buffer("data: ")
                .appendBuffer(shared, 0, shared.length() - 1)
                .appendString(",\"choices\":[");
        this.end = includeUsage ? NULL_USAGE_END : END;
    }

    void role(Buffer out, int choice) {
        out.appendBuffer(start);
        index(out, choice);
        out.appendBytes(ROLE).appendBytes(end);
    }

    void delta(Buffer out, int choice, String text) {
        out.appendBuffer(start);
        index(out, choice);
        out.appendBytes(DELTA)
                .appendBytes(JsonStringEncoder.getInstance().quoteAsUTF8(text))
                .appendBytes(DELTA_END)
                .appendBytes(end);
    }

    void finish(Buffer out, int choice, FinishReason reason) {
        out.appendBuffer(start);
        index(out, choice);
        out.appendBytes(FINISH)
                .appendString(ChatJson.reason(reason))
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
