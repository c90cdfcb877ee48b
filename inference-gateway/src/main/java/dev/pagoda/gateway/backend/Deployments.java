package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.DeviceActivity;
import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.RerankerConfig;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.backend.ChatSession.Ended;
import dev.pagoda.gateway.metrics.GatewayText;
import dev.pagoda.gateway.metrics.Lateness;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestModels;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.bus.Registration;
import dev.pagoda.governance.telemetry.Telemetry;
import dev.pagoda.registry.api.Backend;
import dev.pagoda.registry.api.ListServing;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.Registry;
import dev.pagoda.registry.api.ResolveModel;
import dev.pagoda.registry.api.ServingSpec;
import dev.pagoda.registry.api.Task;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The gateway's shell: deploys what the registry marks for serving, and answers chats and embeddings.
///
/// All deployments live on one event loop context. A chat's listener is called on the context that started the chat,
/// which need not be that one; see [ChatSession] and [Outbox] for how the two meet.
///
/// [#chat], [#embed] and [#models] are safe from any thread.
public final class Deployments implements ChatService {
    private static final Logger LOG = LoggerFactory.getLogger(Deployments.class);
    /// The watch on devices and on the state that the metrics page shows.
    private static final long WATCH_MILLIS = 1_000;

    private static final long LEAST_TICK_MILLIS = 10;
    private static final long POLL_MILLIS = 10;
    private static final Duration ASK = Duration.ofSeconds(10);
    /// Starting does not wait longer than this for replicas.
    private static final Duration SETTLE = Duration.ofSeconds(10);

    private static final Refusal CLOSING =
            new Refusal(Reason.UNAVAILABLE, "shutting_down", "the gateway is shutting down", 1);

    private final Vertx vertx;
    private final Bus bus;
    private final GatewayConfig config;
    private final Context home;
    private final Outbox outbox;
    private final VllmMetrics metrics = new VllmMetrics();
    private final Deployment.Surroundings surroundings;
    private final EmbeddingPool pool;
    private final ChatPlanner planner;
    private final Embeddings embeddings;
    private final Rerankers rerankers;
    private final RequestDeployments requests;
    private final SimulatedEmbeddings simulated;
    private final EndedRequests ended;
    private final VersionMeters versionMeters;
    private final ChatSession.Surroundings sessions = new SessionSurroundings();
    private final LongAdder refused = new LongAdder();
    private final AtomicLong replicaNumbers = new AtomicLong();

    // the home context's
    private final Map<String, Deployment> chats = new TreeMap<>();
    private final List<Registration> registrations = new ArrayList<>();
    private long ticker = -1;
    private long watch = -1;

    private volatile ToIntFunction<String> weights = tenant -> 1;
    private volatile ChatService front = this;
    private volatile VersionChoice versions = (request, meant) -> Optional.empty();
    private volatile boolean isReady;
    private volatile boolean isClosing;
    private volatile GatewayStatus snapshot = new GatewayStatus(0, List.of(), List.of());

