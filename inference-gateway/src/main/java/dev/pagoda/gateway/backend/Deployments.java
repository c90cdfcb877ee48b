package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.DeviceActivity;
import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.backend.ChatSession.Ended;
import dev.pagoda.gateway.metrics.GatewayText;
import dev.pagoda.gateway.metrics.Lateness;
import dev.pagoda.gateway.metrics.VllmMetrics;
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
import dev.pagoda.registry.api.ServingSpec;
import dev.pagoda.registry.api.Task;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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
    private static final Duration ASK = Duration.ofSeconds(10);
    /// Starting does not wait longer than this for replicas.
    private static final Duration SETTLE = Duration.ofSeconds(10);

    private static final Refusal CLOSING =
            new Refusal(Reason.UNAVAILABLE, "shutting_down", "the gateway is shutting down", 1);

    private final Vertx vertx;
    private final Bus bus;
    private final GatewayConfig config;
    private final HomeContext home;
    private final ChatDeployments chats;
    private final RequestDeployments requests;
    private final EmbeddingPool pool;
    private final Embeddings embeddings;
    private final Rerankers rerankers;
    private final EndedRequests ended;
    private final VersionMeters versionMeters;
    private final ChatAdmission chatAdmission;
    private final EmbeddingDispatch embeddingDispatch;
    private final ModelListing listing;

    // the home context's
    private final List<Registration> registrations = new ArrayList<>();
    private long ticker = -1;
    private long watch = -1;

    private volatile ToIntFunction<String> weights = tenant -> 1;
    private volatile ChatService front = this;
    private volatile boolean isReady;
    private volatile boolean isClosing;
    private volatile GatewayStatus snapshot = new GatewayStatus(0, List.of(), List.of());

    public Deployments(Vertx vertx, Bus bus, Telemetry telemetry, GatewayConfig config, InstantSource wallClock) {
        this.vertx = vertx;
        this.bus = bus;
        this.config = config;
        Context context = vertx.getOrCreateContext();
        this.home = new HomeContext(vertx, context);
        var outbox = new Outbox(context);
        var clock = EngineClock.starting(System::nanoTime, config.replicas().timeScale());
        var lateness = new Lateness();
        var metrics = new VllmMetrics();
        var around = new DeploymentSurroundings(
                vertx,
                bus,
                clock,
                new StepTimer(context, clock, lateness::observe, outbox::flush),
                outbox,
                metrics,
                config,
                new AtomicLong()::getAndIncrement,
                tenant -> weights.applyAsInt(tenant));
        this.chats = new ChatDeployments(around);
        this.requests = new RequestDeployments(vertx, context, around, telemetry.meters());
        this.pool = new EmbeddingPool(vertx, config.embeddingThreads(), config.embeddingQueueTexts());
        this.ended = new EndedRequests(new UsageBook(vertx, bus), context, wallClock, this::booked);
        this.versionMeters = new VersionMeters(telemetry.meters());
        this.embeddings = new Embeddings(pool, System::nanoTime, ended::book);
        this.rerankers = new Rerankers(config.rerankers(), pool, System::nanoTime, ended::book);
        this.embeddingDispatch = new EmbeddingDispatch(
                bus, rerankers, embeddings, new SimulatedEmbeddings(requests, pool, System::nanoTime, ended::book));
        var planning = new ChatAdmission.Planning(new ChatPlanner(new GroundedResponder(sentences())), pool);
        this.chatAdmission = new ChatAdmission(around, context, chats, rerankers, planning, ended);
        this.listing = new ModelListing(bus, rerankers);
        telemetry.addText(metrics::write);
        telemetry.addText(lateness::write);
        if (config.replicas().oldMetricNames()) {
            telemetry.addText(metrics::writeOld);
        }
        telemetry.addText(page -> GatewayText.write(page, snapshot));
    }

    private CachingEmbedder sentences() {
        return new CachingEmbedder(
                (language, texts) -> pool.embedHere(
                        language == Language.CHINESE
                                ? EmbeddingModel.BGE_SMALL_ZH_V15
                                : EmbeddingModel.ALL_MINILM_L6_V2,
                        texts),
                config.sentenceCache());
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
        return home.call(() -> {
                    registrations.addAll(new GatewayPorts(this, front, bus).serve());
                    registrations.add(bus.subscribe(Registry.SERVING_CHANGED, (news, call) -> apply(news.version())));
                    registrations.add(bus.subscribe(Compute.PLACEMENT_LOST, (news, call) -> {
                        chats.lost(news);
                        requests.lost(news);
                    }));
                    return bus.ask(Registry.SERVING, new ListServing(), Call.platform(ASK))
                            .compose(reply -> {
                                reply.versions().forEach(this::apply);
                                long tickMillis = Math.max(LEAST_TICK_MILLIS, (long)
                                        (1e3 / config.replicas().timeScale()));
                                ticker = vertx.setPeriodic(tickMillis, timer -> tick());
                                watch = vertx.setPeriodic(WATCH_MILLIS, timer -> watch());
                                return home.until(this::isSettled, SETTLE).onSuccess(settled -> {
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
        return home.call(() -> home.until(this::isIdle, Duration.ofSeconds(config.drainSeconds()))
                .compose(drained -> {
                    chats.close(CLOSING);
                    requests.close(CLOSING);
                    // those that were cut off still get their usage recorded
                    return home.until(this::isGone, ASK);
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

    /// Has those who name no version answered by these.
    public void routeVersions(VersionRouting routing) {
        chatAdmission.routeVersions(routing::instead);
    }

    /// Whether everything that is marked for serving had its chance to start.
    public boolean isReady() {
        return isReady;
    }

    @Override
    public ChatHandle chat(ChatRequest request, Call call, ChatListener listener) {
        return chatAdmission.begin(request, call, listener, closing());
    }

    @Override
    public Future<EmbedReply> embed(EmbedRequest request, Call call, ResponseHeaders headers) {
        return embeddingDispatch
                .embed(request, call, headers, closing().map(Refusal::asException))
                .map(priced -> priced.reply().priced(priced.costNanos()));
    }

    /// Why nothing is taken any more; empty where it is.
    private Optional<Refusal> closing() {
        return isClosing ? Optional.of(CLOSING) : Optional.empty();
    }

    /// What takes the time of pictures and sounds.
    public RequestService requests() {
        return requests;
    }

    @Override
    public Future<List<ServedModel>> models(Call call) {
        return listing.models(call);
    }

    /// What the gateway is doing now, all tenants together.
    Future<GatewayStatus> status() {
        return home.call(() -> {
            snapshot = look();
            return Future.succeededFuture(snapshot);
        });
    }

    /// Does something with a deployment, and tells what has become of it.
    Future<DeploymentControl.Deployed> at(String name, Consumer<Deployment> action) {
        return home.call(() -> {
            try {
                Deployment found = chats.named(name);
                action.accept(found);
                return Future.succeededFuture(new DeploymentControl.Deployed(
                        found.status(), found.faults().plan()));
            } catch (Refused refusal) {
                return Future.failedFuture(refusal);
            }
        });
    }

    /// Free and all KV blocks, over all replicas.
    Future<long[]> blocks() {
        return home.call(() -> Future.succeededFuture(chats.blocks()));
    }

    private void apply(ModelVersion version) {
        Optional<EmbeddingModel> embedding = Embeddings.modelOf(version);
        ServingSpec serving = version.serving();
        if (serving == null) {
            chats.retire(version);
            embeddings.retire(version);
            requests.retire(version);
        } else if (version.task() == Task.CHAT && serving.backend() == Backend.SIMULATED) {
            chats.serve(version);
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

    /// In the background: the first chats do without it on a thread that may wait.
    private void loadTokens() {
        vertx.executeBlocking(() -> {
                    Tokens.load();
                    return true;
                })
                .onFailure(failure -> LOG.error("the token vocabulary cannot be loaded", failure));
    }

    private void tick() {
        chats.tick();
        requests.tick();
    }

    private void watch() {
        snapshot = look();
        Map<String, Double> busy = new HashMap<>();
        chats.takeActivity(busy);
        requests.takeActivity(busy);
        if (!busy.isEmpty()) {
            bus.publish(Compute.DEVICE_ACTIVITY, new DeviceActivity(busy), Call.platform(ASK));
        }
    }

    private GatewayStatus look() {
        var deployments = new ArrayList<DeploymentStatus>(chats.status());
        deployments.addAll(embeddings.status());
        deployments.addAll(rerankers.status());
        deployments.addAll(requests.status());
        deployments.sort(Comparator.comparing(DeploymentStatus::model).thenComparing(DeploymentStatus::version));
        return new GatewayStatus(chatAdmission.refused() + embeddingDispatch.refused(), deployments, ended.latest());
    }

    private boolean isSettled() {
        return chats.areSettled() && requests.isSettled();
    }

    private boolean isIdle() {
        return chats.areIdle()
                && embeddings.underWay() == 0
                && rerankers.underWay() == 0
                && requests.isIdle()
                && ended.areRecorded();
    }

    private boolean isGone() {
        return chats.areGone() && requests.isGone() && ended.areRecorded();
    }

    private void booked(Ended request) {
        if (chats.count(request)) {
            versionMeters.ended(request);
        }
        requests.count(request.reference(), request.promptTokens(), request.completionTokens());
    }
}
