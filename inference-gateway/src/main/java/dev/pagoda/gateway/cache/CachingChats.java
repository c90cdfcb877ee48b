package dev.pagoda.gateway.cache;

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
import dev.pagoda.gateway.backend.ResponseHeaders;
import dev.pagoda.gateway.backend.ServedModel;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.gateway.backend.UsageBook;
import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.governance.api.Governance;
import dev.pagoda.governance.api.MeterReading;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.api.UsageRecord;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.ResolveModel;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * Who sees what. Answers are kept under the tenant of their call, and questions in a collection that the vector store
 * gives to that tenant alone. A request is first resolved by the registry: who may not use the model gets no answer of
 * it, cached or not, and an answer of one version is not given in the name of another.
 *
 * What a cached answer costs. No engine makes its tokens, so its usage record has none of them and is called
 * `chat.cached`; what was saved is counted by the meters `cache.prompt_tokens` and `cache.completion_tokens`. The
 * client sees the answer's usage, with the whole prompt as cached.
 */

/// A service that gives answers again, for tenants whose policy asks for it.
public final class CachingChats implements ChatService {
    /// What became of a request here: `hit`, `semantic 0.97`, `miss` or `bypass`; on requests `bypass` and `refresh`.
    public static final String HEADER = "x-pagoda-cache";

    private static final Logger LOG = LoggerFactory.getLogger(CachingChats.class);
    private static final String OPERATION = "chat.cached";
    private static final Duration AFTERWARDS = Duration.ofSeconds(10);

    private final ChatService next;
    private final Ground ground;
    private final PolicyBook<CachePolicy> policies;
    private final CacheConfig config;
    private final AnswerStore answers;
    private final QuestionIndex questions;
    private final UsageBook usage;
    private final Counter hits;
    private final Counter similar;
    private final Counter misses;

    /// What it stands on.
    public record Ground(Vertx vertx, Bus bus, Telemetry telemetry, InstantSource clock) {}

    public CachingChats(ChatService next, Ground ground, PolicyBook<CachePolicy> policies, CacheConfig config) {
        this.next = next;
        this.ground = ground;
        this.policies = policies;
        this.config = config;
        this.answers = new AnswerStore(config.maxBytes());
        this.questions = new QuestionIndex(ground.bus());
        this.usage = new UsageBook(ground.vertx(), ground.bus());
        this.hits = counter("hit");
        this.similar = counter("semantic");
        this.misses = counter("miss");
        Gauge.builder("pagoda.gateway.cache.bytes", answers, AnswerStore::bytes)
                .description("Memory of the answers that are kept")
                .register(ground.telemetry().meters());
        Gauge.builder("pagoda.gateway.cache.answers", answers, AnswerStore::size)
                .description("Answers that are kept")
                .register(ground.telemetry().meters());
    }

    private Counter counter(String result) {
        return Counter.builder("pagoda.gateway.cache.lookups")
                .description("Chats that were looked for among the answers kept")
                .tag("result", result)
                .register(ground.telemetry().meters());
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        CachePolicy policy = policies.of(call.tenant());
        if (policy == null || !(policy.isExact() || policy.isSemantic())) {
            return next.chat(request, call, listener);
        }
        String wish = request.hints().headers().getOrDefault(HEADER, "");
        if (wish.equals("bypass") || !RequestDigest.isCacheable(request)) {
            listener.onHeader(HEADER, "bypass");
            return next.chat(request, call, listener);
        }
        var lookup = new Lookup(request, call, listener, policy, wish.equals("refresh"));
        lookup.begin();
        return lookup;
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        return next.embed(request, call, headers);
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return next.models(call);
    }

    private void forget(List<AnswerStore.Key> gone) {
        for (AnswerStore.Key key : gone) {
            indexing(key.tenant())
                    .ifPresent(call -> questions
                            .remove(key.request(), call)
                            .onFailure(failure -> LOG.warn("a question outlives its answer", failure)));
        }
    }

