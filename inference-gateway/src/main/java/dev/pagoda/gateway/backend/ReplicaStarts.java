package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.Artefacts;
import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.compute.api.ReleaseGang;
import dev.pagoda.compute.api.StartTimes;
import dev.pagoda.gateway.ReplicaConfig;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaState;
import dev.pagoda.gateway.backend.SimulatedReplica.Blueprint;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.LpuStepTime;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ServingSpec;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How the replicas of one deployment come to be: devices from compute, image and weights, warm-up; and how they give
/// the devices back.
///
/// Belongs to the deployments' context.
final class ReplicaStarts {
    /// Who has the replicas.
    interface Owner {
        /// A replica takes requests from now on.
        void onReady(Replica replica);

        /// A replica got no devices, or none that the model fits.
        void onUnplaced(Replica replica);

        /// A replica has lived its time.
        void onDoom(Replica replica);
    }

    /// Replicas that were started on nodes that had nothing, and on those that had the weights.
    record Made(int cold, int hot) {}

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaStarts.class);
    /// What engines run in: about the size of vLLM's image in 2025, packed.
    private static final String IMAGE = "vllm/vllm-openai:v0.19";

    private static final long IMAGE_BYTES = 9_000_000_000L;

    /// Compiling, capturing graphs and measuring memory; vLLM logs 20 to 60 s without its caches, a third with them.
    private static final long COLD_WARM_UP_NANOS = Duration.ofSeconds(30).toNanos();

    private static final long HOT_WARM_UP_NANOS = Duration.ofSeconds(10).toNanos();

    /// From the host's memory to each device, about what PCIe 4 gives.
    private static final double LINK_BYTES_PER_SECOND = 25e9;

    /// From the node's disks, as compute has it.
    private static final double DISK_BYTES_PER_SECOND = 12e9;

    private static final Duration ASK = Duration.ofSeconds(10);
    private static final long RETRY_NANOS = Duration.ofSeconds(2).toNanos();

    private final DeploymentSurroundings around;
    private final Owner owner;
    private final SimulatedReplica.Owner jobs;
    private final Random random;
    private final String kind;
    private final MediaCache media = new MediaCache();

    private ModelVersion version;
    private ServingSpec serving;
    private int named;
    private int cold;
    private int hot;
    /// Questions to compute that are not answered.
    private int asked;

    /// Real time.
    private long nextPlacementNanos;

    private String trouble = "";
    private double startSeconds;

    /// @param kind goes before the number in replicas' names
    ReplicaStarts(
            DeploymentSurroundings around,
            Owner owner,
            SimulatedReplica.Owner jobs,
            ModelVersion version,
            String kind) {
        this.kind = kind;
        this.around = around;
        this.owner = owner;
        this.jobs = jobs;
        this.version = version;
        this.serving = Objects.requireNonNull(version.serving(), "serving");
        this.random = new Random(version.reference().hashCode());
        this.nextPlacementNanos = realNow();
    }

    void specify(ModelVersion next) {
        version = next;
        serving = Objects.requireNonNull(next.serving(), "serving");
    }

    void retryNow() {
        nextPlacementNanos = realNow();
    }

    boolean mayPlace() {
        return realNow() - nextPlacementNanos >= 0;
    }

    String trouble() {
        return trouble;
    }

    void noTrouble() {
        trouble = "";
    }

    /// The engines' time that a start took last.
    double startSeconds() {
        return startSeconds;
    }

    Made made() {
        return new Made(cold, hot);
    }

    boolean isQuiet() {
        return asked == 0;
    }

    /// Asks for the devices of a new replica.
    Replica place(int generation) {
        String name = version.model() + "-" + version.version() + "-" + kind + ++named;
        var replica =
                new Replica(around.nextReplica().getAsLong(), name, generation, now(), this::staged, owner::onDoom);
        var architecture = ReplicaModel.architecture(version.architecture());
        int stepTokens = around.config().stepTokens();
        int maxSequences = around.config().maxSequences();
        var blueprint = new Blueprint(
                version.model(),
                Integer.toString(version.version()),
                architecture,
                serving.devicesPerReplica(),
                stepTokens,
                maxSequences,
                maxSequences + ChatRequest.MAX_CHOICES,
                host(config().engine()),
                rules(config()),
                config().kvCacheMetrics() ? config().kvCacheMetricsSample() : 0,
                config().enableMfuMetrics());
        // their chips are many and small, and no node holds all of a model's
        boolean onLpus = !serving.accelerators().isEmpty()
                && serving.accelerators().stream().allMatch(LpuStepTime::isLpu);
        var gang = new PlaceGang(
                "gateway/" + name,
                serving.devicesPerReplica(),
                onLpus ? 0 : KvCapacity.bytesPerDevice(architecture, serving.devicesPerReplica(), stepTokens),
                serving.accelerators(),
                !onLpus,
                new Artefacts(IMAGE, IMAGE_BYTES, version.reference(), (long) architecture.weightBytes()));
        ask(Compute.PLACE, gang)
                .onSuccess(placed -> placed(replica, blueprint, placed))
                .onFailure(failure -> notPlaced(replica, failure));
        return replica;
    }

    static HostTime host(ReplicaConfig.Profile engine) {
        return switch (engine) {
            case VLLM -> HostTime.VLLM;
            case VLLM_SYNCHRONOUS -> HostTime.VLLM_SYNCHRONOUS;
            case SGLANG -> HostTime.SGLANG;
            case TENSORRT_LLM -> HostTime.TENSORRT_LLM;
        };
    }

    static EngineRules rules(ReplicaConfig config) {
        EngineRules rules = switch (config.engine()) {
            case VLLM, SGLANG, TENSORRT_LLM -> EngineRules.VLLM;
            case VLLM_SYNCHRONOUS -> EngineRules.SYNCHRONOUS;
        };
        return rules.withDrafts(config.draftTokens(), config.draftAcceptance()).withAdapterSlots(config.adapterSlots());
    }

    private void placed(Replica replica, Blueprint blueprint, Placed placed) {
        if (replica.isGone) {
            release(placed);
            return;
        }
        var surroundings = new SimulatedReplica.Surroundings(
                around.clock(), around.timer(), around.outbox(), around.metrics(), media, jobs);
        SimulatedReplica engine;
        try {
            engine = new SimulatedReplica(replica.number, replica.name, blueprint, placed, surroundings);
        } catch (IllegalArgumentException unfit) {
            release(placed);
            notPlaced(replica, unfit);
            return;
        }
        replica.engine = engine;
        StartTimes start = placed.start();
        replica.startsHot = start.imageHot() && start.weightsHot();
        if (replica.startsHot) {
            hot++;
        } else {
            cold++;
        }
        long fetchNanos = TimeUnit.MILLISECONDS.toNanos(start.totalMillis());
        replica.warmUpNanos = shortened(replica.startsHot ? HOT_WARM_UP_NANOS : COLD_WARM_UP_NANOS);
        startSeconds = (shortened(fetchNanos) + replica.warmUpNanos) / 1e9;
        next(replica, ReplicaState.FETCHING, shortened(fetchNanos));
    }

    /// A part of the start is over.
    private void staged(Replica replica) {
        if (replica.is(ReplicaState.FETCHING)) {
            next(replica, ReplicaState.WARMING, replica.warmUpNanos);
        } else {
            ready(replica);
        }
    }

    /// Has a sleeping replica take its memory again.
    void wake(Replica replica) {
        SimulatedReplica engine = replica.engine();
        double seconds = replica.sleepLevel == 1
                ? engine.weightBytes() / engine.placed().devices().size() / LINK_BYTES_PER_SECOND
                : engine.weightBytes() / DISK_BYTES_PER_SECOND;
        next(replica, ReplicaState.WAKING, shortened(Math.round(seconds * 1e9)));
    }

    private void next(Replica replica, ReplicaState state, long nanos) {
        replica.become(state, now());
        around.timer().set(replica.stage, now() + nanos);
    }

    private void ready(Replica replica) {
        boolean woke = replica.is(ReplicaState.WAKING);
        replica.become(ReplicaState.READY, now());
        replica.sleepLevel = 0;
        replica.engine().wake();
        trouble = "";
        Placed placed = replica.engine().placed();
        LOG.info(
                "replica {} {} on {} x {}",
                replica.name,
                woke ? "is awake" : "is ready",
                placed.devices().size(),
                placed.accelerator().id());
        if (config().meanCrashMinutes() > 0 && !replica.doom.isSet()) {
            double minutes = -Math.log(1 - random.nextDouble()) * config().meanCrashMinutes();
            around.timer().set(replica.doom, now() + (long) (minutes * 60e9));
        }
        owner.onReady(replica);
    }

    private void notPlaced(Replica replica, Throwable failure) {
        if (!replica.isGone) {
            owner.onUnplaced(replica);
        }
        nextPlacementNanos = realNow() + RETRY_NANOS;
        String why = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
        if (!why.equals(trouble)) {
            LOG.warn("model {} gets no further replica: {}", version.model(), why);
        }
        trouble = why;
    }

    /// Gives the devices of a replica back.
    void giveBack(Replica replica) {
        release(replica.engine().placed());
    }

    private void release(Placed placed) {
        ask(Compute.RELEASE, new ReleaseGang(placed.placementId()))
                .onFailure(failure -> LOG.warn(
                        "placement {} of model {} was not released: {}",
                        placed.placementId(),
                        version.model(),
                        failure.getMessage()));
    }

    private <Q extends Record, R extends Record> Future<R> ask(Port<Q, R> port, Q question) {
        asked++;
        return around.bus().ask(port, question, Call.platform(ASK)).onComplete(answered -> asked--);
    }

    private long shortened(long nanosInLife) {
        return (long) (nanosInLife * config().startShare());
    }

    private ReplicaConfig config() {
        return around.config().replicas();
    }

    private long now() {
        return around.clock().nanos();
    }

    private long realNow() {
        return around.clock().real().getAsLong();
    }
}
