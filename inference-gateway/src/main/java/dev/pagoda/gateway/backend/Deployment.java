package dev.pagoda.gateway.backend;

import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.DRAINING;
import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.READY;

import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.ReplicaConfig;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.limit.AdmissionQueue;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ServingSpec;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A served chat model: the requests that wait for its replicas, who takes them, and how many there should be.
///
/// A request waits in the deployment's own queue until a replica has places for all its choices, so that a new
/// replica helps those who wait already. A replica that lost its devices gives its requests back to the head of the
/// queue, and another goes on where it stopped.
///
/// Belongs to the deployments' context.
final class Deployment implements ReplicaSet.Owner, PrefillStage.Next, JobDispatch.Owner {
    /// What all deployments share.
    ///
    /// @param clock       the engines' time, and the real one
    /// @param nextReplica numbers for replicas, none twice
    record Surroundings(
            Vertx vertx,
            Bus bus,
            EngineClock clock,
            StepTimer timer,
            Outbox outbox,
            VllmMetrics metrics,
            GatewayConfig config,
            LongSupplier nextReplica,
            ToIntFunction<String> weights) {}

    private static final Logger LOG = LoggerFactory.getLogger(Deployment.class);

    private final Surroundings around;
    private final ReplicaSet replicas;
    private final AdmissionQueue<ChatJob> queue;
    private final JobFlows flows;
    private final LiveScaling scaling;
    private final JobRouting routing;
    /// Empty where replicas read prompts and go on from them alike.
    private final Optional<PrefillStage> prefill;
    private final ReplicaKinds kinds;
    private final JobDispatch dispatch;

    private ModelVersion version;
    private ServingSpec serving;
    private FaultPlan faults = FaultPlan.NONE;
    private Random chance = new Random(0);
    /// Why the specification is not followed to the letter; empty when it is.
    private String misfit = "";

    private int inFlight;
    private boolean isRetired;
    /// What the metrics know to wait.
    private int queuedTold;

    private long requests;
    private long promptTokens;
    private long completionTokens;

    /// @param version with a serving specification
    Deployment(Surroundings around, ModelVersion version) {
        this.around = around;
        this.version = version;
        this.serving = Objects.requireNonNull(version.serving(), "serving");
        this.queue = new AdmissionQueue<>(around.config().maxQueued());
        this.flows = new JobFlows(around.weights());
        this.routing = new JobRouting(replicaConfig(), around.clock());
        this.scaling =
                new LiveScaling(LiveScaling.rule("", replicaConfig().autoscaler(), serving.targetConcurrency()), now());
        this.replicas = new ReplicaSet(around, this, version);
        this.prefill = serving.prefillReplicas() == 0
                ? Optional.empty()
                : Optional.of(new PrefillStage(around, this, routing, replicas, version));
        this.kinds = new ReplicaKinds(replicas, prefill.map(PrefillStage::readers));
        this.dispatch = new JobDispatch(queue, routing, kinds, prefill, this);
        follow();
    }

    /// Serves the version as it is specified now.
    void serve(ModelVersion next) {
        isRetired = false;
        version = next;
        serving = Objects.requireNonNull(next.serving(), "serving");
        follow();
        replicas.specify(next);
        prefill.ifPresent(stage -> stage.readers().specify(next));
        reconcile();
    }

    /// Routes and scales as the specification says, or as usual where it names what there is not.
    private void follow() {
        misfit = "";
        Routing wanted = JobRouting.usual(replicaConfig());
        var rule = LiveScaling.rule("", replicaConfig().autoscaler(), serving.targetConcurrency());
        try {
            wanted = serving.routing().isEmpty() ? wanted : Routing.named(serving.routing());
            rule = LiveScaling.rule(serving.autoscaler(), replicaConfig().autoscaler(), serving.targetConcurrency());
        } catch (IllegalArgumentException unknown) {
            misfit = String.valueOf(unknown.getMessage());
            LOG.warn("model {} is served as usual: {}", version.model(), misfit);
        }
        if ((serving.prefillReplicas() > 0) != prefill.isPresent()) {
            misfit = "prefill_replicas go from none to some, and back, when the model is served anew";
        }
        routing.follow(wanted);
        scaling.follow(rule);
    }

