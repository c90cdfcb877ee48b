package dev.pagoda.gateway.backend;

import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.READY;

import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.gateway.ReplicaConfig;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.limit.AdmissionQueue;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ServingSpec;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
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
    private static final Logger LOG = LoggerFactory.getLogger(Deployment.class);

    private final DeploymentSurroundings around;
    private final ReplicaSet replicas;
    private final AdmissionQueue<ChatJob> queue;
    private final LiveScaling scaling;
    private final JobRouting routing;
    /// Empty where replicas read prompts and go on from them alike.
    private final Optional<PrefillStage> prefill;
    private final ReplicaKinds kinds;
    private final JobDispatch dispatch;
    private final ChatIntake intake;
    private final ReplicaTarget target;
    private final ReplicaCommands commands;
    private final FaultInjection faults;
    private final DeploymentReport report;

    private ModelVersion version;
    private ServingSpec serving;
    /// Why the specification is not followed to the letter; empty when it is.
    private String misfit = "";

    private boolean isRetired;

    /// @param version with a serving specification
    Deployment(DeploymentSurroundings around, ModelVersion version) {
        this.around = around;
        this.version = version;
        this.serving = Objects.requireNonNull(version.serving(), "serving");
        this.queue = new AdmissionQueue<>(around.config().maxQueued());
        this.routing = new JobRouting(replicaConfig(), around.clock());
        this.scaling =
                new LiveScaling(LiveScaling.rule("", replicaConfig().autoscaler(), serving.targetConcurrency()), now());
        this.replicas = new ReplicaSet(around, this, version);
        this.prefill = serving.prefillReplicas() == 0
                ? Optional.empty()
                : Optional.of(new PrefillStage(around, this, routing, replicas, version));
        this.kinds = new ReplicaKinds(replicas, prefill.map(PrefillStage::readers));
        this.dispatch = new JobDispatch(queue, routing, kinds, prefill, this);
        this.intake = new ChatIntake(around, queue, kinds, this::metrics, this::fail);
        this.target = new ReplicaTarget(scaling, prefill.isPresent(), serving);
        this.commands = new ReplicaCommands(version.reference(), kinds, this::onReady);
        this.faults = new FaultInjection(around.vertx());
        this.report = new DeploymentReport(kinds, routing, scaling);
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
        var rules = ServingRules.of(serving, replicaConfig());
        misfit = rules.misfit();
        if (!misfit.isEmpty()) {
            LOG.warn("model {} is served as usual: {}", version.model(), misfit);
        }
        if ((serving.prefillReplicas() > 0) != prefill.isPresent()) {
            misfit = "prefill_replicas go from none to some, and back, when the model is served anew";
        }
        routing.follow(rules.routing());
        scaling.follow(rules.scaling());
        target.follow(serving);
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
        return intake.inFlight();
    }

    /// Whether a retired deployment holds nothing any more, and compute knows.
    boolean isGone() {
        return isRetired && kinds.areGone() && inFlight() == 0;
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
        intake.reserve(session, version);
        if (replicas.count(READY) == 0) {
            reconcile();
        }
    }

    /// A chat that was admitted is planned, and waits.
    void enter(ChatJob job) {
        RequestFault fault = faults.draw(job.session.request());
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
        intake.enter(job);
        scaling.meter().arrived(job.promptTokens(), age());
        pump();
        around.outbox().flush();
    }

    /// A chat that was admitted will not come.
    void withdraw() {
        intake.forfeit();
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
        report.count(prompt, completion);
    }

    /// Adds by placement how busy each engine was since it was last asked.
    void takeActivity(Map<String, Double> busy) {
        kinds.takeActivity(busy);
    }

    /// Looks after itself; called about once a second of the engines' time.
    void tick() {
        dispatch.expire();
        kinds.endDead(TimeUnit.SECONDS.toNanos(replicaConfig().stallSeconds()));
        scaling.read(replicaConfig(), replicas, queue.size(), now());
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
        intake.left();
        scaling.meter().finished(job.madeTokens(), age());
    }

    @Override
    public void onProgress() {
        pump();
        if (isRetired || kinds.isDraining()) {
            reconcile();
        }
    }

    /// What is done to single replicas by command.
    ReplicaCommands commands() {
        return commands;
    }

    /// What befalls requests.
    FaultInjection faults() {
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
        return report.status(
                version,
                wanted() + wantedReaders(),
                queue.size() + prefill.map(PrefillStage::underWay).orElse(0),
                misfit);
    }

    private void reconcile() {
        replicas.reconcile(wanted(), inFlight() > 0);
        prefill.ifPresent(stage -> stage.readers().reconcile(wantedReaders(), inFlight() > 0));
    }

    private int wanted() {
        return target.makers(isRetired, inFlight());
    }

    private int wantedReaders() {
        return target.readers(isRetired, inFlight());
    }

    /// Sends those who wait to replicas that have room, in the queue's order.
    private void pump() {
        if (dispatch.pump()) {
            intake.tellQueued();
        }
    }

    @Override
    public void fail(ChatJob job, Refusal why) {
        if (!job.isOver) {
            job.fail(around.outbox(), why);
            left();
        }
    }

    private void left() {
        intake.left();
        scaling.meter().left(age());
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
}
