package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.gateway.protocol.StreamWriter;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A response that answers its connection, as one object or as events; it is kept before its end is told.
final class ResponseRun implements ChatOutput {
    private final RoutingContext ctx;
    private final InstantSource clock;
    private final @Nullable StreamWriter writer;
    private final Function<ResponseDraft, Future<Void>> keep;
    private final ResponseDraft draft;
    private final List<ObjectNode> last = new ArrayList<>();
    private FinishReason reason = FinishReason.STOP;
    private boolean isStarted;
    private boolean isEnding;

    /// @param writer null: the answer is one object
    /// @param keep   has the response kept, if it is to be
    ResponseRun(
            RoutingContext ctx,
            InstantSource clock,
            @Nullable StreamWriter writer,
            String id,
            ResponseParameters parameters,
            Function<ResponseDraft, Future<Void>> keep) {
        this.ctx = ctx;
        this.clock = clock;
        this.writer = writer;
        this.keep = keep;
        this.draft = new ResponseDraft(id, clock.instant().getEpochSecond(), parameters, this::tell);
    }

    @Override
    public void header(String name, String value) {
        if (!ctx.response().headWritten()) {
            ctx.response().putHeader(name, value);
        }
    }

    @Override
    public void start(ChatStarted started) {
        isStarted = true;
        if (writer != null) {
            EventStream.begin(ctx);
        }
        draft.begin();
    }

    @Override
    public void delta(int choice, ChatDelta delta) {
        draft.add(delta);
    }

    @Override
    public void finish(int choice, FinishReason why) {
        reason = why;
    }

    @Override
    public void end(TokenUsage usage) {
        isEnding = true;
        draft.end(reason, usage, clock.instant().getEpochSecond());
        keep.apply(draft)
                .onSuccess(kept -> {
                    if (writer == null) {
                        Answers.json(ctx, Buffer.buffer(draft.snapshot().toString()));
                    } else {
                        writer.end(out -> last.forEach(event -> write(out, event)));
                    }
                })
                .onFailure(failure -> {
                    if (writer == null) {
                        ctx.fail(failure);
                    } else {
                        writer.end(out -> error(out, "server_error", "the response could not be kept"));
                    }
                });
    }

    @Override
    public void refuse(Refusal refusal) {
        if (writer == null || !isStarted) {
            abandon();
            HttpFloor.refuse(ctx, OpenAiErrors.FORM, refusal);
            return;
        }
        isEnding = true;
        draft.fail(refusal);
        writer.end(out -> last.forEach(event -> write(out, event)));
    }

    @Override
    public void abandon() {
        if (writer != null) {
            writer.close();
        }
    }

    private void tell(ObjectNode event) {
        if (writer == null) {
            return;
        }
        if (isEnding) {
            last.add(event);
        } else {
            writer.write(out -> write(out, event));
        }
    }

    static void error(Buffer out, String code, String message) {
        ObjectNode event = JsonNodeFactory.instance
                .objectNode()
                .put("type", "error")
                .put("code", code)
                .put("message", message);
        event.putNull("param");
        write(out, event.put("sequence_number", Integer.MAX_VALUE));
    }

    static void write(Buffer out, ObjectNode event) {
        out.appendString("event: ")
                .appendString(event.path("type").asText())
                .appendString("\ndata: ")
                .appendString(event.toString())
                .appendString("\n\n");
    }
}