    /// A call in the tenant's name, if its questions are indexed.
    private Optional<Call> indexing(String tenant) {
        CachePolicy policy = policies.of(tenant);
        return policy != null && policy.isSemantic()
                ? Optional.of(Call.within(
                        new Principal(tenant, "", "", "cache", Principal.Role.MEMBER), "cache-eviction", AFTERWARDS))
                : Optional.empty();
    }

    /// One chat that is looked for. Belongs to the caller's context.
    private final class Lookup extends ForwardingListener implements ChatHandle {
        private final ChatRequest request;
        private final Call call;
        private final CachePolicy policy;
        private final boolean isRefresh;
        private final long arrivedNanos = System.nanoTime();
        private final CachedAnswer.Gathering gathering = new CachedAnswer.Gathering(config.maxAnswerBytes());
        private @Nullable ChatHandle handle;
        private boolean over;
        private String digest = "";
        private String family = "";

        /// What the request's model means; another version or model may answer.
        private @Nullable ModelVersion resolved;

        /// What the question means, once it was asked.
        private float @Nullable [] meaning;

        Lookup(ChatRequest request, Call call, ChatListener listener, CachePolicy policy, boolean isRefresh) {
            super(listener);
            this.request = request;
            this.call = call;
            this.policy = policy;
            this.isRefresh = isRefresh;
        }

        void begin() {
            ground.bus()
                    .ask(Registry.RESOLVE, new ResolveModel(request.model()), call)
                    .onSuccess(this::look)
                    // who answers will say why it cannot be
                    .onFailure(unknown -> pass("bypass", false));
        }

        private void look(ModelVersion version) {
            if (over) {
                return;
            }
            resolved = version;
            digest = RequestDigest.of(request, version.reference());
            Optional<CachedAnswer> same = policy.isExact() && !isRefresh ? kept(digest) : Optional.empty();
            Optional<String> question = policy.isSemantic() ? RequestDigest.question(request) : Optional.empty();
            if (same.isPresent()) {
                hits.increment();
                replay(same.get(), "hit");
            } else if (question.isPresent()) {
                family = RequestDigest.ofFamily(request, version.reference());
                lookByMeaning(question.get());
            } else {
                pass("miss", true);
            }
        }

        private void lookByMeaning(String question) {
            next.embed(
                            new EmbedRequest(request.requestId() + "-cache", policy.model(), List.of(question)),
                            call,
                            ResponseHeaders.UNHEARD)
                    .compose(reply -> {
                        float[] vector = reply.vectors().getFirst();
                        meaning = vector;
                        return isRefresh
                                ? Future.succeededFuture(Optional.<QuestionIndex.Nearest>empty())
                                : questions.nearest(family, vector, call);
                    })
                    .onComplete(
                            nearest -> nearest.filter(found -> found.score() >= policy.leastScore())
                                    .flatMap(found ->
                                            kept(found.request()).map(answer -> new Similar(answer, found.score())))
                                    .ifPresentOrElse(this::replay, () -> pass("miss", true)),
                            failure -> {
                                LOG.debug("no question of the same meaning could be looked for", failure);
                                pass("miss", true);
                            });
        }

        private Optional<CachedAnswer> kept(String of) {
            return answers.get(new AnswerStore.Key(call.tenant(), of), System.nanoTime());
        }

        private record Similar(CachedAnswer answer, float score) {}

        private void replay(Similar found) {
            if (!over) {
                similar.increment();
                replay(found.answer(), String.format(Locale.ROOT, "semantic %.2f", found.score()));
            }
        }

        /// Has the request answered anew.
        private void pass(String result, boolean isKept) {
            if (over) {
                return;
            }
            if (isKept) {
                misses.increment();
            }
            next().onHeader(HEADER, result);
            handle = CachingChats.this.next.chat(request, call, isKept ? this : next());
            if (over) {
                handle.cancel();
            }
        }