    /// Serves no more, once what it took on is done.
    void retire() {
        isRetired = true;
        reconcile();
    }

    int contextTokens() {
        return version.architecture().context();
    }

    int inFlight() {
        return inFlight;
    }

    /// Whether a retired deployment holds nothing any more, and compute knows.
    boolean isGone() {
        return isRetired && kinds.areGone() && inFlight == 0;
    }

    /// Whether as many replicas are ready as there should be at least, or it is known why not.
    boolean isSettled() {
        boolean hasReaders = prefill.map(stage -> stage.readers().count(READY) >= serving.prefillReplicas())
                .orElse(true);
        return (hasReaders && replicas.count(READY) >= serving.minReplicas())
                || !kinds.trouble().isEmpty();
    }

    /// Keeps a place for a chat that is being planned; [#enter] or [#withdraw] must follow.
    ///
    /// @throws Refused if too many wait and none of them is due less, or there is no replica and none in sight
    void admit(ChatSession session) {
        if (isRetired) {
            throw ChatRefusals.retired(version).asException();
        }
        for (ReplicaSet set : kinds.all()) {
            if (set.count(READY) == 0 && set.starting() == 0 && !set.trouble().isEmpty()) {
                throw ChatRefusals.noReplica(version, set.trouble()).asException();
            }
            if (set.allBroken()) {
                throw ChatRefusals.failing(version).asException();
            }
        }
        int elsewhere = kinds.sum(SimulatedReplica::waiting);
        if (!queue.reserve(elsewhere) && !(shed(session) && queue.reserve(elsewhere))) {
            metrics().rejected();
            throw ChatRefusals.full(
                            version,
                            queue.size(),
                            around.config().maxQueued(),
                            queue.retryAfterSeconds(elsewhere, realNow()))
                    .asException();
        }
        inFlight++;
        if (replicas.count(READY) == 0) {
            reconcile();
        }
    }

    /// Refuses somebody who waits and is due less than a newcomer.
    private boolean shed(ChatSession newcomer) {
        Optional<ChatJob> victim = queue.shed(flows.of(newcomer, 0));
        victim.ifPresent(job -> {
            metrics().rejected();
            fail(job, ChatRefusals.shed(version, queue.retryAfterSeconds(0, realNow())));
        });
        return victim.isPresent();
    }

    /// A chat that was admitted is planned, and waits.
    void enter(ChatJob job) {
        RequestFault asked = RequestFault.asked(job.session.request().hints());
        RequestFault fault = asked.equals(RequestFault.NONE) ? faults.draw(chance) : asked;
        job.doom(fault);
        switch (fault.kind()) {
            case ERROR -> {
                withdraw();
                job.fail(around.outbox(), fault.refusal());
                around.outbox().flush();
            }
            case DELAY ->
                around.vertx().setTimer(fault.delayMillis(), later -> {
                    if (job.isOver) {
                        withdraw();
                    } else {
                        queue(job);
                    }
                });
            case NONE, CUT, KILL -> queue(job);
        }
    }

    private void queue(ChatJob job) {
        job.isEntered = true;
        queue.enter(job, flows.of(job.session, job.promptTokens()));
        scaling.meter().arrived(job.promptTokens(), age());
        pump();
        around.outbox().flush();
    }

    /// A chat that was admitted will not come.
    void withdraw() {
        queue.forfeit();
        inFlight--;
    }

    /// Frees what a chat holds, whether it waits or runs.
    void release(ChatJob job) {
        if (job.isOver) {
            return;
        }
        job.isOver = true;
        if (!job.isEntered) {
            return; // its planner will find it over, and withdraw
        }
        dispatch.drop(job);
        left();
        pump();
        around.outbox().flush();
    }

