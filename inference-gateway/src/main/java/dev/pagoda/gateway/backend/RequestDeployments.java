package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.backend.RequestDeployment.Spec;
import dev.pagoda.gateway.model.EncoderTime;
import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestModels;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelArchitecture;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ServingSpec;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// The served models that answer requests as a whole: those of [RequestModels] as soon as somebody asks for them, and
/// registered encoders on simulated devices.
///
/// [#serve] is safe from any thread and completes on the caller's context; the rest belongs to the deployments'
/// context.
final class RequestDeployments implements RequestService {
    private static final int MOST_REPLICAS = 4;

    private final Vertx vertx;
    private final Context home;
    private final DeploymentSurroundings around;
    private final MeterRegistry meters;
    private final Map<String, RequestDeployment> deployments = new TreeMap<>();
    private final Map<String, Meters> metersByModel = new ConcurrentHashMap<>();

    private record Meters(Timer queued, Timer worked) {}

    RequestDeployments(Vertx vertx, Context home, DeploymentSurroundings around, MeterRegistry meters) {
        this.vertx = vertx;
        this.home = home;
        this.around = around;
        this.meters = meters;
    }

    @Override
    public Future<Served> serve(String model, RequestModel.Kind kind, RequestWork work, Call call, Future<Void> left) {
        Optional<RequestModel> known = RequestModels.find(model);
        if (known.isEmpty()) {
            return Future.failedFuture(new Refused(
                    Reason.NOT_FOUND, "model_not_found", "The model '" + shown(model) + "' does not exist"));
        }
        if (known.get().kind() != kind) {
            return Future.failedFuture(misplaced(model, known.get(), kind.products()));
        }
        return ask(new Spec(known.get().name(), "", known.get(), 0, MOST_REPLICAS, List.of()), work, call, left);
    }

    /// The models that are known by name, and the names of others that stand for one.
    static List<ServedModel> known() {
        return RequestModels.names().stream().map(ServedModel::simulated).toList();
    }

    /// The refusal of a model that makes something else.
    static Refused misplaced(String model, RequestModel known, String wanted) {
        return new Refused(
                Reason.INVALID,
                "model_not_supported",
                "model " + shown(model) + " makes " + known.kind().products() + ", not " + wanted);
    }

    private static String shown(String model) {
        return model.length() > 200 ? model.substring(0, 200) : model;
    }

    /// Serves a registered encoder.
    Future<Served> embed(ModelVersion version, RequestWork.Texts work, Call call, Future<Void> left) {
        return ask(spec(version), work, call, left);
    }

    private Future<Served> ask(Spec spec, RequestWork work, Call call, Future<Void> left) {
        Promise<Served> promise = Promise.promise();
        Promise<Void> leftHere = Promise.promise();
        left.onSuccess(gone -> home.runOnContext(v -> leftHere.complete()));
        Context asker = vertx.getOrCreateContext();
        home.runOnContext(v -> deployments
                .computeIfAbsent(key(spec), name -> new RequestDeployment(around, spec))
                .serve(work, call, leftHere.future())
                .onSuccess(served -> meter(spec.name(), served))
                .onComplete(done -> asker.runOnContext(back -> {
                    if (done.succeeded()) {
                        promise.complete(done.result());
                    } else {
                        promise.fail(done.cause());
                    }
                })));
        return promise.future();
    }

    private void meter(String model, Served served) {
        Meters of = metersByModel.computeIfAbsent(
                model,
                name -> new Meters(
                        timer("pagoda.gateway.request.queue", "Wait of requests that are answered as a whole", name),
                        timer("pagoda.gateway.request.work", "Work on requests that are answered as a whole", name)));
        of.queued.record(Duration.ofNanos(served.queuedNanos()));
        of.worked.record(Duration.ofNanos(served.workedNanos()));
    }

    private Timer timer(String name, String description, String model) {
        return Timer.builder(name).description(description).tag("model", model).register(meters);
    }

    private static String key(Spec spec) {
        return spec.name() + ":" + spec.version();
    }

    /// What a registered encoder is.
    static RequestModel.Encoder model(ModelVersion version) {
        ModelArchitecture shape = version.architecture();
        return new RequestModel.Encoder(
                RequestModel.Kind.EMBEDDING,
                new EncoderTime.Shape(
                        version.model(),
                        shape.layers(),
                        shape.hidden(),
                        shape.intermediate(),
                        shape.context(),
                        shape.dtype().bytes()),
                shape.weightBytes());
    }

    private static Spec spec(ModelVersion version) {
        ServingSpec serving = Objects.requireNonNull(version.serving(), "serving");
        return new Spec(
                version.model(),
                Integer.toString(version.version()),
                model(version),
                serving.minReplicas(),
                serving.maxReplicas(),
                serving.accelerators());
    }

    void apply(ModelVersion version) {
        Spec spec = spec(version);
        RequestDeployment present = deployments.get(key(spec));
        if (present == null) {
            deployments.put(key(spec), new RequestDeployment(around, spec));
        } else {
            present.specify(spec);
        }
    }

    void retire(ModelVersion version) {
        Optional.ofNullable(deployments.get(version.reference())).ifPresent(RequestDeployment::retire);
    }

    /// A request has ended.
    ///
    /// @param reference of the deployment: its name and version
    void count(String reference, int promptTokens, int completionTokens) {
        RequestDeployment deployment = deployments.get(reference);
        if (deployment != null) {
            deployment.count(promptTokens, completionTokens);
        }
    }

    void lost(PlacementLost news) {
        deployments.values().forEach(each -> each.lost(news));
    }

    void tick() {
        deployments.values().forEach(RequestDeployment::tick);
        deployments.values().removeIf(RequestDeployment::isGone);
    }

    void takeActivity(Map<String, Double> busy) {
        deployments.values().forEach(each -> each.takeActivity(busy));
    }

    List<DeploymentStatus> status() {
        return deployments.values().stream().map(RequestDeployment::status).toList();
    }

    boolean isSettled() {
        return deployments.values().stream().allMatch(RequestDeployment::isSettled);
    }

    boolean isIdle() {
        return deployments.values().stream().allMatch(each -> each.inFlight() == 0);
    }

    boolean isGone() {
        return deployments.values().stream().allMatch(RequestDeployment::isGone);
    }

    void close(Refusal why) {
        deployments.values().forEach(each -> each.close(why));
    }
}
