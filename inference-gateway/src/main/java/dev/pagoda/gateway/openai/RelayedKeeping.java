package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.upstream.UpstreamListener.Outcome;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// A relayed chat completion that its client wants kept: the end of a stream is held back until it is, every other
/// byte goes on as it came. Of one exchange.
///
/// What is no completion, such as an answer that is not JSON, goes on and is not kept.
final class RelayedKeeping {
    private static final ObjectMapper JSON = new ObjectMapper();

    /// Of a stream, as of a whole answer.
    private static final int MAX_BYTES = 64 << 20;

    private static final int MAX_ID = 128;
    private static final byte[] MARK = "data:".getBytes(StandardCharsets.US_ASCII);

    private final Vertx vertx;
    private final StoredChats stored;
    private final Call call;
    private final byte[] request;
    private final Buffer gathered = Buffer.buffer();
    private Buffer held = Buffer.buffer();
    private boolean isTooLong;

    /// @param request the body that the client sent
    RelayedKeeping(Vertx vertx, StoredChats stored, Call call, byte[] request) {
        this.vertx = vertx;
        this.stored = stored;
        this.call = call;
        this.request = request;
    }

    /// Keeps a whole answer.
    Future<Void> keep(Buffer answer) {
        return keep(() -> JSON.readTree(answer.getBytes()) instanceof ObjectNode whole
                        && whole.path("choices").isArray()
                ? Optional.of(whole)
                : Optional.empty());
    }

    /// Gathers events of a stream.
    ///
    /// @return what of them may go on now
    Buffer pass(Buffer events) {
        isTooLong |= gathered.length() + events.length() > MAX_BYTES;
        if (!isTooLong) {
            gathered.appendBuffer(events);
        }
        int end = held.length() > 0 ? 0 : endMark(events);
        held.appendBuffer(events, end, events.length() - end);
        return events.slice(0, end);
    }

    /// Keeps the stream, which has ended.
    ///
    /// @return what was held back of it
    Future<Buffer> keep(Outcome outcome) {
        if (isTooLong) {
            return Future.failedFuture(new Refused(
                    Reason.INSUFFICIENT_STORAGE,
                    "storage_full",
                    "the completion has more than " + MAX_BYTES + " bytes and is not kept"));
        }
        return keep(() -> JoinedChunks.of(gathered.toString()).map(joined -> withUsage(joined, outcome)))
                .map(kept -> held);
    }

    /// Where the end mark of a stream begins, its length if it has not come. Lines of data hold no line break, so a
    /// line that begins so is no text of a model.
    private static int endMark(Buffer events) {
        byte[] bytes = events.getBytes();
        for (int at = bytes.length - MARK.length; at >= 0; at--) {
            boolean isLine = at == 0 || bytes[at - 1] == '\n';
            if (isLine && Arrays.equals(bytes, at, at + MARK.length, MARK, 0, MARK.length)) {
                String data =
                        new String(bytes, at + MARK.length, bytes.length - at - MARK.length, StandardCharsets.UTF_8);
                return data.stripLeading().startsWith("[DONE]") ? at : bytes.length;
            }
        }
        return bytes.length;
    }

    private static ObjectNode withUsage(ObjectNode completion, Outcome outcome) {
        if (!completion.path("usage").isObject()) {
            completion
                    .putObject("usage")
                    .put("prompt_tokens", outcome.promptTokens())
                    .put("completion_tokens", outcome.completionTokens())
                    .put("total_tokens", outcome.promptTokens() + outcome.completionTokens());
        }
        return completion;
    }

    /// Reads a completion, empty if there is none.
    private interface Reading {
        Optional<ObjectNode> read() throws IOException;
    }

    /// A completion and what asked for it.
    private record Asked(ObjectNode completion, JsonNode body) {}

    private Future<Void> keep(Reading reading) {
        return vertx.executeBlocking(() -> read(reading), false)
                .compose(read -> read.map(
                                asked -> stored.keep(call.tenant(), asked.completion(), call.trace(), asked.body()))
                        .orElseGet(Future::succeededFuture));
    }

    private Optional<Asked> read(Reading reading) throws IOException {
        Optional<ObjectNode> completion;
        try {
            completion = reading.read();
        } catch (JsonProcessingException notJson) {
            return Optional.empty();
        }
        JsonNode body = JSON.readTree(request);
        completion.ifPresent(whole -> {
            String id = whole.path("id").asText("");
            if (id.isEmpty() || id.length() > MAX_ID) {
                whole.put("id", call.trace());
            }
        });
        return completion.map(whole -> new Asked(whole, body));
    }
}