        private void replay(CachedAnswer answer, String result) {
            ChatStarted first = answer.started();
            next().onHeader(HEADER, result);
            next().onStart(new ChatStarted(
                    first.model(), first.version(), first.promptTokens(), first.promptTokens(), "cache"));
            // the listener may cancel while it is told
            answer.replay(new ForwardingListener(next()) {
                @Override
                public void onDelta(int choice, ChatDelta delta) {
                    if (!over) {
                        super.onDelta(choice, delta);
                    }
                }

                @Override
                public void onFinish(int choice, FinishReason reason) {
                    if (!over) {
                        super.onFinish(choice, reason);
                    }
                }
            });
            record(answer)
                    .onSuccess(recorded -> {
                        if (!over) {
                            over = true;
                            TokenUsage used = answer.usage();
                            next().onPriced(0);
                            next().onEnd(new TokenUsage(
                                    used.promptTokens(),
                                    used.completionTokens(),
                                    used.promptTokens(),
                                    used.reasoningTokens()));
                        }
                    })
                    .onFailure(failure -> {
                        if (!over) {
                            over = true;
                            next().onFailure(Refusal.of(
                                    Reason.UNAVAILABLE, "usage_unrecorded", "the usage could not be recorded"));
                        }
                    });
        }

        private Future<Void> record(CachedAnswer answer) {
            long tookMicros = (System.nanoTime() - arrivedNanos) / 1_000;
            long startedMicros =
                    ChronoUnit.MICROS.between(Instant.EPOCH, ground.clock().instant()) - tookMicros;
            var record = new UsageRecord(
                    request.requestId(),
                    OPERATION,
                    answer.started().model(),
                    0,
                    0,
                    UsageRecord.Outcome.COMPLETED,
                    startedMicros,
                    tookMicros);
            var saved = new MeterReading(
                    request.requestId(),
                    Map.of(
                            "cache.prompt_tokens",
                            (long) answer.usage().promptTokens(),
                            "cache.completion_tokens",
                            (long) answer.usage().completionTokens()),
                    startedMicros);
            return Future.all(
                            usage.record(record, call),
                            ground.bus()
                                    .ask(
                                            Governance.RECORD_METERS,
                                            saved,
                                            Call.within(call.principal(), call.trace(), AFTERWARDS)))
                    .mapEmpty();
        }

        @Override
        public void onStart(ChatStarted started) {
            gathering.start(started);
            super.onStart(started);
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            gathering.more(choice, delta);
            super.onDelta(choice, delta);
        }

        @Override
        public void onFinish(int choice, FinishReason reason) {
            gathering.end(choice, reason);
            super.onFinish(choice, reason);
        }

        @Override
        public void onEnd(TokenUsage used) {
            over = true;
            CachedAnswer answer = gathering.whole(used);
            if (answer != null && isOfTheModel(answer.started()) && !isCutByALimit(answer)) {
                keep(answer);
            }
            super.onEnd(used);
        }

        private boolean isOfTheModel(ChatStarted started) {
            return resolved != null
                    && started.model().equals(resolved.model())
                    && started.version().equals(String.valueOf(resolved.version()));
        }

        private boolean isCutByALimit(CachedAnswer answer) {
            return request.limits().maxTokens().isEmpty() && answer.isCut();
        }

        private void keep(CachedAnswer answer) {
            forget(answers.put(
                    new AnswerStore.Key(call.tenant(), digest), answer, System.nanoTime() + policy.ttlNanos()));
            if (meaning != null) {
                questions
                        .add(digest, family, meaning, Call.within(call.principal(), call.trace(), AFTERWARDS))
                        .onFailure(failure -> LOG.warn("an answer cannot be found by its meaning", failure));
            }
        }

        @Override
        public void cancel() {
            over = true;
            if (handle != null) {
                handle.cancel();
            }
        }
    }
}
