package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A chat answered as one `chat.completion` when its last choice has finished.
final class WholeOutput implements ChatOutput {
    private final RoutingContext ctx;
    private final ChatRequest request;
    private final long created;
    private final StringBuilder[] texts;
    private final FinishReason[] reasons;
    private String fingerprint = "";

    /// @param created Unix seconds
    WholeOutput(RoutingContext ctx, ChatRequest request, long created) {
        this.ctx = ctx;
        this.request = request;
        this.created = created;
        this.texts = new StringBuilder[request.n()];
        Arrays.setAll(texts, i -> new StringBuilder());
        this.reasons = new FinishReason[request.n()];
        Arrays.fill(reasons, FinishReason.STOP);
    }

    @Override
    public void start(ChatStarted started) {
        fingerprint = Fingerprint.of(started);
    }

    @Override
    public void header(String name, String value) {
        if (!ctx.response().headWritten()) {
            ctx.response().putHeader(name, value);
        }
    }

    @Override
    public void delta(int choice, ChatDelta delta) {
        if (delta instanceof ChatDelta.Text words) {
            texts[choice].append(words.text());
        }
    }

    @Override
    public void finish(int choice, FinishReason reason) {
        reasons[choice] = reason;
    }

    @Override
    public void end(TokenUsage usage) {
        List<ChatJson.Choice> choices = new ArrayList<>(texts.length);
        for (int i = 0; i < texts.length; i++) {
            choices.add(new ChatJson.Choice(texts[i].toString(), reasons[i]));
        }
        var head = new ChatJson.Head(request.requestId(), created, request.model(), fingerprint);
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(ChatJson.completion(head, choices, usage))
                .onFailure(gone -> {});
    }

    @Override
    public void refuse(Refusal refusal) {
        HttpFloor.refuse(ctx, OpenAiErrors.FORM, refusal);
    }

    @Override
    public void abandon() {
        Arrays.setAll(texts, i -> new StringBuilder(0));
    }
}