    public Deployments(Vertx vertx, Bus bus, Telemetry telemetry, GatewayConfig config, InstantSource wallClock) {
        this.vertx = vertx;
        this.bus = bus;
        this.config = config;
        this.home = vertx.getOrCreateContext();
        this.outbox = new Outbox(home);
        var clock = EngineClock.starting(System::nanoTime, config.replicas().timeScale());
        var lateness = new Lateness();
        var timer = new StepTimer(home, clock, lateness::observe, outbox::flush);
        this.surroundings = new Deployment.Surroundings(
                vertx,
                bus,
                clock,
                timer,
                outbox,
                metrics,
                config,
                replicaNumbers::getAndIncrement,
                tenant -> weights.applyAsInt(tenant));
        this.pool = new EmbeddingPool(vertx, config.embeddingThreads(), config.embeddingQueueTexts());
        var sentences = new CachingEmbedder(
                (language, texts) -> pool.embedHere(
                        language == Language.CHINESE
                                ? EmbeddingModel.BGE_SMALL_ZH_V15
                                : EmbeddingModel.ALL_MINILM_L6_V2,
                        texts),
                config.sentenceCache());
        this.planner = new ChatPlanner(new GroundedResponder(sentences));
        this.ended = new EndedRequests(new UsageBook(vertx, bus), home, wallClock, this::booked);
        this.versionMeters = new VersionMeters(telemetry.meters());
        this.embeddings = new Embeddings(pool, System::nanoTime, ended::book);
        this.rerankers = new Rerankers(config.rerankers(), pool, System::nanoTime, ended::book);
        this.requests = new RequestDeployments(vertx, home, surroundings, telemetry.meters());
        this.simulated = new SimulatedEmbeddings(requests, pool, System::nanoTime, ended::book);
        telemetry.addText(metrics::write);
        telemetry.addText(lateness::write);
        if (config.replicas().oldMetricNames()) {
            telemetry.addText(metrics::writeOld);
        }
        telemetry.addText(page -> GatewayText.write(page, snapshot));
    }

    /// Serves the ports, deploys what is marked for serving, and waits until it is ready or known not to become so.
    ///
    /// @return failed with [UnusableModel] if a model cannot be served from the files that the settings name
    public Future<Void> start() {
        return vertx.executeBlocking(() -> {
                    rerankers.open();
                    return true;
                })
                .compose(opened -> begin());
    }

    private Future<Void> begin() {
        return onHome(() -> {
                    registrations.addAll(new GatewayPorts(this, front, bus).serve());
                    registrations.add(bus.subscribe(Registry.SERVING_CHANGED, (news, call) -> apply(news.version())));
                    registrations.add(bus.subscribe(Compute.PLACEMENT_LOST, (news, call) -> {
                        List.copyOf(chats.values()).forEach(deployment -> deployment.lost(news));
                        requests.lost(news);
                    }));
                    return bus.ask(Registry.SERVING, new ListServing(), Call.platform(ASK))
                            .compose(reply -> {
                                reply.versions().forEach(this::apply);
                                long tickMillis = Math.max(LEAST_TICK_MILLIS, (long)
                                        (1e3 / config.replicas().timeScale()));
                                ticker = vertx.setPeriodic(tickMillis, timer -> tick());
                                watch = vertx.setPeriodic(WATCH_MILLIS, timer -> watch());
                                return until(this::isSettled, SETTLE).onSuccess(settled -> {
                                    snapshot = look();
                                    loadTokens();
                                });
                            });
                })
                .onSuccess(settled -> isReady = true)
                .mapEmpty();
    }

    /// Ends: takes nothing new, lets running requests end for a while, then fails what is left and frees everything.
    public Future<Void> stop() {
        isClosing = true;
        isReady = false;
        return onHome(() -> until(this::isIdle, Duration.ofSeconds(config.drainSeconds()))
                .compose(drained -> {
                    chats.values().forEach(deployment -> deployment.close(CLOSING));
                    requests.close(CLOSING);
                    // those that were cut off still get their usage recorded
                    return until(this::isGone, ASK);
                })
                .compose(recorded -> {
                    vertx.cancelTimer(ticker);
                    vertx.cancelTimer(watch);
                    chats.clear();
                    return Future.join(registrations.stream()
                                    .map(Registration::withdraw)
                                    .toList())
                            .otherwiseEmpty();
                })
                .compose(withdrawn -> pool.close())
                .onSuccess(ended -> {
                    if (ended) {
                        rerankers.close();
                    }
                })
                .mapEmpty());
    }

    /// Has questions that come over the bus answered by what stands before the deployments; to be said before [#start].
    public void answerBy(ChatService all) {
        front = all;
    }

    /// Gives tenants shares of busy models by these weights, each at least 1.
    public void weigh(ToIntFunction<String> tenants) {
        weights = tenants;
    }

