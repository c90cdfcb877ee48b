package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.ChatSession.Ended;
import dev.pagoda.gateway.model.RequestModels;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.ResolveModel;
import dev.pagoda.registry.api.Task;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A chat's way from its caller to the queue of a deployment: which version answers, whether it takes one more, and
/// what it will say.
///
/// A session begins on its caller's context and is admitted on the deployments'. [#begin], [#refused] and
/// [#routeVersions] are safe from any thread.
final class ChatAdmission {
    /// Which version answers a request instead of the one that its bare name means; empty for that one.
    @FunctionalInterface
    interface VersionChoice {
        Optional<String> instead(ChatRequest request, ModelVersion meant);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ChatAdmission.class);

    private final DeploymentSurroundings around;
    private final Context home;
    private final ChatDeployments deployments;
    private final Rerankers rerankers;
    private final Planning planning;
    private final ChatSession.Surroundings sessions;
    private final LongAdder refused = new LongAdder();
    private volatile VersionChoice versions = (request, meant) -> Optional.empty();

    /// How it is settled what a chat will say.
    ///
    /// @param pool takes those that are heavy
    record Planning(ChatPlanner planner, EmbeddingPool pool) {
        Future<ChatPlan> plan(ChatRequest request, int contextTokens) {
            return ChatPlanner.isHeavy(request, contextTokens)
                    ? pool.run(1, () -> planner.plan(request, contextTokens))
                    : planHere(request, contextTokens);
        }

        private Future<ChatPlan> planHere(ChatRequest request, int contextTokens) {
            try {
                return Future.succeededFuture(planner.plan(request, contextTokens));
            } catch (RuntimeException failure) {
                return Future.failedFuture(failure);
            }
        }
    }

    /// @param home      the deployments' context
    /// @param rerankers whose names are no chat model's
    /// @param ended     records what has ended
    ChatAdmission(
            DeploymentSurroundings around,
            Context home,
            ChatDeployments deployments,
            Rerankers rerankers,
            Planning planning,
            EndedRequests ended) {
        this.around = around;
        this.home = home;
        this.deployments = deployments;
        this.rerankers = rerankers;
        this.planning = planning;
        this.sessions = new SessionSurroundings(around.clock(), home, ended);
    }

    /// Has those who name no version answered by these.
    void routeVersions(VersionChoice choice) {
        versions = choice;
    }

    /// Begins a chat on the caller's context.
    ///
    /// @param closing refuses everything; empty where chats are taken
    ChatHandle begin(ChatRequest request, Call call, ChatListener listener, Optional<Refusal> closing) {
        Context context = around.vertx().getOrCreateContext();
        var session = new ChatSession(request, call, listener, context, sessions);
        context.runOnContext(v -> closing.ifPresentOrElse(why -> refuse(session, why), () -> resolve(session)));
        return session;
    }

    /// Chats that were refused.
    long refused() {
        return refused.sum();
    }

    private void resolve(ChatSession session) {
        around.bus()
                .ask(Registry.RESOLVE, new ResolveModel(session.request().model()), session.call())
                .compose(meant -> versions.instead(session.request(), meant)
                        .map(other -> around.bus()
                                .ask(Registry.RESOLVE, new ResolveModel(other), session.call())
                                // it is no more, or not for this tenant
                                .map(drawn -> drawn.isServed() ? drawn : meant)
                                .otherwise(meant))
                        .orElseGet(() -> Future.succeededFuture(meant)))
                .onSuccess(version -> {
                    if (!session.isOpen()) {
                        return;
                    }
                    if (version.task() != Task.CHAT) {
                        refuse(
                                session,
                                Refusal.of(
                                        Reason.INVALID,
                                        "model_not_supported",
                                        "model " + version.model() + " makes embeddings, not chats"));
                        return;
                    }
                    session.resolved(version);
                    home.runOnContext(v -> admit(session, version));
                })
                .onFailure(failure -> refuse(session, unresolved(session, ChatSession.refusalOf(failure))));
    }

    /// Tells a client that asked a model of another kind for a chat.
    private Refusal unresolved(ChatSession session, Refusal why) {
        String model = session.request().model();
        return why.reason() != Reason.NOT_FOUND
                ? why
                : rerankers
                        .misplaced(model, "chats")
                        .or(() -> RequestModels.find(model)
                                .map(known -> RequestDeployments.misplaced(model, known, "chats")))
                        .map(Refused::refusal)
                        .orElse(why);
    }

    private void refuse(ChatSession session, Refusal refusal) {
        if (session.isOpen()) {
            refused.increment();
            session.failed(refusal);
        }
    }

    private void admit(ChatSession session, ModelVersion version) {
        Deployment deployment;
        try {
            deployment = deployments
                    .find(version.reference())
                    .orElseThrow(() -> new Refused(
                            Reason.NOT_FOUND,
                            "model_not_found",
                            "model " + version.reference() + " is not served now"));
            deployment.admit(session);
        } catch (Refused unserved) {
            sendRefusal(session, unserved.refusal());
            return;
        }
        var job = new ChatJob(session);
        session.bind(job, deployment);
        planning.plan(session.request(), deployment.contextTokens())
                .onComplete(
                        ready -> {
                            if (job.isOver) {
                                deployment.withdraw();
                            } else {
                                job.planned(ready);
                                deployment.enter(job);
                            }
                        },
                        failure -> {
                            deployment.withdraw();
                            if (!(failure instanceof Refused)) {
                                LOG.error(
                                        "request {} cannot be planned",
                                        session.request().requestId(),
                                        failure);
                            }
                            sendRefusal(session, ChatSession.refusalOf(failure));
                        });
    }

    private void sendRefusal(ChatSession session, Refusal refusal) {
        around.outbox().send(session, () -> refuse(session, refusal));
        around.outbox().flush();
    }

    /// What sessions ask of the gateway, from their own contexts.
    private record SessionSurroundings(EngineClock clock, Context home, EndedRequests ended)
            implements ChatSession.Surroundings {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public long enginesSpan(long nanos) {
            return clock.span(nanos);
        }

        @Override
        public void release(ChatSession session) {
            home.runOnContext(v -> session.releaseBound());
        }

        @Override
        public Future<Long> record(Ended request, Call call) {
            return ended.book(request, call);
        }
    }
}
