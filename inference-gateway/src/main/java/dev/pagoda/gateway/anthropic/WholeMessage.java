package dev.pagoda.gateway.anthropic;

import dev.pagoda.gateway.anthropic.MessageJson.Block;
import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;

/// A message answered as one JSON object when it is complete.
final class WholeMessage implements ChatOutput {
    private final RoutingContext ctx;
    private final MessageParameters parameters;
    private final RateLimitHeaders limits;
    private final StringBuilder thoughts = new StringBuilder();
    private final StringBuilder text = new StringBuilder();
    private final List<Call> calls = new ArrayList<>();
    private String sequence = "";
    private MessageJson.Stop stop = new MessageJson.Stop("end_turn", "");

    private record Call(String id, String name, StringBuilder input) {}

    WholeMessage(RoutingContext ctx, MessageParameters parameters, RateLimitHeaders limits) {
        this.ctx = ctx;
        this.parameters = parameters;
        this.limits = limits;
    }

    @Override
    public void header(String name, String value) {
        limits.put(name, value);
    }

    @Override
    public void start(ChatStarted started) {}

    @Override
    public void delta(int choice, ChatDelta delta) {
        switch (delta) {
            case ChatDelta.Text more -> text.append(more.text());
            case ChatDelta.Reasoning more -> thoughts.append(more.text());
            case ChatDelta.ToolCall more -> {
                if (more.index() == calls.size()) {
                    calls.add(new Call(more.id(), more.name(), new StringBuilder()));
                }
                calls.get(more.index()).input().append(more.arguments());
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
        var content = new ArrayList<Block>();
        if (!thoughts.isEmpty()) {
            content.add(new Block.Thinking(
                    parameters.showsThinking() ? thoughts.toString() : "", MessageJson.signature(thoughts.toString())));
        }
        if (!text.isEmpty()) {
            content.add(new Block.Text(text.toString()));
        }
        for (Call call : calls) {
            content.add(new Block.ToolUse(
                    MessageJson.callId(call.id()), call.name(), call.input().toString()));
        }
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(MessageJson.message(
                        parameters.request().requestId(), parameters.request().model(), content, stop, usage))
                .onFailure(gone -> {});
    }

    @Override
    public void refuse(Refusal refusal) {
        HttpFloor.refuse(ctx, AnthropicErrors.FORM, refusal);
    }

    @Override
    public void abandon() {
        text.setLength(0);
        thoughts.setLength(0);
        calls.clear();
    }
}
