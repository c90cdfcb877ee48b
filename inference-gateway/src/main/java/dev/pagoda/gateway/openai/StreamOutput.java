package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.gateway.protocol.StreamWriter;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/// A chat answered as server-sent events.
///
/// The head is sent when an engine takes the chat up, so that a refusal before keeps its own status. Events: a chunk
/// with the role for each choice, deltas, a chunk with `finish_reason` for each choice, usage if asked for, `[DONE]`.
/// A failure in mid-stream is an event with an `error` object, then `[DONE]`, as vLLM does; OpenAI's clients raise it.
final class StreamOutput implements ChatOutput {
    private final RoutingContext ctx;
    private final ChatParameters parameters;
    private final long created;
    private final StreamWriter writer;
    private @Nullable ChunkJson chunks;

    /// @param created Unix seconds
    StreamOutput(RoutingContext ctx, ChatParameters parameters, long created, StreamWriter writer) {
        this.ctx = ctx;
        this.parameters = parameters;
        this.created = created;
        this.writer = writer;
    }

    @Override
    public void start(ChatStarted started) {
        ChatRequest request = parameters.request();
        var head = ChatJson.Head.of(request, created, Fingerprint.of(started));
        var form = new ChunkJson(head, parameters);
        chunks = form;
        EventStream.begin(ctx);
        for (int choice = 0; choice < request.n(); choice++) {
            int index = choice;
            writer.write(out -> form.role(out, index));
        }
    }

    @Override
    public void header(String name, String value) {
        if (!ctx.response().headWritten()) {
            ctx.response().putHeader(name, value);
        }
    }

    @Override
    public void delta(int choice, ChatDelta delta) {
        ChunkJson form = started();
        // a token that cuts a code point in two brings no text yet; an empty delta would say nothing
        if (form.tells(delta)) {
            writer.write(out -> form.delta(out, choice, delta));
        }
    }

    @Override
    public void finish(int choice, FinishReason reason) {
        ChunkJson form = started();
        writer.write(out -> form.finish(out, choice, reason));
    }

    @Override
    public void end(TokenUsage usage) {
        ChunkJson form = started();
        writer.end(out -> {
            if (parameters.includeUsage()) {
                form.usage(out, usage);
            }
            out.appendBuffer(ChunkJson.DONE);
        });
    }

    @Override
    public void refuse(Refusal refusal) {
        if (chunks == null) {
            writer.close();
            HttpFloor.refuse(ctx, OpenAiErrors.FORM, refusal);
            return;
        }
        writer.end(out -> {
            ChunkJson.event(out, OpenAiErrors.bytes(refusal));
            out.appendBuffer(ChunkJson.DONE);
        });
    }

    @Override
    public void abandon() {
        writer.close();
    }

    private ChunkJson started() {
        if (chunks == null) {
            throw new IllegalStateException("chat " + parameters.request().requestId() + " spoke before it started");
        }
        return chunks;
    }
}