    /// A request of this version has ended.
    void count(int prompt, int completion) {
        requests++;
        promptTokens += prompt;
        completionTokens += completion;
    }

    /// Adds by placement how busy each engine was since it was last asked.
    void takeActivity(Map<String, Double> busy) {
        kinds.takeActivity(busy);
    }

    /// Looks after itself; called about once a second of the engines' time.
    void tick() {
        dispatch.expire();
        kinds.endDead(TimeUnit.SECONDS.toNanos(replicaConfig().stallSeconds()));
        List<SimulatedReplica> placed = replicas.placed();
        scaling.read(
                replicaConfig(),
                placed.isEmpty()
                        ? Optional.empty()
                        : Optional.of(placed.getLast().profile()),
                replicas.startSeconds(),
                now(),
                replicas.starting(),
                replicas.count(READY) == 0 ? queue.size() : 0,
                replicas.loads());
        reconcile();
        pump();
        around.outbox().flush();
    }

    void lost(PlacementLost news) {
        kinds.lose(news.placementId(), news.failedNode());
        onReady();
    }

    /// Ends every request with a refusal, and gives the devices back.
    void close(Refusal why) {
        isRetired = true;
        replicas.close();
        prefill.ifPresent(PrefillStage::close);
        for (Optional<ChatJob> job = queue.poll(); job.isPresent(); job = queue.poll()) {
            fail(job.get(), why);
        }
        around.outbox().flush();
    }

    @Override
    public void onReady() {
        reconcile();
        pump();
        around.outbox().flush();
    }

    @Override
    public void onGone(long replica, List<ChatJob> left) {
        dispatch.later().gone(replica, left);
        left.reversed().forEach(queue::putBack);
    }

    @Override
    public void again(ChatJob job) {
        if (isRetired && replicas.isEmpty()) {
            fail(job, ChatRefusals.retired(version));
        } else {
            queue.putBack(job);
        }
    }

    @Override
    public void refuse(ChatJob job, Admission.Why why, SimulatedReplica replica) {
        fail(job, ChatRefusals.of(why, version, replica));
    }

    @Override
    public void onFirstToken(SimulatedReplica replica, ChatJob job, long atNanos) {
        scaling.meter().firstToken(Math.max(0, atNanos - around.clock().of(job.session.arrivedNanos())));
        dispatch.later().answered(job, replicas, replica);
    }

    @Override
    public void onNextToken(long gapNanos) {
        scaling.meter().nextToken(gapNanos);
    }

    @Override
    public void onTrapped(SimulatedReplica replica, ChatJob job) {
        switch (job.fault().kind()) {
            case CUT -> {
                if (job.replica != null) {
                    job.replica.drop(job);
                    fail(job, job.fault().refusal());
                }
            }
            case KILL -> {
                replicas.find(replica).ifPresent(each -> replicas.crash(each, "was killed by a request"));
                around.vertx().runOnContext(later -> onReady());
            }
            case NONE, ERROR, DELAY -> {}
        }
    }

    @Override
    public void onDone(SimulatedReplica replica, ChatJob job, long atNanos) {
        dispatch.later().answered(job, replicas, replica);
        inFlight--;
        scaling.meter().finished(job.madeTokens(), age());
        queue.departed(realNow());
    }

    @Override
    public void onProgress() {
        pump();
        if (isRetired || kinds.isDraining()) {
            reconcile();
        }
    }

    /// @throws Refused if there is none of this name
    Replica replica(String name) {
        return kinds.find(name)
                .orElseThrow(() -> new Refused(
                        Reason.NOT_FOUND,
                        "replica_not_found",
                        "model " + version.reference() + " has no replica " + name));
    }

    void crash(Replica replica) {
        kinds.of(replica).crash(replica, "is made to crash");
        onReady();
    }

    void dismiss(Replica replica) {
        kinds.of(replica).dismiss(replica);
        onReady();
    }

