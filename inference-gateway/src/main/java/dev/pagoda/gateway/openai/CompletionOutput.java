package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.gateway.protocol.StreamWriter;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The answer of `POST /v1/completions`, as one object or as events.
final class CompletionOutput implements ChatOutput {
    private final RoutingContext ctx;
    private final CompletionParameters parameters;
    private final long created;
    private final @Nullable StreamWriter writer;
    private final List<GatheredChoice> choices;
    private final int[] told;
    private @Nullable CompletionJson form;

    /// @param created Unix seconds
    /// @param writer  null: the answer is one object
    CompletionOutput(RoutingContext ctx, CompletionParameters parameters, long created, @Nullable StreamWriter writer) {
        this.ctx = ctx;
        this.parameters = parameters;
        this.created = created;
        this.writer = writer;
        int made = parameters.made() * parameters.requests().size();
        this.choices = Stream.generate(GatheredChoice::new).limit(made).toList();
        this.told = new int[made];
    }

    @Override
    public void header(String name, String value) {
        if (!ctx.response().headWritten()) {
            ctx.response().putHeader(name, value);
        }
    }

    @Override
    public void start(ChatStarted started) {
        var head = ChatJson.Head.of(parameters.requests().getFirst(), created, Fingerprint.of(started));
        var begun = new CompletionJson(parameters, head);
        form = begun;
        if (writer != null) {
            EventStream.begin(ctx);
            for (int choice = 0; choice < choices.size(); choice++) {
                String prompt = begun.echoed(choice);
                if (!prompt.isEmpty()) {
                    send(begun.chunk(choice, prompt, begun.promptLogprobs(prompt), 0, null));
                    told[choice] = prompt.length();
                }
            }
        }
    }

    @Override
    public void delta(int choice, ChatDelta delta) {
        if (writer == null) {
            choices.get(choice).add(delta);
        } else if (delta instanceof ChatDelta.Text text
                && (parameters.hasLogprobs() || !text.text().isEmpty())) {
            send(started().chunk(choice, text.text(), text.logprobs(), told[choice], null));
            told[choice] += text.text().length();
        }
    }

    @Override
    public void finish(int choice, FinishReason reason) {
        choices.get(choice).finish(reason);
        if (writer != null) {
            send(started().chunk(choice, "", List.of(), told[choice], reason));
        }
    }

    @Override
    public void end(TokenUsage usage) {
        if (writer == null) {
            Answers.json(ctx, started().whole(choices, usage));
        } else {
            writer.end(out -> {
                if (parameters.includeUsage()) {
                    ChunkJson.event(out, started().usage(usage).getBytes());
                }
                out.appendBuffer(ChunkJson.DONE);
            });
        }
    }

    @Override
    public void refuse(Refusal refusal) {
        if (writer == null || form == null) {
            abandon();
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
        if (writer != null) {
            writer.close();
        }
    }

    private void send(Buffer chunk) {
        if (writer != null) {
            writer.write(out -> ChunkJson.event(out, chunk.getBytes()));
        }
    }

    private CompletionJson started() {
        if (form == null) {
            throw new IllegalStateException("a completion spoke before it started");
        }
        return form;
    }
}
