package dev.pagoda.gateway.ollama;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenLogprob;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.ollama.AnswerLines.Call;
import dev.pagoda.gateway.ollama.AnswerLines.News;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.gateway.protocol.StreamWriter;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// An answer in lines, or in one object at the end.
///
/// A tool's call is told when all its arguments are known, as the original does. Durations are those of the gateway:
/// the wait for an engine is told as loading, the time to the first token as reading the prompt.
final class OllamaOutput implements ChatOutput {
    private final RoutingContext ctx;
    private final OllamaChat chat;
    private final AnswerLines lines;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Optional<StreamWriter> writer;
    private final long arrived;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final StringBuilder arguments = new StringBuilder();
    private final List<Call> calls = new ArrayList<>();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private ChatDelta.@Nullable ToolCall open;
    private FinishReason finish = FinishReason.STOP;
    private boolean isStarted;
    private long started;
    private long first;

    /// @param writer empty when the answer is one object
    OllamaOutput(
            RoutingContext ctx,
            OllamaChat chat,
            InstantSource clock,
            LongSupplier nanos,
            Optional<StreamWriter> writer) {
        this.ctx = ctx;
        this.chat = chat;
        this.lines = new AnswerLines(chat.shown(), chat.form());
        this.clock = clock;
        this.nanos = nanos;
        this.writer = writer;
        this.arrived = nanos.getAsLong();
    }

    @Override
    public void header(String name, String value) {
        if (!ctx.response().headWritten()) {
            ctx.response().putHeader(name, value);
        }
    }

    @Override
    public void start(ChatStarted news) {
        isStarted = true;
        started = nanos.getAsLong();
        first = started;
        if (writer.isPresent()) {
            ctx.response().setChunked(true).putHeader(HttpHeaders.CONTENT_TYPE, "application/x-ndjson");
        }
    }

    @Override
    public void delta(int choice, ChatDelta delta) {
        if (first == started) {
            first = nanos.getAsLong();
        }
        if (!(delta instanceof ChatDelta.ToolCall call) || call.opens()) {
            closeCall();
        }
        switch (delta) {
            case ChatDelta.Text(String words, int tokens, List<TokenLogprob> likely) -> {
                if (!words.isEmpty() || !likely.isEmpty()) {
                    tell(new News(words, "", List.of(), likely));
                }
            }
            case ChatDelta.Reasoning(String thoughts, int tokens) -> {
                if (!thoughts.isEmpty()) {
                    tell(new News("", thoughts, List.of(), List.of()));
                }
            }
            case ChatDelta.ToolCall call -> {
                open = call;
                arguments.append(call.arguments());
            }
        }
    }

    @Override
    public void finish(int choice, FinishReason reason) {
        closeCall();
        finish = reason;
    }

    @Override
    public void end(TokenUsage usage) {
        long now = nanos.getAsLong();
        var done = new AnswerLines.Done(
                finish == FinishReason.LENGTH ? "length" : "stop",
                now - arrived,
                started - arrived,
                usage.promptTokens(),
                first - started,
                usage.completionTokens(),
                now - first);
        if (writer.isPresent()) {
            writer.get()
                    .end(out -> out.appendBuffer(lines.last(News.nothing(), clock.instant(), done))
                            .appendByte((byte) '\n'));
            return;
        }
        var whole = new News(text.toString(), thinking.toString(), calls, logprobs);
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json; charset=utf-8")
                .end(lines.last(whole, clock.instant(), done))
                .onFailure(gone -> {});
    }

    @Override
    public void refuse(Refusal refusal) {
        Refusal worded = OllamaErrors.worded(refusal, chat.shown());
        if (writer.isEmpty() || !isStarted) {
            writer.ifPresent(StreamWriter::close);
            HttpFloor.refuse(ctx, OllamaErrors.FORM, worded);
            return;
        }
        writer.get()
                .end(out -> out.appendBuffer(OllamaErrors.FORM.body(0, worded)).appendByte((byte) '\n'));
    }

    @Override
    public void abandon() {
        writer.ifPresent(StreamWriter::close);
        text.setLength(0);
        thinking.setLength(0);
    }

    private void closeCall() {
        if (open != null) {
            tell(new News(
                    "", "", List.of(new Call(open.index(), open.id(), open.name(), arguments.toString())), List.of()));
            open = null;
            arguments.setLength(0);
        }
    }

    private void tell(News news) {
        if (writer.isPresent()) {
            Buffer line = lines.line(news, clock.instant());
            writer.get().write(out -> out.appendBuffer(line).appendByte((byte) '\n'));
            return;
        }
        text.append(news.text());
        thinking.append(news.thinking());
        calls.addAll(news.calls());
        logprobs.addAll(news.logprobs());
    }
}
