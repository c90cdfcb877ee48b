package dev.pagoda.gateway.anthropic;

import dev.pagoda.gateway.anthropic.MessageEvents.Delta;
import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.gateway.protocol.StreamWriter;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/// A message answered as server-sent events: `message_start`, each block with its start, deltas and stop, one `ping`
/// after the first block has begun, `message_delta` with the stop reason and the usage, `message_stop`.
///
/// The head is sent when an engine takes the chat up, so that a refusal before keeps its own status. A failure in
/// mid-stream is an `error` event, and nothing follows it.
final class StreamedMessage implements ChatOutput {
    private static final int NONE = -1;
    private static final int THINKING = -2;
    private static final int TEXT = -3;

    private final RoutingContext ctx;
    private final MessageParameters parameters;
    private final RateLimitHeaders limits;
    private final StreamWriter writer;
    private final StringBuilder thoughts = new StringBuilder();
    private boolean isStarted;
    private int blocks;

    /// The block that is open: one of the constants above, or the number of the tool's call.
    private int open = NONE;

    private String sequence = "";
    private MessageJson.Stop stop = new MessageJson.Stop("end_turn", "");

    StreamedMessage(RoutingContext ctx, MessageParameters parameters, RateLimitHeaders limits, StreamWriter writer) {
        this.ctx = ctx;
        this.parameters = parameters;
        this.limits = limits;
        this.writer = writer;
    }

    @Override
    public void header(String name, String value) {
        limits.put(name, value);
    }

    @Override
    public void start(ChatStarted started) {
        isStarted = true;
        ctx.response()
                .setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader("x-accel-buffering", "no");
        var usage = new TokenUsage(started.promptTokens(), 0, started.cachedTokens(), 0);
        writer.write(out -> MessageEvents.start(
                out, parameters.request().requestId(), parameters.request().model(), usage));
    }

    @Override
    public void delta(int choice, ChatDelta delta) {
        switch (delta) {
            case ChatDelta.Text text -> {
                if (!text.text().isEmpty()) {
                    open(TEXT, delta);
                    say(Delta.TEXT, text.text());
                }
            }
            case ChatDelta.Reasoning reasoning -> {
                open(THINKING, delta);
                thoughts.append(reasoning.text());
                if (!reasoning.text().isEmpty() && parameters.showsThinking()) {
                    say(Delta.THINKING, reasoning.text());
                }
            }
            case ChatDelta.ToolCall call -> {
                open(call.index(), delta);
                if (!call.arguments().isEmpty()) {
                    say(Delta.INPUT_JSON, call.arguments());
                }
            }
        }
    }

    @Override
    public void stop(int choice, String met) {
        sequence = met;
    }

    @Override
    public void finish(int choice, FinishReason reason) {
        stop = MessageJson.Stop.of(reason, sequence);
    }

    @Override
    public void end(TokenUsage usage) {
        writer.end(out -> {
            closeBlock(out);
            MessageEvents.end(out, stop, usage);
        });
    }

    @Override
    public void refuse(Refusal refusal) {
        if (!isStarted) {
            writer.close();
            HttpFloor.refuse(ctx, AnthropicErrors.FORM, refusal);
            return;
        }
        writer.end(out -> MessageEvents.error(
                out, AnthropicErrors.FORM.body(0, refusal, parameters.request().requestId())));
    }

    @Override
    public void abandon() {
        writer.close();
    }

    private void say(Delta kind, String text) {
        int index = blocks - 1;
        writer.write(out -> MessageEvents.delta(out, index, kind, text));
    }

    private void open(int block, ChatDelta delta) {
        if (open == block) {
            return;
        }
        writer.write(out -> {
            closeBlock(out);
            int index = blocks++;
            switch (delta) {
                case ChatDelta.Text text -> MessageEvents.startText(out, index);
                case ChatDelta.Reasoning reasoning -> MessageEvents.startThinking(out, index);
                case ChatDelta.ToolCall call -> {
                    MessageEvents.startToolUse(out, index, MessageJson.callId(call.id()), call.name());
                    MessageEvents.delta(out, index, Delta.INPUT_JSON, "");
                }
            }
            if (index == 0) {
                MessageEvents.ping(out);
            }
        });
        open = block;
    }

    private void closeBlock(Buffer out) {
        if (open == NONE) {
            return;
        }
        int index = blocks - 1;
        if (open == THINKING) {
            MessageEvents.delta(out, index, Delta.SIGNATURE, MessageJson.signature(thoughts.toString()));
        }
        MessageEvents.stopBlock(out, index);
        open = NONE;
    }
}
