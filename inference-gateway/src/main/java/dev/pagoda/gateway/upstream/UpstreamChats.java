package dev.pagoda.gateway.upstream;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.Hints;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.usage.UsageSpool;
import dev.pagoda.governance.api.ServiceTier;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Chats of all protocols, and embeddings, with models of other servers; what they do not have goes on to the next
/// service.
///
/// Their usage is kept before a chat ends and booked soon after it.
public final class UpstreamChats implements ChatService {
    private final Vertx vertx;
    private final ChatService next;
    private final Upstreams upstreams;
    private final UsageSpool usage;
    private final InstantSource clock;

    public UpstreamChats(Vertx vertx, ChatService next, Upstreams upstreams, UsageSpool usage, InstantSource clock) {
        this.vertx = vertx;
        this.next = next;
        this.upstreams = upstreams;
        this.usage = usage;
        this.clock = clock;
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        if (!upstreams.serves(request.model(), call.tenant())) {
            return next.chat(request, call, listener);
        }
        var chat = new Chat(request, call, listener);
        vertx.getOrCreateContext().runOnContext(v -> chat.begin());
        return chat;
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        if (!upstreams.serves(request.model(), call.tenant())) {
            return next.embed(request, call, headers);
        }
        if (!usage.hasRoom()) {
            return Future.failedFuture(behind().asException());
        }
        Instant arrived = clock.instant();
        long arrivedNanos = System.nanoTime();
        Promise<EmbedReply> done = Promise.promise();
        Context context = vertx.getOrCreateContext();
        context.runOnContext(v -> {
            var embedding = new UpstreamEmbedding(request);
            embedding.answer().future().onComplete(answered -> {
                UsageRecord.Outcome how = answered.succeeded()
                        ? UsageRecord.Outcome.COMPLETED
                        : answered.cause() instanceof GivenUp
                                ? UsageRecord.Outcome.ABORTED
                                : UsageRecord.Outcome.FAILED;
                book(request, call, embedding.outcome(), how, arrived, arrivedNanos);
                done.handle(answered);
            });
            try {
                UpstreamExchange exchange = upstreams.send(
                        "/embeddings",
                        SentBody.of(UpstreamEmbedding.question(request)),
                        call,
                        request.hints().headers().getOrDefault(Hints.TRACE_HEADER, ""),
                        embedding);
                request.left()
                        .onSuccess(gone -> context.runOnContext(then -> {
                            if (!done.future().isComplete()) {
                                UpstreamListener.Outcome delivered = exchange.cancel();
                                embedding.leave(delivered == null ? UpstreamListener.Outcome.NOTHING : delivered);
                            }
                        }));
            } catch (Refused refused) {
                done.tryFail(refused);
            } catch (SentBody.Unreadable unreadable) {
                throw new IllegalStateException(unreadable);
            }
        });
        return done.future();
    }

    private static Refusal behind() {
        return new Refusal(Reason.UNAVAILABLE, "usage_behind", "the ledger of usage is too far behind", 1);
    }

    private void book(
            EmbedRequest request,
            Call call,
            UpstreamListener.Outcome used,
            UsageRecord.Outcome how,
            Instant arrived,
            long arrivedNanos) {
        usage.book(
                call.principal(),
                new UsageRecord(
                        request.requestId(),
                        "embeddings",
                        request.model(),
                        used.promptTokens(),
                        0,
                        how,
                        ChronoUnit.MICROS.between(Instant.EPOCH, arrived),
                        Math.max(0, (System.nanoTime() - arrivedNanos) / 1_000),
                        used.tier()));
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return next.models(call).map(served -> {
            List<ServedModel> all = new ArrayList<>(served);
            for (String model : upstreams.models(call.tenant())) {
                if (served.stream().noneMatch(known -> known.name().equals(model))) {
                    all.add(ServedModel.elsewhere(model));
                }
            }
            // many a client takes the first, and wants to chat
            all.sort(Comparator.comparing(ServedModel::isWhole).thenComparing(ServedModel::name));
            return List.copyOf(all);
        });
    }

    /// One chat, of the event loop that began it.
    private final class Chat implements ChatHandle, UpstreamListener {
        private final ChatRequest request;
        private final Call call;
        private final ChatListener listener;
        private final Instant arrived = clock.instant();
        private final long arrivedNanos = System.nanoTime();
        private final AnswerReader reader = new AnswerReader();
        private final BitSet finished = new BitSet();
        private @Nullable UpstreamExchange exchange;
        private int thoughts;
        private boolean isOver;

