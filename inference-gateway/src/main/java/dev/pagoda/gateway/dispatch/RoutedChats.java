package dev.pagoda.gateway.dispatch;

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
import dev.pagoda.gateway.dispatch.RoutePolicy.Route;
import dev.pagoda.gateway.policy.PolicyBook;
import dev.pagoda.governance.api.Principal;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Answers by the models that a tenant's [RoutePolicy] names.
///
/// A model that refuses before it has begun to answer is replaced by the fallback for that kind of refusal,
/// each model asked once at most. A request that waits longer than 95 in 100 others did is asked a second
/// time if the policy hedges, and who begins first answers. A shadow's answer is thrown away, and its usage
/// is the platform's own.
public final class RoutedChats implements ChatService {
    /// How it was decided who answers; the request log has a column for it.
    public static final String HEADER = "x-pagoda-route";

    private static final int MAX_MODELS_TIMED = 10_000;

    private final Vertx vertx;
    private final ChatService next;
    private final PolicyBook<RoutePolicy> policies;
    private final Map<String, StartTimes> times = new ConcurrentHashMap<>();
    private final Counter fallbacks;
    private final Counter hedges;
    private final Counter shadows;

    public RoutedChats(Vertx vertx, ChatService next, PolicyBook<RoutePolicy> policies, MeterRegistry meters) {
        this.vertx = vertx;
        this.next = next;
        this.policies = policies;
        this.fallbacks = Counter.builder("pagoda.gateway.fallbacks")
                .description("Requests that another model was asked for")
                .register(meters);
        this.hedges = Counter.builder("pagoda.gateway.hedges")
                .description("Requests that were asked a second time because they were late")
                .register(meters);
        this.shadows = Counter.builder("pagoda.gateway.shadows")
                .description("Copies of requests whose answers nobody sees")
                .register(meters);
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        RoutePolicy policy = policies.of(call.tenant());
        Optional<Route> route = policy == null ? Optional.empty() : policy.of(request.model());
        if (route.isEmpty()) {
            return next.chat(request, call, listener);
        }
        if (route.get().isShadowed(request.requestId())) {
            shadow(request, call, route.get());
        }
        var chat = new Routed(request, call, listener, route.get());
        chat.ask(route.get().target(request.stickyKey()));
        return chat;
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        RoutePolicy policy = policies.of(call.tenant());
        Optional<Route> route = policy == null ? Optional.empty() : policy.of(request.model());
        String key = request.hints().sessionKey().isEmpty()
                ? request.requestId()
                : request.hints().sessionKey();
        return next.embed(
                route.map(found -> request.withModel(found.target(key))).orElse(request), call, headers);
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return next.models(call);
    }

    private void shadow(ChatRequest request, Call call, Route route) {
        RoutePolicy.Shadow shadow = route.shadow();
        if (shadow != null) {
            shadows.increment();
            next.chat(
                    request.withModel(shadow.model()).withRequestId(request.requestId() + "-shadow"),
                    new Call(Principal.PLATFORM, call.trace(), call.deadlineNanos()),
                    new Unheard());
        }
    }

    private StartTimes times(String model) {
        if (times.size() >= MAX_MODELS_TIMED && !times.containsKey(model)) {
            times.clear();
        }
        return times.computeIfAbsent(model, none -> new StartTimes());
    }

    /// One request of a client; belongs to the context that began it.
    private final class Routed implements ChatHandle {
        private final ChatRequest request;
        private final Call call;
        private final ChatListener listener;
        private final Route route;
        private final Set<String> asked = new HashSet<>();
        private final List<Leg> open = new ArrayList<>(2);
        private @Nullable Leg winner;
        private @Nullable String passedOver;
        private long hedgeTimer = -1;
        private int legs;
        private boolean isOver;

        Routed(ChatRequest request, Call call, ChatListener listener, Route route) {
            this.request = request;
            this.call = call;
            this.listener = listener;
            this.route = route;
        }

