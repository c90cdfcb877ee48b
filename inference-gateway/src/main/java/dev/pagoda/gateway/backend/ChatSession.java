package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.api.GatewayStatus.Outcome;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.gateway.metrics.EngineMetrics.Finish;
import dev.pagoda.governance.api.ServiceTier;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelVersion;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The caller's end of a chat: tells the listener, counts what was delivered, and has it recorded.
///
/// All state belongs to the caller's context. Engines run elsewhere and send their news here in order; a chat ends
/// here, exactly once: by its last finish, a failure or a cancellation, whichever comes first. What an engine made
/// but had not arrived here when the caller cancelled was not delivered and is not counted.
final class ChatSession implements ChatHandle {
    /// What a session needs of its surroundings. Called on the session's context.
    interface Surroundings {
        /// Monotonic time.
        long nanos();

        /// The engines' time that passes in a span of monotonic time.
        long enginesSpan(long nanos);

        /// Frees what the chat holds; may be called for a chat that holds nothing.
        void release(ChatSession session);

        /// Has the usage recorded and the request remembered.
        ///
        /// @return the price, once durable
        Future<Long> record(Ended ended, Call call);
    }

    /// A request that has ended.
    ///
    /// @param operation       what the price book calls it
    /// @param reference       the version that answered, with its model
    /// @param firstTokenNanos from arrival to the first token, -1 when there was none
    record Ended(
            String requestId,
            String operation,
            String model,
            String reference,
            int promptTokens,
            int completionTokens,
            Outcome outcome,
            long firstTokenNanos,
            long totalNanos,
            ServiceTier tier) {
        UsageRecord.Outcome usageOutcome() {
            return switch (outcome) {
                case COMPLETED -> UsageRecord.Outcome.COMPLETED;
                case ABORTED -> UsageRecord.Outcome.ABORTED;
                case FAILED -> UsageRecord.Outcome.FAILED;
            };
        }
    }

    private enum Phase {
        OPEN,
        RECORDING,
        ENDED
    }

    private final ChatRequest request;
    private final Call call;
    private final ChatListener listener;
    private final Context context;
    private final Surroundings surroundings;
    private final long arrivedNanos;

    /// The home context's, see [#bind].
    private @Nullable ChatJob job;

    private @Nullable Deployment deployment;

    private Phase phase = Phase.OPEN;
    /// Who answers, once it is known.
    private @Nullable ModelVersion version;

    private @Nullable ChatStarted started;
    private @Nullable EngineMetrics metrics;
    private int unfinished;
    private int delivered;
    private int reasoned;
    private long firstTokenNanos = -1;

    ChatSession(ChatRequest request, Call call, ChatListener listener, Context context, Surroundings surroundings) {
        this.request = request;
        this.call = call;
        this.listener = listener;
        this.context = context;
        this.surroundings = surroundings;
        this.unfinished = request.n();
        this.arrivedNanos = surroundings.nanos();
    }

    ChatRequest request() {
        return request;
    }

    Call call() {
        return call;
    }

    Context context() {
        return context;
    }

    long arrivedNanos() {
        return arrivedNanos;
    }

    /// Ties the session to what is held for it. Called on the deployments' context, as [#releaseBound] is.
    void bind(ChatJob held, Deployment holder) {
        job = held;
        deployment = holder;
    }

    void releaseBound() {
        if (job != null && deployment != null) {
            deployment.release(job);
        }
    }

    boolean isOpen() {
        return phase == Phase.OPEN;
    }

    /// It is known who answers.
    void resolved(ModelVersion answering) {
        version = answering;
    }

    @Override
    public void cancel() {
        if (phase == Phase.OPEN) {
            phase = Phase.ENDED;
            surroundings.release(this);
            finishRest(Finish.ABORT);
            if (version != null) {
                record(Outcome.ABORTED, version);
            }
        } else {
            phase = Phase.ENDED;
        }
    }

    void started(ChatStarted news, EngineMetrics engine) {
        if (phase != Phase.OPEN) {
            return;
        }
        metrics = engine;
        if (started == null) {
            started = news;
            engine.prompted(news.promptTokens());
            listener.onStart(news);
        }
    }

    void delta(int choice, ChatDelta delta, EngineMetrics engine) {
        if (phase != Phase.OPEN) {
            return;
        }
        metrics = engine;
        engine.generated(delta.tokens());
        if (firstTokenNanos < 0) {
            firstTokenNanos = surroundings.nanos() - arrivedNanos;
            engine.firstToken(surroundings.enginesSpan(firstTokenNanos));
        }
        delivered += delta.tokens();
        if (delta instanceof ChatDelta.Reasoning) {
            reasoned += delta.tokens();
        }
        listener.onDelta(choice, delta);
    }

    /// @param stop the stop string that ended it, empty when none did
    void finished(int choice, FinishReason reason, String stop) {
        if (phase != Phase.OPEN) {
            return;
        }
        unfinished--;
        if (metrics != null) {
            metrics.finished(reason == FinishReason.LENGTH ? Finish.LENGTH : Finish.STOP);
        }
        if (!stop.isEmpty()) {
            listener.onStop(choice, stop);
        }
        listener.onFinish(choice, reason);
        if (unfinished == 0 && phase == Phase.OPEN) {
            end();
        }
    }

    void failed(Refusal refusal) {
        if (phase != Phase.OPEN) {
            return;
        }
        phase = Phase.ENDED;
        surroundings.release(this);
        finishRest(Finish.ERROR);
        if (started != null && version != null) {
            record(Outcome.FAILED, version);
        }
        listener.onFailure(refusal);
    }

    private void end() {
        phase = Phase.RECORDING;
        if (metrics != null) {
            metrics.ended(surroundings.enginesSpan(surroundings.nanos() - arrivedNanos));
        }
        record(Outcome.COMPLETED, Objects.requireNonNull(version))
                .onSuccess(costNanos -> {
                    if (phase == Phase.RECORDING) {
                        phase = Phase.ENDED;
                        listener.onPriced(costNanos);
                        listener.onEnd(new TokenUsage(promptTokens(), delivered, cachedTokens(), reasoned));
                    }
                })
                .onFailure(failure -> {
                    if (phase == Phase.RECORDING) {
                        phase = Phase.ENDED;
                        listener.onFailure(refusalOf(failure));
                    }
                });
    }

    private Future<Long> record(Outcome outcome, ModelVersion answered) {
        var ended = new Ended(
                request.requestId(),
                "chat",
                answered.model(),
                answered.reference(),
                promptTokens(),
                delivered,
                outcome,
                firstTokenNanos,
                surroundings.nanos() - arrivedNanos,
                request.hints().tier());
        return surroundings.record(ended, call);
    }

    private void finishRest(Finish finish) {
        if (metrics != null) {
            for (; unfinished > 0; unfinished--) {
                metrics.finished(finish);
            }
        }
    }

    private int promptTokens() {
        return started == null ? 0 : started.promptTokens();
    }

    private int cachedTokens() {
        return started == null ? 0 : started.cachedTokens();
    }

    static Refusal refusalOf(Throwable failure) {
        return failure instanceof Refused refused
                ? refused.refusal()
                : Refusal.of(Reason.INTERNAL, "internal", "the gateway failed to answer");
    }
}
