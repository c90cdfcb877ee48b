package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.Compute;
import dev.pagoda.compute.api.PlaceGang;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.compute.api.ReleaseGang;
import dev.pagoda.gateway.backend.SimulatedReplica.Blueprint;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.governance.bus.Call;
import dev.pagoda.governance.bus.Port;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ServingSpec;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The replicas of one deployment, from the wish for one to its end, and the devices they hold.
///
/// Replicas of an earlier serving specification serve on until enough of the present one are ready. A draining
/// replica takes nothing new and gives its devices back when it has finished what it has.
///
/// Belongs to the deployments' context.
final class ReplicaSet {
    /// Who owns the replicas.
    interface Owner {
        /// A replica takes requests from now on.
        void onReady();

        /// A job has made all its tokens; told in the middle of an engine's turn.
        void onDone(ChatJob job);

        /// An engine's turn is over.
        void onProgress();
    }

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaSet.class);
    private static final Duration ASK = Duration.ofSeconds(10);
    private static final long RETRY_NANOS = Duration.ofSeconds(2).toNanos();

    enum State {
        PLACING,
        LOADING,
        READY,
        DRAINING
    }

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

    private final Deployment.Surroundings around;
    private final Owner owner;
    private final List<Slot> slots = new ArrayList<>();

    private ModelVersion version;
    private ServingSpec serving;
    private int generation = 1;
    private int named;
    /// Questions to compute that are not answered.
    private int asked;

    private long nextPlacementNanos;
    private String trouble = "";

    ReplicaSet(Deployment.Surroundings around, Owner owner, ModelVersion version) {
        this.around = around;
        this.owner = owner;
        this.version = version;
        this.serving = Objects.requireNonNull(version.serving(), "serving");
        this.nextPlacementNanos = now();
    }

    /// Adds by placement how busy each engine was since it was last asked.
    void takeActivity(Map<String, Double> busy) {
        for (Slot slot : slots) {
            if (slot.state == State.READY || slot.state == State.DRAINING) {
                busy.put(slot.engine().placed().placementId(), slot.engine().takeActivity());
            }
        }
    }

    /// Replicas are to be built like this from now on.
    void specify(ModelVersion next) {
        ServingSpec spec = Objects.requireNonNull(next.serving(), "serving");
        boolean otherDevices = spec.devicesPerReplica() != serving.devicesPerReplica()
                || !spec.accelerators().equals(serving.accelerators());
        version = next;
        serving = spec;
        if (otherDevices) {
            generation++;
            nextPlacementNanos = now();
        }
    }

    /// Brings the replicas nearer to what is wanted.
    void reconcile(int wanted) {
        boolean replaced = wanted == 0 || ready(generation) >= Math.max(1, serving.minReplicas());
        for (Slot slot : slots) {
            if (replaced && slot.generation != generation && slot.state == State.READY) {
                slot.state = State.DRAINING;
            }
        }
        List<Slot> current = slots.stream()
                .filter(slot -> slot.generation == generation && slot.state != State.DRAINING)
                .toList();
        for (int i = current.size(); i < wanted && now() - nextPlacementNanos >= 0; i++) {
            place();
        }
        if (current.size() >= wanted) {
            trouble = "";
        }
        current.stream()
                .filter(slot -> slot.state == State.READY)
                .sorted(Comparator.comparingInt(slot -> slot.engine().load()))
                .limit(Math.max(0, current.size() - wanted))
                .forEach(slot -> slot.state = State.DRAINING);
        for (Slot slot : List.copyOf(slots)) {
            if (slot.state == State.DRAINING && slot.engine().isIdle()) {
                LOG.info("replica {} is drained", slot.engine().id());
                end(slot);
                giveBack(slot.engine().placed());
            }
        }
    }

    /// Replicas that would start so many sequences at once, in a stable order.
    List<SimulatedReplica> takers(int sequences) {
        var takers = new ArrayList<SimulatedReplica>(slots.size());
        for (Slot slot : slots) {
            if (slot.state == State.READY && slot.engine().hasRoom(sequences)) {
                takers.add(slot.engine());
            }
        }
        return takers;
    }

    /// All replicas that have devices.
    List<SimulatedReplica> placed() {
        var placed = new ArrayList<SimulatedReplica>(slots.size());
        for (Slot slot : slots) {
            if (slot.replica != null) {
                placed.add(slot.replica);
            }
        }
        return placed;
    }

    /// The devices of a placement are gone.
    ///
    /// @return what the replica on them had not done, in the order it came; empty when no replica was on them
    Optional<List<ChatJob>> lose(String placementId, String node) {
        for (Slot slot : slots) {
            if (slot.replica != null && slot.engine().placed().placementId().equals(placementId)) {
                LOG.warn("replica {} lost node {}", slot.engine().id(), node);
                return Optional.of(end(slot));
            }
        }
        return Optional.empty();
    }

    /// Ends every replica at once and gives the devices back.
    ///
    /// @return what had not been done
    List<ChatJob> close() {
        var left = new ArrayList<ChatJob>();
        for (Slot slot : List.copyOf(slots)) {
            if (slot.replica != null) {
                left.addAll(end(slot));
                giveBack(slot.engine().placed());
            }
        }
        slots.clear();
        return left;
    }

    boolean isEmpty() {
        return slots.isEmpty();
    }

    /// Whether compute has answered everything it was asked.
    boolean isQuiet() {
        return asked == 0;
    }

    boolean isDraining() {
        return slots.stream().anyMatch(slot -> slot.state == State.DRAINING);
    }

    int count(State state) {
        return (int) slots.stream().filter(slot -> slot.state == state).count();
    }

    /// Why there are fewer replicas than wanted; empty when there is no trouble.
    String trouble() {
        return trouble;
    }

    int sum(ToIntFunction<SimulatedReplica> figure) {
        return placed().stream().mapToInt(figure).sum();
    }

    private void place() {
        Slot slot = new Slot(generation);
        slots.add(slot);
        String id = version.model() + "-" + version.version() + "-" + ++named;
        var architecture = SimulatedReplica.architecture(version.architecture());
        int stepTokens = around.config().stepTokens();
        int maxSequences = around.config().maxSequences();
        var blueprint = new Blueprint(
                version.model(),
                Integer.toString(version.version()),
                architecture,
                serving.devicesPerReplica(),
                stepTokens,
                maxSequences,
                maxSequences + ChatRequest.MAX_CHOICES);
        var gang = new PlaceGang(
                "gateway/" + id,
                serving.devicesPerReplica(),
                KvCapacity.bytesPerDevice(architecture, serving.devicesPerReplica(), stepTokens),
                serving.accelerators(),
                true);
        ask(Compute.PLACE, gang)
                .onSuccess(placed -> placed(slot, id, blueprint, placed))
                .onFailure(failure -> notPlaced(slot, failure));
    }

    private void placed(Slot slot, String id, Blueprint blueprint, Placed placed) {
        if (!slots.contains(slot)) {
            giveBack(placed);
            return;
        }
        var surroundings = new SimulatedReplica.Surroundings(
                around.vertx(), around.clock(), around.outbox(), owner::onDone, owner::onProgress);
        try {
            slot.replica = new SimulatedReplica(id, blueprint, placed, around.metrics(), surroundings);
        } catch (IllegalArgumentException unfit) {
            giveBack(placed);
            notPlaced(slot, unfit);
            return;
        }
        slot.state = State.LOADING;
        around.vertx().setTimer(around.config().weightLoadMillis(), loaded -> loaded(slot));
    }

    private void loaded(Slot slot) {
        if (slot.state != State.LOADING || !slots.contains(slot)) {
            return;
        }
        slot.state = State.READY;
        trouble = "";
        Placed placed = slot.engine().placed();
        LOG.info(
                "replica {} is ready on {} x {}",
                slot.engine().id(),
                placed.devices().size(),
                placed.accelerator().id());
        owner.onReady();
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

    /// @return what the replica had not done
    private List<ChatJob> end(Slot slot) {
        slots.remove(slot);
        return slot.engine().abandon();
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

    private int ready(int ofGeneration) {
        return (int) slots.stream()
                .filter(slot -> slot.state == State.READY && slot.generation == ofGeneration)
                .count();
    }

    private long now() {
        return around.clock().getAsLong();
    }
}