    /// Which version answers a request instead of the one that its bare name means; empty for that one.
    @FunctionalInterface
    interface VersionChoice {
        Optional<String> instead(ChatRequest request, ModelVersion meant);
    }

    /// Has those who name no version answered by these.
    public void routeVersions(VersionRouting routing) {
        versions = routing::instead;
    }

    /// Whether everything that is marked for serving had its chance to start.
    public boolean isReady() {
        return isReady;
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        Context context = vertx.getOrCreateContext();
        var session = new ChatSession(request, call, listener, context, sessions);
        if (isClosing) {
            context.runOnContext(v -> refuse(session, CLOSING));
        } else {
            context.runOnContext(v -> resolve(session));
        }
        return session;
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        return embedPriced(request, call, headers).map(priced -> priced.reply().priced(priced.costNanos()));
    }

    /// What takes the time of pictures and sounds.
    public RequestService requests() {
        return requests;
    }

    private Future<Embeddings.Priced> embedPriced(EmbedRequest request, Call call, ResponseHeaders headers) {
        if (isClosing) {
            refused.increment();
            return Future.failedFuture(CLOSING.asException());
        }
        Optional<Future<Embeddings.Priced>> ranked = request.ranks() ? rerankers.rank(request, call) : Optional.empty();
        return ranked.orElseGet(() -> bus.ask(Registry.RESOLVE, new ResolveModel(request.model()), call)
                        .compose(
                                version -> embedBy(version, request, call, headers),
                                unknown -> embedUnregistered(unknown, request, call, headers)))
                .onFailure(failure -> {
                    if (!(failure instanceof RequestService.GivenUp)) {
                        refused.increment();
                    }
                });
    }

    private Future<Embeddings.Priced> embedUnregistered(
            Throwable unknown, EmbedRequest request, Call call, ResponseHeaders headers) {
        if (ChatSession.refusalOf(unknown).reason() != Reason.NOT_FOUND) {
            return Future.failedFuture(unknown);
        }
        return rerankers
                .misplaced(request.model(), RequestModel.Kind.EMBEDDING.products())
                .map(Future::<Embeddings.Priced>failedFuture)
                .or(() -> simulated.embedKnown(request, call, headers))
                .orElseGet(() -> Future.failedFuture(unknown));
    }

    private Future<Embeddings.Priced> embedBy(
            ModelVersion version, EmbedRequest request, Call call, ResponseHeaders headers) {
        if (version.task() != Task.EMBEDDING) {
            return Future.failedFuture(new Refused(
                    Reason.INVALID,
                    "model_not_supported",
                    "model " + version.model() + " makes chats, not embeddings"));
        }
        ServingSpec serving = version.serving();
        return serving != null && serving.backend() == Backend.SIMULATED
                ? simulated.embed(request, version, call, headers)
                : embeddings.embed(request, version, call);
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return bus.ask(Registry.SERVING, new ListServing(), call).map(reply -> {
            var models = new TreeMap<String, ServedModel>();
            for (ModelVersion version : reply.versions()) {
                models.put(
                        version.model(),
                        new ServedModel(
                                version.model(),
                                version.huggingFaceId(),
                                TimeUnit.MICROSECONDS.toSeconds(version.createdMicros()),
                                version.publisher(),
                                version.architecture().context()));
            }
            List<ServedModel> all = new ArrayList<>(models.values());
            Set<String> registered = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
            registered.addAll(models.keySet());
            // behind the registered ones: many a client takes the first, and wants to chat
            rerankers.models().stream()
                    .filter(known -> registered.add(known.name()))
                    .forEach(known -> {
                        registered.add(RerankerConfig.bare(known.name()));
                        all.add(known);
                    });
            RequestDeployments.known().stream()
                    .filter(known -> !registered.contains(known.name()))
                    .forEach(all::add);
            return List.copyOf(all);
        });
    }

