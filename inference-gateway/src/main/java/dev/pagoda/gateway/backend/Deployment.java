package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.compute.api.PlacementLost;
import dev.pagoda.compute.api.ReleaseGang;
import dev.pagoda.gateway.GatewayConfig;
import dev.pagoda.gateway.api.GatewayStatus;
import dev.pagoda.gateway.api.GatewayStatus.DeploymentStatus;
import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.limit.AdmissionQueue;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.route.LeastLoaded;
import dev.pagoda.gateway.scale.ConcurrencyPolicy;
import dev.pagoda.gateway.scale.ConcurrencyScaler;
import dev.pagoda.governance.bus.Bus;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.governance.bus.Refusal;
import dev.pagoda.governance.bus.Refusal.Reason;
import dev.pagoda.governance.bus.Refused;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ServingSpec;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A served chat model: its replicas, the requests that wait for them, and how many replicas there should be.
///
/// A request waits in the deployment's own queue until a replica has places for all its choices, so that a new
/// replica helps those who wait already. Replicas of an earlier serving specification serve on until one of the
/// present specification is ready. Draining replicas finish what they have; a replica that lost its devices gives its
/// requests back to the head of the queue, and another goes on where it stopped.
///
/// Belongs to the deployments' context.
final class Deployment {
    /// What all deployments share.
    record Surroundings(
            Vertx vertx, Bus bus, LongSupplier clock, Outbox outbox, VllmMetrics metrics, GatewayConfig config) {}

    private static final Logger LOG = LoggerFactory.getLogger(Deployment.class);
    private static final Duration ASK = Duration.ofSeconds(10);
    private static final long RETRY_NANOS = Duration.ofSeconds(2).toNanos();
    private static final int UNAVAILABLE_RETRY_SECONDS = 5;

    private enum State {
        PLACING,
        LOADING,
        READY,
        DRAINING
    }

    /// A replica's place in the deployment, from the wish for it to its end.
    private static final class Slot {
        final int generation;
        State state = State.PLACING;

        @Nullable
        SimulatedReplica replica;

        Slot(int generation) {
            this.generation = generation;
        }

        /// @throws NullPointerException before it is placed
        SimulatedReplica engine() {
            return Objects.requireNonNull(replica);
        }
    }

    private final Surroundings around;
    private final List<Slot> slots = new ArrayList<>();
    private final AdmissionQueue<ChatJob> queue;
    private final LeastLoaded<Slot> route = new LeastLoaded<>();

    private ModelVersion version;
    private ServingSpec serving;
    private ConcurrencyScaler scaler;
    private int generation = 1;
    private int replicaNumber;
    private int inFlight;
    /// Questions to compute that are not answered.
    private int asked;

    private boolean isRetired;
    private boolean isPumping;
    /// What the metrics know to wait.
    private int queuedTold;

