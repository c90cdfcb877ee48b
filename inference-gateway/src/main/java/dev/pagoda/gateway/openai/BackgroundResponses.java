package dev.pagoda.gateway.openai;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.backend.ChatDelta;
import dev.pagoda.gateway.backend.ChatHandle;
import dev.pagoda.gateway.backend.ChatListener;
import dev.pagoda.gateway.backend.ChatRequest;
import dev.pagoda.gateway.backend.ChatService;
import dev.pagoda.gateway.backend.ChatStarted;
import dev.pagoda.gateway.backend.FinishReason;
import dev.pagoda.gateway.backend.TokenUsage;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Responses that go on without a connection, until they end or are cancelled.
///
/// Safe from any thread; each runs on the context that started it.
final class BackgroundResponses {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundResponses.class);
    private static final int MAX_RUNNING = 1_000;

    private record Key(String tenant, String id) {}

    private final Vertx vertx;
    private final ChatService service;
    private final InstantSource clock;
    private final Map<Key, Run> running = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    BackgroundResponses(Vertx vertx, ChatService service, InstantSource clock) {
        this.vertx = vertx;
        this.service = service;
        this.clock = clock;
    }

    /// Starts one.
    ///
    /// @param keep has the response kept as it stands
    /// @return as it stands now, once it is kept
    Future<ObjectNode> start(
            ChatRequest request, Call call, ResponseParameters parameters, Function<ResponseDraft, Future<Void>> keep) {
        if (count.incrementAndGet() > MAX_RUNNING) {
            count.decrementAndGet();
            return Future.failedFuture(new Refused(new Refusal(
                    Reason.EXHAUSTED, "background_full", MAX_RUNNING + " responses run in the background", 5)));
        }
        var key = new Key(call.tenant(), request.requestId());
        var run = new Run(
                key,
                new ResponseDraft(request.requestId(), clock.instant().getEpochSecond(), parameters, event -> {}),
                keep);
        running.put(key, run);
        ObjectNode first = run.draft.snapshot();
        return keep.apply(run.draft)
                .map(kept -> {
                    run.handle = service.chat(request, call, run);
                    return first;
                })
                .onFailure(failure -> run.forget());
    }

    /// One that runs, as it stands; empty when none does.
    Future<Optional<ObjectNode>> find(String tenant, String id) {
        Run run = running.get(new Key(tenant, id));
        return run == null
                ? Future.succeededFuture(Optional.empty())
                : run.on(() -> {
                    return Future.succeededFuture(Optional.of(run.draft.snapshot()));
                });
    }

    /// Ends one that runs; empty when none does.
    Future<Optional<ObjectNode>> cancel(String tenant, String id) {
        Run run = running.get(new Key(tenant, id));
        return run == null ? Future.succeededFuture(Optional.empty()) : run.on(run::cancel);
    }

    private final class Run implements ChatListener {
        private final Context context = vertx.getOrCreateContext();
        private final Key key;
        private final ResponseDraft draft;
        private final Function<ResponseDraft, Future<Void>> keep;
        private @Nullable ChatHandle handle;
        private FinishReason reason = FinishReason.STOP;

        Run(Key key, ResponseDraft draft, Function<ResponseDraft, Future<Void>> keep) {
            this.key = key;
            this.draft = draft;
            this.keep = keep;
        }

        <T> Future<T> on(Supplier<Future<T>> work) {
            Promise<T> promise = Promise.promise();
            context.runOnContext(v -> work.get().onComplete(promise));
            return promise.future();
        }

        Future<Optional<ObjectNode>> cancel() {
            if (!draft.isOver()) {
                if (handle != null) {
                    handle.cancel();
                }
                draft.cancel();
                return finish().map(kept -> Optional.of(draft.snapshot()));
            }
            return Future.succeededFuture(Optional.of(draft.snapshot()));
        }

        @Override
        public void onStart(ChatStarted started) {
            draft.begin();
        }

        @Override
        public void onDelta(int choice, ChatDelta delta) {
            draft.add(delta);
        }

        @Override
        public void onFinish(int choice, FinishReason why) {
            reason = why;
        }

        @Override
        public void onEnd(TokenUsage usage) {
            if (!draft.isOver()) {
                draft.end(reason, usage, clock.instant().getEpochSecond());
                finish();
            }
        }

        @Override
        public void onFailure(Refusal refusal) {
            if (!draft.isOver()) {
                draft.fail(refusal);
                finish();
            }
        }

        private Future<Void> finish() {
            return keep.apply(draft)
                    .onFailure(failure -> LOG.error("response {} could not be kept", key.id(), failure))
                    .onComplete(kept -> forget());
        }

        void forget() {
            if (running.remove(key, this)) {
                count.decrementAndGet();
            }
        }
    }
}