        Chat(ChatRequest request, Call call, ChatListener listener) {
            this.request = request;
            this.call = call;
            this.listener = listener;
        }

        void begin() {
            if (isOver) {
                return;
            }
            if (!usage.hasRoom()) {
                refuse(behind());
                return;
            }
            try {
                SentBody body = SentBody.of(QuestionJson.of(request));
                exchange = upstreams.send(
                        "/chat/completions",
                        body,
                        call,
                        request.hints().headers().getOrDefault(Hints.TRACE_HEADER, ""),
                        this);
            } catch (Refused refused) {
                refuse(refused.refusal());
            } catch (SentBody.Unreadable unreadable) {
                throw new IllegalStateException(unreadable);
            }
        }

        @Override
        public void onStart(Head head) {
            listener.onHeader("x-pagoda-upstream", head.upstream());
            // what the prompt has in tokens the server says at the end
            listener.onStart(new ChatStarted(request.model(), "", 0, head.upstream()));
        }

        @Override
        public void onEvents(Buffer events) {
            try {
                reader.read(events).forEach(this::tell);
            } catch (IllegalStateException broken) {
                UpstreamListener.Outcome delivered = exchange == null ? null : exchange.cancel();
                onFailure(
                        Refusal.of(Reason.UNAVAILABLE, "upstream_broke_off", String.valueOf(broken.getMessage())),
                        delivered == null ? Outcome.NOTHING : delivered);
            }
        }

        @Override
        public void onWhole(Head head, Buffer body, Outcome outcome) {
            if (head.status() != 200) {
                onFailure(AnswerReader.refusal(head.status(), body), outcome);
                return;
            }
            onStart(head);
            try {
                reader.whole(body).forEach(this::tell);
            } catch (IllegalStateException broken) {
                onFailure(
                        Refusal.of(Reason.UNAVAILABLE, "upstream_refused", String.valueOf(broken.getMessage())),
                        outcome);
                return;
            }
            onEnd(outcome);
        }

        private void tell(AnswerReader.News news) {
            if (isOver || news.choice() < 0 || news.choice() >= request.n()) {
                return;
            }
            switch (news) {
                case AnswerReader.News.More more -> {
                    if (more.delta() instanceof ChatDelta.Reasoning) {
                        thoughts++;
                    }
                    listener.onDelta(more.choice(), more.delta());
                }
                case AnswerReader.News.Finished end -> finish(end.choice(), end.reason());
            }
        }

        private void finish(int choice, FinishReason reason) {
            if (!finished.get(choice)) {
                finished.set(choice);
                listener.onFinish(choice, reason);
            }
        }

        @Override
        public void onEnd(Outcome outcome) {
            if (isOver) {
                return;
            }
            for (int choice = 0; choice < request.n(); choice++) {
                finish(choice, FinishReason.STOP);
            }
            isOver = true;
            book(UsageRecord.Outcome.COMPLETED, outcome);
            int completion = Math.toIntExact(outcome.completionTokens());
            listener.onEnd(new TokenUsage(
                    Math.toIntExact(outcome.promptTokens()), completion, 0, Math.min(thoughts, completion)));
        }

        @Override
        public void onFailure(Refusal refusal, Outcome outcome) {
            if (!isOver) {
                book(UsageRecord.Outcome.FAILED, outcome);
                refuse(refusal);
            }
        }

        private void refuse(Refusal refusal) {
            isOver = true;
            listener.onFailure(refusal);
        }

        @Override
        public void cancel() {
            if (isOver) {
                return;
            }
            isOver = true;
            Outcome delivered = exchange == null ? null : exchange.cancel();
            if (delivered != null) {
                book(UsageRecord.Outcome.ABORTED, delivered);
            }
        }

        private void book(UsageRecord.Outcome how, Outcome outcome) {
            usage.book(
                    call.principal(),
                    new UsageRecord(
                            request.requestId(),
                            "chat",
                            request.model(),
                            outcome.promptTokens(),
                            outcome.completionTokens(),
                            how,
                            ChronoUnit.MICROS.between(Instant.EPOCH, arrived),
                            Math.max(0, (System.nanoTime() - arrivedNanos) / 1_000),
                            tier(outcome)));
        }

        /// A batch is one for the platform, which no server knows of.
        private ServiceTier tier(Outcome outcome) {
            return request.hints().tier() == ServiceTier.BATCH ? ServiceTier.BATCH : outcome.tier();
        }
    }
}
