package dev.pagoda.gateway.openai;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.protocol.ChatOutput;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.http.HttpFloor;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.stream.Stream;

/// A chat answered as one `chat.completion` when its last choice has finished.
final class WholeOutput implements ChatOutput {
    private final RoutingContext ctx;
    private final ChatParameters parameters;
    private final long created;
    private final List<GatheredChoice> choices;
    private String fingerprint = "";

    /// @param created Unix seconds
    WholeOutput(RoutingContext ctx, ChatParameters parameters, long created) {
        this.ctx = ctx;
        this.parameters = parameters;
        this.created = created;
        this.choices = Stream.generate(GatheredChoice::new)
                .limit(parameters.request().n())
                .toList();
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
        choices.get(choice).add(delta);
    }

    @Override
    public void finish(int choice, FinishReason reason) {
        choices.get(choice).finish(reason);
    }

    @Override
    public void end(TokenUsage usage) {
        var head = ChatJson.Head.of(parameters.request(), created, fingerprint);
        ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .end(ChatJson.completion(parameters, head, choices, usage))
                .onFailure(gone -> {});
    }

    @Override
    public void refuse(Refusal refusal) {
        HttpFloor.refuse(ctx, OpenAiErrors.FORM, refusal);
    }

    @Override
    public void abandon() {}
}
