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
import dev.pagoda.gateway.limit.Flow;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.route.Choice;
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
final class Deployment implements ReplicaSet.Owner {
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

    private static final int UNAVAILABLE_RETRY_SECONDS = 5;
    private static final int BROKEN_RETRY_SECONDS = 30;
    /// What an answer without a bound is taken to cost.
    private static final int OPEN_ANSWER_TOKENS = 256;
    /// A service tier counts more than any priority a client is likely to name.
    private static final int TIER_RANK = 1_000_000;
    /// Replicas that may refuse a request before its client hears of it.
    private static final int MOST_REFUSALS = 4;

    private static final Logger LOG = LoggerFactory.getLogger(Deployment.class);

    private final Surroundings around;
    private final ReplicaSet replicas;
    private final AdmissionQueue<ChatJob> queue;
    private final LiveScaling scaling;
    private final JobRouting routing;

    private ModelVersion version;
    private ServingSpec serving;
    private FaultPlan faults = FaultPlan.NONE;
    private Random chance = new Random(0);
    /// Why the specification is not followed to the letter; empty when it is.
    private String misfit = "";

    private int inFlight;
    private boolean isRetired;
    private boolean isPumping;
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
        this.routing = new JobRouting(replicaConfig(), around.clock());
        this.scaling =
                new LiveScaling(LiveScaling.rule("", replicaConfig().autoscaler(), serving.targetConcurrency()), now());
        follow();
        this.replicas = new ReplicaSet(around, this, version);
    }

    /// Serves the version as it is specified now.
    void serve(ModelVersion next) {
        isRetired = false;
        version = next;
        serving = Objects.requireNonNull(next.serving(), "serving");
        follow();
        replicas.specify(next);
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
        return isRetired && replicas.isEmpty() && replicas.isQuiet() && inFlight == 0;
    }

    /// Whether as many replicas are ready as there should be at least, or it is known why not.
    boolean isSettled() {
        return replicas.count(READY) >= serving.minReplicas()
                || !replicas.trouble().isEmpty();
    }

    /// Keeps a place for a chat that is being planned; [#enter] or [#withdraw] must follow.
    ///
    /// @throws Refused if too many wait and none of them is due less, or there is no replica and none in sight
    void admit(ChatSession session) {
        if (isRetired) {
            throw new Refused(
                    Reason.NOT_FOUND, "model_not_found", "model " + version.reference() + " is served no more");
        }
        if (replicas.count(READY) == 0
                && replicas.starting() == 0
                && !replicas.trouble().isEmpty()) {
            throw new Refused(new Refusal(
                    Reason.UNAVAILABLE,
                    "no_replica",
                    "model " + version.model() + " has no replica now: " + replicas.trouble(),
                    UNAVAILABLE_RETRY_SECONDS));
        }
        if (replicas.allBroken()) {
            throw new Refused(new Refusal(
                    Reason.UNAVAILABLE,
                    "replicas_failing",
                    "every replica of model " + version.model() + " has failed repeatedly",
                    BROKEN_RETRY_SECONDS));
        }
        int elsewhere = replicas.sum(SimulatedReplica::waiting);
        if (!queue.reserve(elsewhere) && !(shed(session) && queue.reserve(elsewhere))) {
            metrics().rejected();
            throw new Refused(new Refusal(
                    Reason.EXHAUSTED,
                    "queue_full",
                    "model " + version.model() + " is overloaded: " + queue.size() + " requests wait, at most "
                            + around.config().maxQueued() + " may",
                    queue.retryAfterSeconds(elsewhere, realNow())));
        }
        inFlight++;
        if (replicas.count(READY) == 0) {
            reconcile();
        }
    }

    /// Refuses somebody who waits and is due less than a newcomer.
    private boolean shed(ChatSession newcomer) {
        Optional<ChatJob> victim = queue.shed(flow(newcomer, 0));
        victim.ifPresent(job -> {
            metrics().rejected();
            fail(
                    job,
                    new Refusal(
                            Reason.EXHAUSTED,
                            "shed",
                            "model " + version.model() + " is overloaded, and requests that are due more came",
                            queue.retryAfterSeconds(0, realNow())));
        });
        return victim.isPresent();
    }

    /// How a chat stands among those who wait.
    private Flow flow(ChatSession session, int promptTokens) {
        ChatRequest request = session.request();
        String tenant = session.call().tenant();
        int tier = switch (request.hints().tier()) {
            case PRIORITY -> -TIER_RANK;
            case FLEX -> TIER_RANK;
            case DEFAULT, BATCH -> 0;
        };
        int priority = Math.clamp((long) request.hints().priority() + tier, Integer.MIN_VALUE, Integer.MAX_VALUE);
        long completion = (long) request.n() * request.limits().maxTokens().orElse(OPEN_ANSWER_TOKENS);
        return new Flow(tenant, around.weights().applyAsInt(tenant), priority, Math.max(1, promptTokens + completion));
    }

    /// A chat that was admitted is planned, and waits.
    void enter(ChatJob job) {
        RequestFault asked = RequestFault.asked(job.session.request().hints());
        RequestFault fault = asked == RequestFault.NONE ? faults.draw(chance) : asked;
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
        queue.enter(job, flow(job.session, job.promptTokens()));
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
        SimulatedReplica replica = job.replica;
        if (replica != null) {
            routing.abandoned(job, replicas, replica);
            replica.drop(job);
        } else {
            queue.remove(job);
        }
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
        replicas.takeActivity(busy);
    }

    /// Looks after itself; called about once a second of the engines' time.
    void tick() {
        expire();
        replicas.endDead(TimeUnit.SECONDS.toNanos(replicaConfig().stallSeconds()));
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
        replicas.lose(news.placementId(), news.failedNode());
        onReady();
    }

    /// Ends every request with a refusal, and gives the devices back.
    void close(Refusal why) {
        isRetired = true;
        replicas.close();
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
        routing.gone(replica, left);
        left.reversed().forEach(queue::putBack);
    }

    @Override
    public void onFirstToken(SimulatedReplica replica, ChatJob job, long atNanos) {
        scaling.meter().firstToken(Math.max(0, atNanos - around.clock().of(job.session.arrivedNanos())));
        routing.answered(job, replicas, replica);
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
        routing.answered(job, replicas, replica);
        inFlight--;
        scaling.meter().finished(job.madeTokens(), age());
        queue.departed(realNow());
    }

    @Override
    public void onProgress() {
        pump();
        if (isRetired || replicas.isDraining()) {
            reconcile();
        }
    }

    /// @throws Refused if there is none of this name
    Replica replica(String name) {
        return replicas.find(name)
                .orElseThrow(() -> new Refused(
                        Reason.NOT_FOUND,
                        "replica_not_found",
                        "model " + version.reference() + " has no replica " + name));
    }

    void crash(Replica replica) {
        replicas.crash(replica, "is made to crash");
        onReady();
    }

    void dismiss(Replica replica) {
        replicas.dismiss(replica);
        onReady();
    }

    /// @return false when it is not awake
    boolean sleep(Replica replica, int level) {
        boolean slept = replicas.sleep(replica, level);
        onReady();
        return slept;
    }

    /// @return false when it does not sleep
    boolean wake(Replica replica) {
        boolean woke = replicas.wake(replica);
        onReady();
        return woke;
    }

    void fault(Replica replica, Replica.Fault fault) {
        replicas.fault(replica, fault);
        onReady();
    }

    /// Has this befall requests from now on.
    void befall(FaultPlan plan) {
        faults = plan;
        chance = new Random(plan.seed());
        if (plan.forSeconds() > 0) {
            around.vertx().setTimer(plan.forSeconds() * 1_000L, later -> {
                // not equal but the same: one that was set since has a time of its own
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
        return new long[] {replicas.sum(SimulatedReplica::freeBlocks), replicas.sum(SimulatedReplica::blocks)};
    }

    DeploymentStatus status() {
        return new DeploymentStatus(
                version.model(),
                Integer.toString(version.version()),
                GatewayStatus.Backend.SIMULATED,
                replicas.starting(),
                replicas.count(READY),
                replicas.count(DRAINING),
                wanted(),
                replicas.sum(SimulatedReplica::running),
                queue.size() + replicas.sum(SimulatedReplica::waiting),
                requests,
                promptTokens,
                completionTokens,
                replicas.sum(replica -> replica.placed().devices().size()),
                replicas.placed().stream()
                        .mapToDouble(SimulatedReplica::kvUsage)
                        .average()
                        .orElse(0),
                replicas.trouble().isEmpty() ? misfit : replicas.trouble(),
                routing.label(),
                scaling.label(),
                replicas.made().cold(),
                replicas.made().hot(),
                replicas.crashes(),
                replicas.status());
    }

    private void reconcile() {
        replicas.reconcile(wanted(), inFlight > 0);
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
        if (isPumping) {
            return;
        }
        isPumping = true;
        try {
            boolean moved = true;
            while (moved) {
                moved = queue.peek().map(this::dispatch).orElse(false);
            }
        } finally {
            isPumping = false;
        }
        int waiting = queue.size();
        metrics().queuedForAny(waiting - queuedTold);
        queuedTold = waiting;
    }

    private boolean dispatch(ChatJob job) {
        List<SimulatedReplica> takers = replicas.takers(job.open().size());
        takers.removeIf(taker -> job.refusedBy.contains(taker.id()));
        if (takers.isEmpty()) {
            if (job.refusedBy.size() < MOST_REFUSALS && (job.refusedBy.isEmpty() || replicas.starting() > 0)) {
                return false;
            }
            queue.poll();
            fail(job, Refusal.of(Reason.UNAVAILABLE, "replica_unavailable", "no replica took the request"));
            return true;
        }
        Choice choice = routing.pick(takers, job);
        SimulatedReplica taker = takers.get(choice.index());
        Replica replica = replicas.find(taker).orElseThrow();
        if (replica.fault == Replica.Fault.REFUSE) {
            routing.refused(job, choice, replica);
            return true; // the next turn finds it still waiting
        }
        queue.poll();
        routing.sent(job, choice, replica);
        taker.accept(job).ifPresent(why -> {
            routing.abandoned(job, replicas, taker);
            fail(job, refusal(why, taker));
        });
        return true;
    }

    private void expire() {
        for (ChatJob job : List.copyOf(queue.waiting())) {
            if (job.session.call().isExpired()) {
                queue.remove(job);
                fail(job, late("no replica was free before the request's deadline"));
            }
        }
        for (SimulatedReplica replica : replicas.placed()) {
            for (ChatJob job : replica.expired()) {
                routing.abandoned(job, replicas, replica);
                replica.drop(job);
                fail(job, late("the answer was not complete at the request's deadline"));
            }
        }
    }

    private static Refusal late(String message) {
        return Refusal.of(Reason.DEADLINE, "deadline_exceeded", message);
    }

    private void fail(ChatJob job, Refusal why) {
        if (!job.isOver) {
            job.fail(around.outbox(), why);
            left();
        }
    }

    private Refusal refusal(Admission.Why why, SimulatedReplica replica) {
        return switch (why) {
            case KV_EXCEEDED ->
                Refusal.of(
                        Reason.UNPROCESSABLE,
                        "kv_cache_exceeded",
                        "prompt and completion need more than the " + (long) replica.blocks() * KvCapacity.BLOCK_TOKENS
                                + " tokens that fit into the memory of a replica of " + version.model());
            case CONTEXT_EXCEEDED ->
                Refusal.of(
                        Reason.INVALID,
                        "context_length_exceeded",
                        "prompt and completion exceed the context of " + contextTokens() + " tokens");
            case QUEUE_FULL, DRAINING ->
                Refusal.of(
                        Reason.UNAVAILABLE, "replica_unavailable", "replica " + replica.name() + " takes nothing now");
        };
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
