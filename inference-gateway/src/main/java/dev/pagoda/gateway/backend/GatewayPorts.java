package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.api.ChatAnswer;
import dev.pagoda.gateway.api.ChatQuestion;
import dev.pagoda.gateway.api.EmbedTexts;
import dev.pagoda.gateway.api.EmbeddedTexts;
import dev.pagoda.gateway.api.Gateway;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Registration;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// The gateway's ports on the bus.
final class GatewayPorts {
    private final Deployments deployments;
    private final ChatService service;
    private final Bus bus;

    /// @param service what answers, the same that protocols ask
    GatewayPorts(Deployments deployments, ChatService service, Bus bus) {
        this.deployments = deployments;
        this.service = service;
        this.bus = bus;
    }

    List<Registration> serve() {
        return List.of(
                bus.serve(Gateway.CHAT, this::chat),
                bus.serve(Gateway.EMBED, this::embed),
                bus.serve(Gateway.STATUS, (query, call) -> deployments.status().map(status -> visible(status, call))));
    }

    private Future<ChatAnswer> chat(ChatQuestion question, Call call) {
        var request = ChatRequest.of(
                        "chat-" + UUID.randomUUID(),
                        question.model(),
                        question.turns().stream().map(GatewayPorts::message).toList())
                .withLimits(question.maxTokens() == 0 ? LengthLimits.none() : LengthLimits.of(question.maxTokens()))
                .withSampling(Sampling.defaults().withSeed(question.seed()).withTemperature(question.temperature()));
        var whole = new WholeAnswer();
        service.chat(request, call, whole);
        return whole.promise.future();
    }

    private Future<EmbeddedTexts> embed(EmbedTexts question, Call call) {
        var request = new EmbedRequest("embed-" + UUID.randomUUID(), question.model(), question.texts());
        return service.embed(request, call, ResponseHeaders.UNHEARD)
                .map(reply ->
                        new EmbeddedTexts(reply.model(), reply.vectors(), reply.promptTokens(), reply.costNanos()));
    }

    private static ChatMessage message(ChatQuestion.Turn turn) {
        return new ChatMessage(Role.valueOf(turn.role().toUpperCase(Locale.ROOT)), turn.content());
    }

    private static GatewayStatus visible(GatewayStatus status, Call call) {
        if (call.principal().isPlatform()) {
            return status;
        }
        var own = status.latest().stream()
                .filter(request -> request.tenant().equals(call.tenant()))
                .toList();
        return new GatewayStatus(status.refused(), status.deployments(), own);
    }

    /// Collects a chat's text until its end.
    private static final class WholeAnswer implements ChatListener {
        final Promise<ChatAnswer> promise = Promise.promise();
        private final StringBuilder text = new StringBuilder();
        private final long arrivedNanos = System.nanoTime();
        private String model = "";
        private String version = "";
        private long firstTokenNanos;
        private long costNanos;
        private boolean isComplete;

        @Override
        public void onStart(ChatStarted started) {
            model = started.model();
            version = started.version();
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            if (firstTokenNanos == 0) {
                firstTokenNanos = System.nanoTime() - arrivedNanos;
            }
            if (delta instanceof ChatDelta.Text words) {
                text.append(words.text());
            }
        }

        @Override
        public void onFinish(int choice, FinishReason reason) {
            isComplete = reason == FinishReason.STOP;
        }

        @Override
        public void onPriced(long nanos) {
            costNanos = nanos;
        }

        @Override
        public void onEnd(TokenUsage usage) {
            promise.complete(new ChatAnswer(
                    model,
                    version,
                    text.toString(),
                    isComplete,
                    usage.promptTokens(),
                    usage.completionTokens(),
                    costNanos,
                    TimeUnit.NANOSECONDS.toMicros(firstTokenNanos),
                    TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - arrivedNanos)));
        }

        @Override
        public void onFailure(Refusal refusal) {
            promise.fail(refusal.asException());
        }
    }
}