    /// What the gateway is doing now, all tenants together.
    Future<GatewayStatus> status() {
        return onHome(() -> {
            snapshot = look();
            return Future.succeededFuture(snapshot);
        });
    }

    /// Does something with a deployment, and tells what has become of it.
    Future<DeploymentControl.Deployed> at(String name, Consumer<Deployment> action) {
        return onHome(() -> {
            Deployment found = chats.get(name);
            if (found == null) {
                found = chats.values().stream()
                        .filter(deployment -> deployment.model().equals(name))
                        .reduce((older, newer) -> newer)
                        .orElse(null);
            }
            if (found == null) {
                return Future.failedFuture(new Refused(
                        Reason.NOT_FOUND, "deployment_not_found", "no simulated deployment serves " + name));
            }
            try {
                action.accept(found);
            } catch (Refused refusal) {
                return Future.failedFuture(refusal);
            }
            return Future.succeededFuture(new DeploymentControl.Deployed(found.status(), found.faults()));
        });
    }

    /// Free and all KV blocks, over all replicas.
    Future<long[]> blocks() {
        return onHome(() -> {
            long[] sum = new long[2];
            for (Deployment deployment : chats.values()) {
                long[] blocks = deployment.blocks();
                sum[0] += blocks[0];
                sum[1] += blocks[1];
            }
            return Future.succeededFuture(sum);
        });
    }

    private void resolve(ChatSession session) {
        bus.ask(Registry.RESOLVE, new ResolveModel(session.request().model()), session.call())
                .compose(meant -> versions.instead(session.request(), meant)
                        .map(other -> bus.ask(Registry.RESOLVE, new ResolveModel(other), session.call())
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
        var job = new ChatJob(session);
        Deployment deployment = chats.get(version.reference());
        if (deployment == null) {
            sendRefusal(
                    session,
                    Refusal.of(
                            Reason.NOT_FOUND,
                            "model_not_found",
                            "model " + version.reference() + " is not served now"));
            return;
        }
        try {
            deployment.admit(session);
        } catch (Refused full) {
            sendRefusal(session, full.refusal());
            return;
        }
        session.bind(job, deployment);
        ChatRequest request = session.request();
        int context = deployment.contextTokens();
        Future<ChatPlan> plan = ChatPlanner.isHeavy(request, context)
                ? pool.run(1, () -> planner.plan(request, context))
                : planHere(request, context);
        plan.onComplete(
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
                        LOG.error("request {} cannot be planned", request.requestId(), failure);
                    }
                    sendRefusal(session, ChatSession.refusalOf(failure));
                });
    }

    private Future<ChatPlan> planHere(ChatRequest request, int context) {
        try {
            return Future.succeededFuture(planner.plan(request, context));
        } catch (RuntimeException failure) {
            return Future.failedFuture(failure);
        }
    }

    private void sendRefusal(ChatSession session, Refusal refusal) {
        outbox.send(session, () -> refuse(session, refusal));
        outbox.flush();
    }

    private void apply(ModelVersion version) {
        Optional<EmbeddingModel> embedding = Embeddings.modelOf(version);
        ServingSpec serving = version.serving();
        if (serving == null) {
            Optional.ofNullable(chats.get(version.reference())).ifPresent(Deployment::retire);
            embeddings.retire(version);
            requests.retire(version);
        } else if (version.task() == Task.CHAT && serving.backend() == Backend.SIMULATED) {
            Deployment present = chats.get(version.reference());
            if (present == null) {
                LOG.info("serving {}", version.reference());
                present = newDeployment(version);
                chats.put(version.reference(), present);
            }
            present.serve(version);
        } else if (version.task() == Task.EMBEDDING && serving.backend() == Backend.ONNX && embedding.isPresent()) {
            LOG.info("serving {}", version.reference());
            embeddings.serve(version, embedding.get());
        } else if (version.task() == Task.EMBEDDING && serving.backend() == Backend.SIMULATED) {
            LOG.info("serving {}", version.reference());
            requests.apply(version);
        } else {
            LOG.warn(
                    "{} is marked for serving by {}, which cannot serve such a {}",
                    version.reference(),
                    serving.backend(),
                    version.task());
        }
    }

