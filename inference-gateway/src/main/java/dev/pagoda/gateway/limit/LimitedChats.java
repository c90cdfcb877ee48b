package dev.pagoda.gateway.limit;

import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.EmbedReply;
import dev.pagoda.gateway.backend.EmbedRequest;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.ForwardingListener;
import dev.pagoda.gateway.backend.PromptTokens;
import dev.pagoda.gateway.backend.RequestService.GivenUp;
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.limit.Decision.Denied;
import dev.pagoda.gateway.limit.Decision.Granted;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.telemetry.Telemetry;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/*
 * The prompt. It is bounded by its bytes first, which costs almost nothing; only a request that would not fit so is
 * counted exactly. When an engine takes the chat up it tells the true count, and the difference is given back.
 *
 * Answers without `max_tokens`. They reserve a first part, and more when little of it is left. When a limit has no room
 * for more, the answer ends there with `length`, as if it had met a `max_tokens`: it is cut before its tokens would
 * exceed the limit. If there is not even room for the first part, the request gets what there is as its `max_tokens`.
 */

/// A service behind limits: reserves before a request, settles after it, and tells clients where they stand.
public final class LimitedChats implements ChatService {
    /// An answer asks for more when it has less left than this for each choice; engines deliver far fewer at a time.
    private static final int LOW_TOKENS = 64;

    /// An embedding model's special tokens around a text.
    private static final int AROUND_TEXT = 2;

    /// Tells the name of a model.
    public interface ModelNames {
        /// @param asked as a request has it, for example the id of its weights
        /// @return fails when there is none
        Future<String> nameOf(String asked, Call call);
    }

    private final ChatService next;
    private final LimitBook book;
    private final ModelNames names;
    private final Vertx vertx;
    private final LongSupplier nanos;
    private final int openAnswerTokens;
    private final Map<LimitKind, Counter> refusals = new EnumMap<>(LimitKind.class);

    /// @param nanos monotonic time
    public LimitedChats(
            ChatService next,
            LimitBook book,
            ModelNames names,
            Vertx vertx,
            Telemetry telemetry,
            LongSupplier nanos,
            int openAnswerTokens) {
        this.next = next;
        this.book = book;
        this.names = names;
        this.vertx = vertx;
        this.nanos = nanos;
        this.openAnswerTokens = openAnswerTokens;
        for (LimitKind kind : LimitKind.values()) {
            refusals.put(
                    kind,
                    Counter.builder("pagoda.gateway.limited")
                            .description("Requests that a limit refused")
                            .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                            .register(telemetry.meters()));
        }
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        var chat = new Limited(request, call, listener);
        if (book.mayMeanNamed(request.model())) {
            name(request.model(), call).onSuccess(model -> {
                if (!chat.over) {
                    admit(chat, model);
                }
            });
        } else {
            admit(chat, request.model());
        }
        return chat;
    }

    /// The name that limits know a model by; one that is unknown is refused later.
    private Future<String> name(String asked, Call call) {
        return names.nameOf(asked, call).otherwise(asked);
    }

    private void admit(Limited chat, String model) {
        ChatRequest request = chat.request;
        Call call = chat.call;
        Decision decision = reserve(request, model, call, PromptTokens.atMost(request));
        if (!isTokensDenied(decision)) {
            chat.begin(decision);
        } else if (!PromptTokens.isHeavy(request)) {
            chat.begin(reserve(request, model, call, PromptTokens.of(request)));
        } else {
            vertx.executeBlocking(() -> PromptTokens.of(request), false)
                    .map(tokens -> {
                        if (!chat.over) {
                            chat.begin(reserve(request, model, call, tokens));
                        }
                        return tokens;
                    })
                    .onFailure(failure ->
                            chat.onFailure(Refusal.of(Reason.INTERNAL, "internal", "the prompt could not be counted")));
        }
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        return book.mayMeanNamed(request.model())
                ? name(request.model(), call).compose(model -> embed(request, model, call, headers))
                : embed(request, request.model(), call, headers);
    }

    private Future<EmbedReply> embed(EmbedRequest request, String model, Call call, ResponseHeaders headers) {
        Decision decision = reserve(model, call, mostTokens(request));
        return isTokensDenied(decision)
                ? vertx.executeBlocking(() -> likelyTokens(request), false)
                        .compose(tokens -> embed(request, call, headers, reserve(model, call, tokens)))
                : embed(request, call, headers, decision);
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return next.models(call);
    }

