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
import dev.pagoda.gateway.protocol.BadParameter;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
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

    /// Events of one response that are kept for those who come later.
    private static final int MAX_EVENTS = 20_000;

    /// Has a response and its events kept.
    interface Keeper {
        /// As it stands.
        Future<Void> keep(ResponseDraft draft);

        /// All that were told of one that has ended.
        Future<Void> keepEvents(String id, List<ObjectNode> events);
    }

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
    /// @param first who hears its events from the first on, if anybody does
    /// @return as it stands now, once it is kept
    Future<ObjectNode> start(
            ChatRequest request,
            Call call,
            ResponseParameters parameters,
            Keeper keeper,
            Optional<ResponseWatch> first) {
        if (count.incrementAndGet() > MAX_RUNNING) {
            count.decrementAndGet();
            return Future.failedFuture(new Refused(new Refusal(
                    Reason.EXHAUSTED, "background_full", MAX_RUNNING + " responses run in the background", 5)));
        }
        var key = new Key(call.tenant(), request.requestId());
        var run = new Run(key, parameters, keeper);
        running.put(key, run);
        first.ifPresent(run::admit);
        ObjectNode begun = run.draft.snapshot();
        return keeper.keep(run.draft)
                .map(kept -> {
                    run.handle = service.chat(request, call, run);
                    return begun;
                })
                .onFailure(failure -> run.forget());
    }

    /// One that runs, as it stands; empty when none does.
    Future<Optional<ObjectNode>> find(String tenant, String id) {
        Run run = running.get(new Key(tenant, id));
        return run == null
                ? Future.succeededFuture(Optional.empty())
                : run.on(() -> Future.succeededFuture(Optional.of(run.draft.snapshot())));
    }

    /// Ends one that runs; empty when none does.
    ///
    /// @return as it stands, when it and its events are kept
    Future<Optional<ObjectNode>> cancel(String tenant, String id) {
        Run run = running.get(new Key(tenant, id));
        return run == null ? Future.succeededFuture(Optional.empty()) : run.on(run::cancel);
    }

    /// Has the events of one that runs told, those after a number.
    ///
    /// @return whether it runs; fails with [BadParameter] when its events are not held
    Future<Boolean> watch(String tenant, String id, int after, Supplier<ResponseWatch> watch) {
        Run run = running.get(new Key(tenant, id));
        if (run == null) {
            return Future.succeededFuture(false);
        }
        if (!run.isStreamed) {
            return Future.failedFuture(new BadParameter(
                    "Only a response that was created with 'stream' can be streamed while it runs.", "stream", null));
        }
        ResponseWatch made = watch.get();
        return run.on(() -> run.admit(made, after));
    }

    private final class Run implements ChatListener {
        private final Context context = vertx.getOrCreateContext();
        private final Key key;
        private final boolean isStreamed;
        private final ResponseDraft draft;
        private final Keeper keeper;
        private final Set<ResponseWatch> watches = new LinkedHashSet<>();
        private final List<ObjectNode> told = new ArrayList<>();
        private final List<ObjectNode> last = new ArrayList<>();
        private @Nullable ChatHandle handle;

        /// Until all of it is kept, once it is over.
        private Future<Void> ending = Future.succeededFuture();

        private FinishReason reason = FinishReason.STOP;
        private boolean hasBegun;
        private boolean isEnding;
        private boolean isClosed;

        Run(Key key, ResponseParameters parameters, Keeper keeper) {
            this.key = key;
            this.isStreamed = parameters.stream();
            this.draft = new ResponseDraft(key.id(), clock.instant().getEpochSecond(), parameters, this::tell);
            this.keeper = keeper;
        }

        <T> Future<T> on(Supplier<Future<T>> work) {
            Promise<T> promise = Promise.promise();
            context.runOnContext(v -> work.get().onComplete(promise));
            return promise.future();
        }

        private void tell(ObjectNode event) {
            if (!isStreamed) {
                return;
            }
            if (isEnding) {
                last.add(event);
                return;
            }
            if (told.size() < MAX_EVENTS) {
                told.add(event);
            }
            watches.forEach(watch -> watch.tell(List.of(event)));
        }

        void admit(ResponseWatch watch) {
            watches.add(watch);
            watch.onLeave(() -> context.runOnContext(v -> watches.remove(watch)));
        }

        /// @return whether it still runs
        Future<Boolean> admit(ResponseWatch watch, int after) {
            if (isClosed) {
                return Future.succeededFuture(false);
            }
            List<ObjectNode> missed = after(told, after);
            if (!missed.isEmpty()) {
                watch.tell(missed);
            }
            admit(watch);
            return Future.succeededFuture(true);
        }

        Future<Optional<ObjectNode>> cancel() {
            if (!draft.isOver()) {
                if (handle != null) {
                    handle.cancel();
                }
                isEnding = true;
                draft.cancel();
                finish();
            }
            return ending.map(kept -> Optional.of(draft.snapshot()));
        }

        @Override
        public void onStart(ChatStarted started) {
            begin();
        }

        private void begin() {
            if (!hasBegun) {
                hasBegun = true;
                draft.begin();
            }
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
                isEnding = true;
                draft.end(reason, usage, clock.instant().getEpochSecond());
                finish();
            }
        }

        @Override
        public void onFailure(Refusal refusal) {
            if (!draft.isOver()) {
                begin();
                isEnding = true;
                draft.fail(refusal);
                finish();
            }
        }

        private void finish() {
            ending = keeper.keep(draft)
                    .compose(kept -> isStreamed && told.size() < MAX_EVENTS
                            ? keeper.keepEvents(key.id(), all())
                            : Future.succeededFuture())
                    .onFailure(failure -> LOG.error("response {} could not be kept", key.id(), failure))
                    .onComplete(kept -> {
                        isClosed = true;
                        List.copyOf(watches).forEach(watch -> watch.end(last));
                        forget();
                    });
        }

        private List<ObjectNode> all() {
            var all = new ArrayList<>(told);
            all.addAll(last);
            return all;
        }

        void forget() {
            if (running.remove(key, this)) {
                count.decrementAndGet();
            }
        }
    }

    /// The events after a number.
    static List<ObjectNode> after(List<ObjectNode> events, int number) {
        return events.stream()
                .filter(event -> event.path("sequence_number").asInt() > number)
                .toList();
    }
}