    private Deployment newDeployment(ModelVersion version) {
        return new Deployment(surroundings, version);
    }

    /// In the background: the first chats do without it on a thread that may wait.
    private void loadTokens() {
        vertx.executeBlocking(() -> {
                    Tokens.load();
                    return true;
                })
                .onFailure(failure -> LOG.error("the token vocabulary cannot be loaded", failure));
    }

    private void tick() {
        List.copyOf(chats.values()).forEach(Deployment::tick);
        chats.values().removeIf(Deployment::isGone);
        requests.tick();
    }

    private void watch() {
        snapshot = look();
        Map<String, Double> busy = new HashMap<>();
        chats.values().forEach(deployment -> deployment.takeActivity(busy));
        requests.takeActivity(busy);
        if (!busy.isEmpty()) {
            bus.publish(Compute.DEVICE_ACTIVITY, new DeviceActivity(busy), Call.platform(ASK));
        }
    }

    private GatewayStatus look() {
        var deployments = new ArrayList<DeploymentStatus>();
        chats.values().forEach(deployment -> deployments.add(deployment.status()));
        deployments.addAll(embeddings.status());
        deployments.addAll(rerankers.status());
        deployments.addAll(requests.status());
        deployments.sort(Comparator.comparing(DeploymentStatus::model).thenComparing(DeploymentStatus::version));
        return new GatewayStatus(refused.sum(), deployments, ended.latest());
    }

    private boolean isSettled() {
        return chats.values().stream().allMatch(Deployment::isSettled) && requests.isSettled();
    }

    private boolean isIdle() {
        return chats.values().stream().allMatch(deployment -> deployment.inFlight() == 0)
                && embeddings.underWay() == 0
                && rerankers.underWay() == 0
                && requests.isIdle()
                && ended.areRecorded();
    }

    private boolean isGone() {
        return chats.values().stream().allMatch(Deployment::isGone) && requests.isGone() && ended.areRecorded();
    }

    private void booked(Ended ended) {
        Deployment deployment = chats.get(ended.reference());
        if (deployment != null) {
            deployment.count(ended.promptTokens(), ended.completionTokens());
            versionMeters.ended(ended);
        }
        requests.count(ended.reference(), ended.promptTokens(), ended.completionTokens());
    }

    private <T> Future<T> onHome(Supplier<Future<T>> work) {
        Promise<T> promise = Promise.promise();
        home.runOnContext(v -> work.get().onComplete(promise));
        return promise.future();
    }

    /// Completes when the condition holds or the time is up; true when it holds.
    private Future<Boolean> until(BooleanSupplier condition, Duration atMost) {
        if (condition.getAsBoolean()) {
            return Future.succeededFuture(true);
        }
        Promise<Boolean> promise = Promise.promise();
        long deadline = System.nanoTime() + atMost.toNanos();
        vertx.setPeriodic(POLL_MILLIS, timer -> {
            boolean holds = condition.getAsBoolean();
            if (holds || System.nanoTime() - deadline >= 0) {
                vertx.cancelTimer(timer);
                promise.complete(holds);
            }
        });
        return promise.future();
    }

    /// What sessions ask of the gateway, from their own contexts.
    private final class SessionSurroundings implements ChatSession.Surroundings {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public long enginesSpan(long nanos) {
            return surroundings.clock().span(nanos);
        }

        @Override
        public void release(ChatSession session) {
            home.runOnContext(v -> session.releaseBound());
        }

        @Override
        public Future<Long> record(Ended ended, Call call) {
            return Deployments.this.ended.book(ended, call);
        }
    }
}