    private Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers, Decision decision) {
        StandingHeaders.write(decision.standing(), headers);
        return switch (decision) {
            case Denied denied -> {
                count(denied);
                yield Future.failedFuture(denied.refusal(request.model()).asException());
            }
            case Granted granted ->
                next.embed(request, call, headers)
                        .onComplete(done -> book.settle(
                                granted.grant(),
                                done.succeeded() ? done.result().promptTokens() : readBy(done.cause()),
                                nanos.getAsLong()));
        };
    }

    private static int readBy(Throwable failure) {
        return failure instanceof GivenUp left ? left.readTokens() : 0;
    }

    private Decision reserve(String model, Call call, long tokens) {
        return book.reserve(call.principal(), model, TokenAsk.of(tokens, 0), nanos.getAsLong());
    }

    private Decision reserve(ChatRequest request, String model, Call call, int promptTokens) {
        long choices = request.n();
        var limits = request.limits();
        TokenAsk ask;
        if (limits.maxTokens().isPresent()) {
            ask = TokenAsk.of(promptTokens, choices * limits.maxTokens().getAsInt());
        } else {
            long least = choices * Math.max(1, limits.minTokens());
            ask = new TokenAsk(promptTokens, Math.max(least, choices * openAnswerTokens), least);
        }
        return book.reserve(call.principal(), model, ask, nanos.getAsLong());
    }

    private static boolean isTokensDenied(Decision decision) {
        return decision instanceof Denied denied && denied.kind() == LimitKind.TOKENS;
    }

    private void count(Denied denied) {
        Counter counter = refusals.get(denied.kind());
        if (counter != null) {
            counter.increment();
        }
    }

    /// Vocabularies of embedding models make at most one token of a character.
    private static long mostTokens(EmbedRequest request) {
        return sum(request, String::length);
    }

    /// About as many as embedding models read, rather more: their vocabularies are smaller than the one it counts by.
    private static long likelyTokens(EmbedRequest request) {
        return sum(request, text -> PromptTokens.of(text) * 3L / 2);
    }

    /// A question is read again with each of its documents by models that rank.
    private static long sum(EmbedRequest request, ToLongFunction<String> tokens) {
        List<String> texts = request.inputs();
        long sum = 0;
        for (String text : texts.subList(request.ranks() ? 1 : 0, texts.size())) {
            sum += tokens.applyAsLong(text) + AROUND_TEXT;
        }
        return request.ranks() ? sum + (texts.size() - 1) * (tokens.applyAsLong(texts.getFirst()) + AROUND_TEXT) : sum;
    }

    /// One chat under its limits. Belongs to the caller's context.
    private final class Limited extends ForwardingListener implements ChatHandle {
        private final ChatRequest request;
        private final Call call;
        private final Context context = vertx.getOrCreateContext();
        private final boolean[] finished;
        private @Nullable ChatHandle handle;
        private @Nullable Grant grant;
        private boolean over;
        /// Whether more is reserved as the answer grows.
        private boolean grows;
        /// Of the completions, reserved and delivered.
        private long reserved;
        private long delivered;
        private long reasoning;
        private int prompt;
        private long promptReserved;

        Limited(ChatRequest request, Call call, ChatListener listener) {
            super(listener);
            this.request = request;
            this.call = call;
            this.finished = new boolean[request.n()];
        }

        void begin(Decision decision) {
            StandingHeaders.write(decision.standing(), next()::onHeader);
            switch (decision) {
                case Denied denied -> {
                    count(denied);
                    context.runOnContext(v -> onFailure(denied.refusal(request.model())));
                }
                case Granted granted -> {
                    grant = granted.grant();
                    reserved = granted.grant().completionTokens();
                    promptReserved = granted.grant().total() - reserved;
                    handle = LimitedChats.this.next.chat(bounded(), call, this);
                    if (over) {
                        handle.cancel();
                    }
                }
            }
        }

        /// The request with the room that was found for it, where that is less than an open answer begins with.
        private ChatRequest bounded() {
            if (request.limits().maxTokens().isPresent()) {
                return request;
            }
            if (reserved >= (long) request.n() * openAnswerTokens) {
                grows = true;
                return request;
            }
            return request.withLimits(request.limits().withMaxTokens((int) (reserved / request.n())));
        }

        @Override
        public void onStart(ChatStarted started) {
            boolean isCounted = started.promptTokens() > 0;
            prompt = isCounted ? started.promptTokens() : (int) Math.min(Integer.MAX_VALUE, promptReserved);
            if (grant != null && promptReserved > prompt) {
                book.giveBack(grant, promptReserved - prompt, nanos.getAsLong());
            }
            super.onStart(started);
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            if (over) {
                return;
            }
            delivered += delta.tokens();
            if (delta instanceof ChatDelta.Reasoning) {
                reasoning += delta.tokens();
            }
            super.onDelta(choice, delta);
            if (grows && reserved - delivered < (long) LOW_TOKENS * request.n()) {
                grow();
            }
        }

        private void grow() {
            long more =
                    grant == null ? 0 : book.extend(grant, (long) openAnswerTokens * request.n(), nanos.getAsLong());
            reserved += more;
            if (more == 0 && !over) {
                cut();
            }
        }

        /// Ends the answer where its limit ends.
        private void cut() {
            over = true;
            if (handle != null) {
                handle.cancel();
            }
            settle();
            for (int choice = 0; choice < finished.length; choice++) {
                if (!finished[choice]) {
                    next().onFinish(choice, FinishReason.LENGTH);
                }
            }
            next().onEnd(new TokenUsage(prompt, (int) delivered, 0, (int) reasoning));
        }

        @Override
        public void onFinish(int choice, FinishReason reason) {
            if (!over) {
                finished[choice] = true;
                super.onFinish(choice, reason);
            }
        }

        @Override
        public void onEnd(TokenUsage usage) {
            if (!over) {
                over = true;
                prompt = usage.promptTokens();
                delivered = usage.completionTokens();
                settle();
                super.onEnd(usage);
            }
        }

        @Override
        public void onFailure(Refusal refusal) {
            if (!over) {
                over = true;
                settle();
                super.onFailure(refusal);
            }
        }

        @Override
        public void cancel() {
            if (!over) {
                over = true;
                settle();
            }
            if (handle != null) {
                handle.cancel();
            }
        }

        private void settle() {
            if (grant != null) {
                book.settle(grant, prompt + delivered, nanos.getAsLong());
            }
        }
    }
}