    /// @return false when it is not awake
    boolean sleep(Replica replica, int level) {
        boolean slept = kinds.of(replica).sleep(replica, level);
        onReady();
        return slept;
    }

    /// @return false when it does not sleep
    boolean wake(Replica replica) {
        boolean woke = kinds.of(replica).wake(replica);
        onReady();
        return woke;
    }

    void fault(Replica replica, Replica.Fault fault) {
        kinds.of(replica).fault(replica, fault);
        onReady();
    }

    /// Has this befall requests from now on.
    @SuppressWarnings("ReferenceEquality") // a plan set since has a time of its own, even an equal one
    void befall(FaultPlan plan) {
        faults = plan;
        chance = new Random(plan.seed());
        if (plan.forSeconds() > 0) {
            around.vertx().setTimer(plan.forSeconds() * 1_000L, later -> {
                if (faults == plan) {
                    faults = FaultPlan.NONE;
                }
            });
        }
    }

    FaultPlan faults() {
        return faults;
    }

    String model() {
        return version.model();
    }

    /// KV blocks that nobody holds, over all replicas, and all of them.
    long[] blocks() {
        return new long[] {kinds.sum(SimulatedReplica::freeBlocks), kinds.sum(SimulatedReplica::blocks)};
    }

    DeploymentStatus status() {
        return new DeploymentStatus(
                version.model(),
                Integer.toString(version.version()),
                GatewayStatus.Backend.SIMULATED,
                kinds.starting(),
                kinds.count(READY),
                kinds.count(DRAINING),
                wanted() + wantedReaders(),
                kinds.sum(SimulatedReplica::running),
                queue.size()
                        + kinds.sum(SimulatedReplica::waiting)
                        + prefill.map(PrefillStage::underWay).orElse(0),
                requests,
                promptTokens,
                completionTokens,
                kinds.sum(replica -> replica.placed().devices().size()),
                kinds.kvUsage(),
                kinds.trouble().isEmpty() ? misfit : kinds.trouble(),
                routing.label(),
                scaling.label(),
                kinds.made().cold(),
                kinds.made().hot(),
                kinds.crashes(),
                kinds.status());
    }

    private void reconcile() {
        replicas.reconcile(wanted(), inFlight > 0);
        prefill.ifPresent(stage -> stage.readers().reconcile(wantedReaders(), inFlight > 0));
    }

    /// As many as are specified, for as long as somebody could go on from them.
    private int wantedReaders() {
        if (prefill.isEmpty()) {
            return 0;
        }
        int specified = Math.max(1, serving.prefillReplicas());
        return isRetired ? Math.min(1, inFlight) : wanted() == 0 ? 0 : specified;
    }

    private int wanted() {
        if (isRetired) {
            return inFlight > 0 ? 1 : 0;
        }
        int asked = scaling.decided().orElse(0);
        return Math.clamp(Math.max(asked, inFlight > 0 ? 1 : 0), serving.minReplicas(), serving.maxReplicas());
    }

    /// Sends those who wait to replicas that have room, in the queue's order.
    private void pump() {
        if (!dispatch.pump()) {
            return;
        }
        int waiting = queue.size();
        metrics().queuedForAny(waiting - queuedTold);
        queuedTold = waiting;
    }

    @Override
    public void fail(ChatJob job, Refusal why) {
        if (!job.isOver) {
            job.fail(around.outbox(), why);
            left();
        }
    }

    private void left() {
        inFlight--;
        scaling.meter().left(age());
        queue.departed(realNow());
    }

    /// Those of the model's first engine.
    private EngineMetrics metrics() {
        return around.metrics().first(version.model(), SimulatedReplica.facts(contextTokens(), 0));
    }

    private ReplicaConfig replicaConfig() {
        return around.config().replicas();
    }

    private long age() {
        return scaling.age(now());
    }

    private long now() {
        return around.clock().nanos();
    }

    private long realNow() {
        return around.clock().real().getAsLong();
    }
}