        void ask(String model) {
            asked.add(model);
            long lateNanos = send(model);
            if (route.hedge() != null && lateNanos != Long.MAX_VALUE && winner == null && !isOver) {
                hedgeTimer = vertx.setTimer(Math.max(1, lateNanos / 1_000_000), late -> hedge(model));
            }
        }

        /// @return when it is late
        private long send(String model) {
            var leg = new Leg(model);
            open.add(leg);
            long late = times(model).sent();
            ChatRequest asking = request.withModel(model);
            // usage is known by its request's name, and two legs may both have some
            leg.handle =
                    next.chat(legs++ == 0 ? asking : asking.withRequestId(request.requestId() + "-" + legs), call, leg);
            if (leg.isDropped) {
                leg.handle.cancel();
            }
            return late;
        }

        private void hedge(String model) {
            if (isOver || winner != null || !times(model).mayHedge()) {
                return;
            }
            hedges.increment();
            String second = route.hedge() == null ? null : route.hedge().model();
            send(second == null ? model : second);
        }

        private void began(Leg leg) {
            winner = leg;
            vertx.cancelTimer(hedgeTimer);
            times(leg.model).began(System.nanoTime() - leg.sentNanos);
            for (Leg other : List.copyOf(open)) {
                if (other != leg) {
                    other.drop();
                }
            }
            String how = passedOver == null ? "model=" + leg.model : "model=" + leg.model + "; fallback=" + passedOver;
            listener.onHeader(HEADER, how);
        }

        private void failed(Leg leg, Refusal why) {
            open.remove(leg);
            if (!open.isEmpty()) {
                return;
            }
            vertx.cancelTimer(hedgeTimer);
            Optional<String> other = route.fallback(why).filter(model -> !asked.contains(model));
            if (other.isPresent() && !call.isExpired()) {
                passedOver = why.code();
                fallbacks.increment();
                ask(other.get());
            } else {
                isOver = true;
                listener.onFailure(why);
            }
        }

        @Override
        public void cancel() {
            if (!isOver) {
                isOver = true;
                vertx.cancelTimer(hedgeTimer);
                List.copyOf(open).forEach(Leg::drop);
            }
        }

        /// One model that is asked.
        private final class Leg extends ForwardingListener {
            private final String model;
            private final long sentNanos = System.nanoTime();
            private ChatHandle handle = () -> {};
            private boolean isDropped;

            Leg(String model) {
                super(listener);
                this.model = model;
            }

            void drop() {
                isDropped = true;
                open.remove(this);
                handle.cancel();
            }

            @Override
            public void onHeader(String name, String value) {
                if (!isDropped) {
                    super.onHeader(name, value);
                }
            }

            @Override
            public void onStart(ChatStarted started) {
                if (!isDropped) {
                    began(this);
                    super.onStart(started);
                }
            }

            @Override
            public void onDelta(int choice, ChatDelta delta) {
                if (!isDropped) {
                    super.onDelta(choice, delta);
                }
            }

            @Override
            public void onFinish(int choice, FinishReason reason) {
                if (!isDropped) {
                    super.onFinish(choice, reason);
                }
            }

            @Override
            public void onPriced(long costNanos) {
                if (!isDropped) {
                    super.onPriced(costNanos);
                }
            }

            @Override
            public void onEnd(TokenUsage usage) {
                if (!isDropped) {
                    isOver = true;
                    super.onEnd(usage);
                }
            }

            @Override
            public void onFailure(Refusal refusal) {
                if (isDropped) {
                    return;
                }
                if (winner == this) {
                    isOver = true;
                    super.onFailure(refusal);
                } else {
                    failed(this, refusal);
                }
            }
        }
    }

    /// Hears a shadow.
    private static final class Unheard implements ChatListener {
        @Override
        public void onStart(ChatStarted started) {}

        @Override
        public void onDelta(int choice, ChatDelta delta) {}

        @Override
        public void onFinish(int choice, FinishReason reason) {}

        @Override
        public void onEnd(TokenUsage usage) {}

        @Override
        public void onFailure(Refusal refusal) {}
    }
}