    private long nextPlacementNanos;
    private String trouble = "";

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
        this.nextPlacementNanos = now();
        reconcile();
    }

    ModelVersion version() {
        return version;
    }

    int contextTokens() {
        return version.architecture().context();
    }

    /// Serves the same version as it is specified now.
    void update(ModelVersion next) {
        ServingSpec spec = Objects.requireNonNull(next.serving(), "serving");
        isRetired = false;
        boolean otherDevices = spec.devicesPerReplica() != serving.devicesPerReplica()
                || !spec.accelerators().equals(serving.accelerators());
        version = next;
        serving = spec;
        if (otherDevices) {
            generation++;
            nextPlacementNanos = now();
        }
        scaler = newScaler();
        reconcile();
    }

    /// Serves no more, once what it took on is done.
    void retire() {
        isRetired = true;
        reconcile();
    }

    /// Whether a retired deployment holds nothing any more, and compute knows.
    boolean isGone() {
        return isRetired && slots.isEmpty() && inFlight == 0 && asked == 0;
    }

    /// Whether as many replicas are ready as there should be at least, or it is known why not.
    boolean isSettled() {
        return ready() >= serving.minReplicas() || !trouble.isEmpty();
    }

    boolean hasReplica() {
        return ready() > 0;
    }

    /// Keeps a place for a chat that is being planned; [#enter] or [#withdraw] must follow.
    ///
    /// @throws Refused if too many wait, or there is no replica and none in sight
    void admit() {
        if (isRetired) {
            throw new Refused(
                    Reason.NOT_FOUND, "model_not_found", "model " + version.reference() + " is served no more");
        }
        if (ready() == 0 && !trouble.isEmpty()) {
            throw new Refused(new Refusal(
                    Reason.UNAVAILABLE,
                    "no_replica",
                    "model " + version.model() + " has no replica now: " + trouble,
                    UNAVAILABLE_RETRY_SECONDS));
        }
        int elsewhere = slots.stream()
                .filter(slot -> slot.replica != null)
                .mapToInt(slot -> slot.engine().waiting())
                .sum();
        if (!queue.reserve(elsewhere)) {
            throw new Refused(new Refusal(
                    Reason.EXHAUSTED,
                    "queue_full",
                    "model " + version.model() + " is overloaded: " + queue.size() + " requests wait, at most "
                            + around.config().maxQueued() + " may",
                    queue.retryAfterSeconds(elsewhere, now())));
        }
        inFlight(1);
        if (slots.isEmpty()) {
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

    /// A request of this model has ended.
    void count(int prompt, int completion) {
        requests++;
        promptTokens += prompt;
        completionTokens += completion;
    }

    /// Looks after itself; called about once a second.
    void tick() {
        expire();
        reconcile();
        pump();
        around.outbox().flush();
    }

    void lost(PlacementLost news) {
        for (Slot slot : slots) {
            if (slot.replica != null && slot.engine().placed().placementId().equals(news.placementId())) {
                LOG.warn("replica {} lost node {}", slot.engine().id(), news.failedNode());
                fallBack(slot);
                break;
            }
        }
        reconcile();
        pump();
        around.outbox().flush();
    }

    /// Ends every request with a refusal, and gives the devices back.
    void close(Refusal why) {
        isRetired = true;
        for (Slot slot : List.copyOf(slots)) {
            if (slot.replica != null) {
                end(slot).forEach(job -> fail(job, why));
                giveBack(slot.engine().placed());
            }
            slots.remove(slot);
        }
        failWaiting(why);
        around.outbox().flush();
    }

    int inFlight() {
        return inFlight;
    }

    /// KV blocks that are held by nobody, over all replicas, and all of them.
    long[] blocks() {
        long free = 0;
        long all = 0;
        for (Slot slot : slots) {
            if (slot.replica != null) {
                free += slot.engine().freeBlocks();
                all += slot.engine().blocks();
            }
        }
        return new long[] {free, all};
    }

    DeploymentStatus status() {
        var placed = slots.stream().filter(slot -> slot.replica != null).toList();
        return new DeploymentStatus(
                version.model(),
                Integer.toString(version.version()),
                GatewayStatus.Backend.SIMULATED,
                count(State.PLACING) + count(State.LOADING),
                ready(),
                count(State.DRAINING),
                wanted(),
                placed.stream().mapToInt(slot -> slot.engine().running()).sum(),
                queue.size()
                        + placed.stream()
                                .mapToInt(slot -> slot.engine().waiting())
                                .sum(),
                requests,
                promptTokens,
                completionTokens,
                placed.stream()
                        .mapToInt(slot -> slot.engine().placed().devices().size())
                        .sum(),
                placed.stream()
                        .mapToDouble(slot -> slot.engine().kvUsage())
                        .average()
                        .orElse(0),
                trouble);
    }

    private void pump() {
        if (isPumping) {
            return;
        }
        isPumping = true;
        try {
            Optional<ChatJob> next = queue.peek();
            while (next.isPresent()) {
                ChatJob job = next.get();
                int sequences = job.open().size();
                Optional<Slot> slot = route.pick(
                        takers(sequences), candidate -> candidate.engine().load());
                if (slot.isEmpty()) {
                    break;
                }
                queue.poll();
                Admission.Why why = slot.get().engine().accept(job);
                if (why != null) {
                    fail(job, refusal(why, slot.get().engine()));
                }
                next = queue.peek();
            }
        } finally {
            isPumping = false;
        }
        int waiting = queue.size();
        around.metrics().first(version.model()).queuedForAny(waiting - queuedTold);
        queuedTold = waiting;
    }

    private List<Slot> takers(int sequences) {
        var takers = new ArrayList<Slot>(slots.size());
        for (Slot slot : slots) {
            if (slot.state == State.READY && slot.engine().hasRoom(sequences)) {
                takers.add(slot);
            }
        }
        return takers;
    }

    /// Brings the replicas nearer to what is wanted.
    private void reconcile() {
        int wanted = wanted();
        boolean replaced = ready(generation) >= Math.max(1, serving.minReplicas()) || wanted == 0;
        for (Slot slot : slots) {
            if (slot.generation != generation && replaced) {
                slot.state = slot.state == State.READY ? State.DRAINING : slot.state;
            }
        }
        var current = slots.stream()
                .filter(slot -> slot.generation == generation && slot.state != State.DRAINING)
                .toList();
        for (int i = current.size(); i < wanted && now() - nextPlacementNanos >= 0; i++) {
            place();
        }
        if (current.size() >= wanted) {
            trouble = "";
        }
        if (current.size() > wanted) {
            current.stream()
                    .filter(slot -> slot.state == State.READY)
                    .sorted(Comparator.comparingInt(slot -> slot.engine().load()))
                    .limit(current.size() - wanted)
                    .forEach(slot -> slot.state = State.DRAINING);
        }
        for (Slot slot : List.copyOf(slots)) {
            if (slot.state == State.DRAINING && slot.engine().isIdle()) {
                LOG.info("replica {} is drained", slot.engine().id());
                end(slot);
                giveBack(slot.engine().placed());
            }
        }
    }

    private int wanted() {
        if (isRetired) {
            return inFlight > 0 ? Math.min(1, serving.maxReplicas()) : 0;
        }
        return scaler.wanted(now());
    }

    private void place() {
        Slot slot = new Slot(generation);
        slots.add(slot);
        String id = version.model() + "-" + version.version() + "-" + ++replicaNumber;
        var architecture = SimulatedReplica.architecture(version.architecture());
        var blueprint = new SimulatedReplica.Blueprint(
                version.model(),
                Integer.toString(version.version()),
                architecture,
                serving.devicesPerReplica(),
                around.config().stepTokens(),
                around.config().maxSequences(),
                around.config().maxSequences() + ChatRequest.MAX_CHOICES);
        var gang = new PlaceGang(
                "gateway/" + id,
                serving.devicesPerReplica(),
                KvCapacity.bytesPerDevice(
                        architecture,
                        serving.devicesPerReplica(),
                        around.config().stepTokens()),
                serving.accelerators(),
                true);
        ask(Compute.PLACE, gang)
                .onSuccess(placed -> placed(slot, id, blueprint, placed))
                .onFailure(failure -> notPlaced(slot, failure));
    }

    private void placed(Slot slot, String id, SimulatedReplica.Blueprint blueprint, Placed placed) {
        if (!slots.contains(slot)) {
            giveBack(placed);
            return;
        }
        SimulatedReplica replica;
        try {
            replica = new SimulatedReplica(
                    id,
                    blueprint,
                    placed,
                    around.metrics().claim(blueprint.model()),
                    new SimulatedReplica.Surroundings(
                            around.vertx(), around.clock(), around.outbox(), done -> left(), this::progressed));
        } catch (IllegalArgumentException unfit) {
            giveBack(placed);
            notPlaced(slot, unfit);
            return;
        }
        slot.replica = replica;
        slot.state = State.LOADING;
        around.vertx().setTimer(around.config().weightLoadMillis(), loaded -> loaded(slot));
    }

    private void loaded(Slot slot) {
        if (slot.state != State.LOADING || !slots.contains(slot)) {
            return;
        }
        slot.state = State.READY;
        trouble = "";
        LOG.info(
                "replica {} is ready on {} x {}",
                slot.engine().id(),
                slot.engine().placed().devices().size(),
                slot.engine().placed().accelerator().id());
        reconcile();
        pump();
        around.outbox().flush();
    }

    private void notPlaced(Slot slot, Throwable failure) {
        slots.remove(slot);
        nextPlacementNanos = now() + RETRY_NANOS;
        String why = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
        if (!why.equals(trouble)) {
            LOG.warn("model {} gets no further replica: {}", version.model(), why);
        }
        trouble = why;
    }

    private void progressed() {
        pump();
        boolean drains = slots.stream().anyMatch(slot -> slot.state == State.DRAINING);
        if (drains || isRetired) {
            reconcile();
        }
    }

    private void fallBack(Slot slot) {
        end(slot).reversed().forEach(queue::putBack);
    }

    /// Ends a replica.
    ///
    /// @return what it had not done
    private List<ChatJob> end(Slot slot) {
        slots.remove(slot);
        List<ChatJob> left = slot.engine().abandon();
        around.metrics().release(slot.engine().metrics());
        return left;
    }

    private void expire() {
        for (ChatJob job : List.copyOf(queue.waiting())) {
            if (job.session.call().isExpired()) {
                queue.remove(job);
                fail(
                        job,
                        Refusal.of(
                                Reason.DEADLINE,
                                "deadline_exceeded",
                                "no replica was free before the request's deadline"));
            }
        }
    }

    private void failWaiting(Refusal why) {
        for (Optional<ChatJob> job = queue.poll(); job.isPresent(); job = queue.poll()) {
            fail(job.get(), why);
        }
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

    private void giveBack(Placed placed) {
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

    private int ready() {
        return count(State.READY);
    }

    private int ready(int ofGeneration) {
        return (int) slots.stream()
                .filter(slot -> slot.state == State.READY && slot.generation == ofGeneration)
                .count();
    }

    private int count(State state) {
        return (int) slots.stream().filter(slot -> slot.state == state).count();
    }

    private long now() {
        return around.clock().getAsLong();
    }
}
