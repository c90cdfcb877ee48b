package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.backend.ReplicaSet.State;
import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.limit.AdmissionQueue;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.route.LeastLoaded;
import dev.pagoda.gateway.scale.ConcurrencyPolicy;
import dev.pagoda.gateway.scale.ConcurrencyScaler;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ServingSpec;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;

/// A served chat model: the requests that wait for its replicas, who takes them, and how many there should be.
///
/// A request waits in the deployment's own queue until a replica has places for all its choices, so that a new
/// replica helps those who wait already. A replica that lost its devices gives its requests back to the head of the
/// queue, and another goes on where it stopped.
///
/// Belongs to the deployments' context.
final class Deployment implements ReplicaSet.Owner {
    /// What all deployments share.
    record Surroundings(
            Vertx vertx, Bus bus, LongSupplier clock, Outbox outbox, VllmMetrics metrics, GatewayConfig config) {}

    private static final int UNAVAILABLE_RETRY_SECONDS = 5;

    private final Surroundings around;
    private final ReplicaSet replicas;
    private final AdmissionQueue<ChatJob> queue;
    private final LeastLoaded<SimulatedReplica> route = new LeastLoaded<>();

    private ModelVersion version;
    private ServingSpec serving;
    private ConcurrencyScaler scaler;
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
        this.scaler = newScaler();
        this.replicas = new ReplicaSet(around, this, version);
    }

    /// Serves the version as it is specified now.
    void serve(ModelVersion next) {
        isRetired = false;
        version = next;
        serving = Objects.requireNonNull(next.serving(), "serving");
        scaler = newScaler();
        replicas.specify(next);
        reconcile();
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
        return replicas.count(State.READY) >= serving.minReplicas()
                || !replicas.trouble().isEmpty();
    }

    /// Keeps a place for a chat that is being planned; [#enter] or [#withdraw] must follow.
    ///
    /// @throws Refused if too many wait, or there is no replica and none in sight
    void admit() {
        if (isRetired) {
            throw new Refused(
                    Reason.NOT_FOUND, "model_not_found", "model " + version.reference() + " is served no more");
        }
        if (replicas.count(State.READY) == 0 && !replicas.trouble().isEmpty()) {
            throw new Refused(new Refusal(
                    Reason.UNAVAILABLE,
                    "no_replica",
                    "model " + version.model() + " has no replica now: " + replicas.trouble(),
                    UNAVAILABLE_RETRY_SECONDS));
        }
        int elsewhere = replicas.sum(SimulatedReplica::waiting);
        if (!queue.reserve(elsewhere)) {
            throw new Refused(new Refusal(
                    Reason.EXHAUSTED,
                    "queue_full",
                    "model " + version.model() + " is overloaded: " + queue.size() + " requests wait, at most "
                            + around.config().maxQueued() + " may",
                    queue.retryAfterSeconds(elsewhere, now())));
        }
        inFlight(1);
        if (replicas.isEmpty()) {
            reconcile();
        }
    }

    /// A chat that was admitted is planned, and waits.
    void enter(ChatJob job) {
        job.isEntered = true;
        queue.enter(job);
        pump();
        around.outbox().flush();
    }

    /// A chat that was admitted will not come.
    void withdraw() {
        queue.forfeit();
        inFlight(-1);
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

    /// Looks after itself; called about once a second.
    void tick() {
        expire();
        reconcile();
        pump();
        around.outbox().flush();
    }

    void lost(PlacementLost news) {
        replicas.lose(news.placementId(), news.failedNode()).ifPresent(jobs -> {
            jobs.reversed().forEach(queue::putBack);
            reconcile();
            pump();
            around.outbox().flush();
        });
    }

    /// Ends every request with a refusal, and gives the devices back.
    void close(Refusal why) {
        isRetired = true;
        replicas.close().forEach(job -> fail(job, why));
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
    public void onDone(ChatJob job) {
        left();
    }

    @Override
    public void onProgress() {
        pump();
        if (isRetired || replicas.isDraining()) {
            reconcile();
        }
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
                replicas.count(State.PLACING) + replicas.count(State.LOADING),
                replicas.count(State.READY),
                replicas.count(State.DRAINING),
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
                replicas.trouble());
    }

    private void reconcile() {
        replicas.reconcile(wanted());
    }

    private int wanted() {
        if (isRetired) {
            return inFlight > 0 ? 1 : 0;
        }
        return scaler.wanted(now());
    }

    /// Sends those who wait to replicas that have room, first come first served.
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
        around.metrics().first(version.model()).queuedForAny(waiting - queuedTold);
        queuedTold = waiting;
    }

    private boolean dispatch(ChatJob job) {
        List<SimulatedReplica> takers = replicas.takers(job.open().size());
        Optional<SimulatedReplica> taker = route.pick(takers, SimulatedReplica::load);
        taker.ifPresent(replica -> {
            queue.poll();
            replica.accept(job).ifPresent(why -> fail(job, refusal(why, replica)));
        });
        return taker.isPresent();
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
                Refusal.of(Reason.UNAVAILABLE, "replica_unavailable", "replica " + replica.id() + " takes nothing now");
        };
    }

    private void left() {
        inFlight(-1);
        queue.departed(now());
    }

    private void inFlight(int change) {
        inFlight += change;
        scaler.observe(inFlight, now());
    }

    private ConcurrencyScaler newScaler() {
        var policy = new ConcurrencyPolicy(
                serving.targetConcurrency(),
                Duration.ofSeconds(around.config().stableWindowSeconds()).toNanos(),
                Duration.ofSeconds(around.config().burstWindowSeconds()).toNanos(),
                serving.minReplicas(),
                serving.maxReplicas());
        var fresh = new ConcurrencyScaler(policy, now());
        fresh.observe(inFlight, now());
        return fresh;
    }

    private long now() {
        return around.clock().getAsLong();
    }
}
