package dev.pagoda.gateway.backend;

import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.ASLEEP;
import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.DRAINING;
import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.READY;
import static dev.pagoda.gateway.api.GatewayStatus.ReplicaState.WAKING;

import dev.pagoda.gateway.api.GatewayStatus.ReplicaState;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaStatus;
import dev.pagoda.gateway.backend.ReplicaStarts.Made;
import dev.pagoda.gateway.scale.Reading;
import dev.pagoda.registry.api.ModelVersion;
import dev.pagoda.registry.api.ServingSpec;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The replicas of one deployment, from the wish for one to its end, and the devices they hold.
///
/// Replicas of an earlier serving specification serve on until enough of the present one are ready. A draining
/// replica takes nothing new and gives its devices back when it has finished what it has; when more are wanted again,
/// it comes back. One that sleeps keeps its devices until a request finds nobody awake, or somebody dismisses it.
///
/// Belongs to the deployments' context.
final class ReplicaSet implements ReplicaStarts.Owner {
    /// Who owns the replicas.
    interface Owner extends SimulatedReplica.Owner {
        /// A replica takes requests from now on.
        void onReady();

        /// A replica is gone.
        ///
        /// @param left what it had not done, in the order it came
        void onGone(long replica, List<ChatJob> left);
    }

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaSet.class);

    private final DeploymentSurroundings around;
    private final Owner owner;
    private final List<Replica> replicas = new ArrayList<>();
    private final ReplicaStarts starts;

    private ServingSpec serving;
    private int generation = 1;
    private int crashes;

    ReplicaSet(DeploymentSurroundings around, Owner owner, ModelVersion version) {
        this(around, owner, version, "");
    }

    /// @param kind goes before the number in replicas' names
    ReplicaSet(DeploymentSurroundings around, Owner owner, ModelVersion version, String kind) {
        this.around = around;
        this.owner = owner;
        this.serving = Objects.requireNonNull(version.serving(), "serving");
        this.starts = new ReplicaStarts(around, this, owner, version, kind);
    }

    /// Adds by placement how busy each engine was since it was last asked.
    void takeActivity(Map<String, Double> busy) {
        for (Replica each : replicas) {
            if (each.is(READY) || each.is(DRAINING)) {
                busy.put(each.engine().placed().placementId(), each.engine().takeActivity());
            }
        }
    }

    /// Replicas are to be built like this from now on.
    void specify(ModelVersion next) {
        ServingSpec spec = Objects.requireNonNull(next.serving(), "serving");
        boolean otherDevices = spec.devicesPerReplica() != serving.devicesPerReplica()
                || !spec.accelerators().equals(serving.accelerators());
        serving = spec;
        starts.specify(next);
        if (otherDevices) {
            generation++;
            starts.retryNow();
        }
    }

    /// Brings the replicas nearer to what is wanted.
    ///
    /// @param isNeeded whether requests wait, so that one that sleeps has to wake when nobody is awake
    void reconcile(int wanted, boolean isNeeded) {
        boolean replaced = wanted == 0 || ready(generation) >= Math.max(1, Math.min(wanted, serving.minReplicas()));
        for (Replica each : List.copyOf(replicas)) {
            if (replaced && each.generation != generation) {
                dismiss(each);
            }
        }
        int awake = count(each -> isPresent(each) && !each.is(ASLEEP));
        if (isNeeded && awake == 0) {
            awake += wakeOne();
        }
        int asleep = count(each -> isPresent(each) && each.is(ASLEEP));
        while (awake + asleep < wanted && revive()) {
            awake++;
        }
        for (int i = awake + asleep; i < wanted && starts.mayPlace(); i++) {
            replicas.add(starts.place(generation));
        }
        if (awake + asleep >= wanted) {
            starts.noTrouble();
        }
        for (int i = awake; i > wanted; i--) {
            giveUpOne();
        }
        for (Replica each : List.copyOf(replicas)) {
            if (each.is(DRAINING) && each.engine().isIdle()) {
                drained(each);
            }
        }
    }

    /// Whether it counts towards what is wanted.
    private boolean isPresent(Replica each) {
        return each.generation == generation && !each.isDismissed && (!each.is(DRAINING) || each.sleepLevelWanted > 0);
    }

    private int wakeOne() {
        for (Replica each : replicas) {
            if (isPresent(each) && each.is(ASLEEP)) {
                wake(each);
                return 1;
            }
        }
        return 0;
    }

    private boolean revive() {
        for (Replica each : replicas) {
            if (each.is(DRAINING) && each.generation == generation && !each.isDismissed && each.sleepLevelWanted == 0) {
                each.become(READY, now());
                return true;
            }
        }
        return false;
    }

    /// The one that would be ready last, and when none is starting the one with the least in hand.
    private void giveUpOne() {
        Replica latest = null;
        for (Replica each : replicas) {
            if (isPresent(each) && each.isStarting()) {
                latest = each;
            }
        }
        if (latest != null) {
            end(latest);
            return;
        }
        replicas.stream()
                .filter(each -> isPresent(each) && each.is(READY))
                .min(Comparator.comparingInt(each -> each.engine().load()))
                .ifPresent(each -> each.become(DRAINING, now()));
    }

    private void drained(Replica each) {
        if (each.sleepLevelWanted > 0 && !each.isDismissed) {
            each.sleepLevel = each.sleepLevelWanted;
            each.sleepLevelWanted = 0;
            each.engine().sleep(each.sleepLevel);
            each.become(ASLEEP, now());
            LOG.info("replica {} sleeps at level {}", each.name, each.sleepLevel);
        } else {
            LOG.info("replica {} is drained", each.name);
            end(each);
        }
    }

    /// Has a replica finish what it has, and go.
    void dismiss(Replica each) {
        each.isDismissed = true;
        if (each.is(READY)) {
            each.become(DRAINING, now());
        } else if (!each.is(DRAINING)) {
            end(each);
        }
    }

    /// Has a replica finish what it has, and sleep.
    ///
    /// @return false when it is not awake
    boolean sleep(Replica each, int level) {
        if (!each.is(READY)) {
            return false;
        }
        each.sleepLevelWanted = level;
        each.become(DRAINING, now());
        return true;
    }

    /// @return false when it does not sleep
    boolean wake(Replica each) {
        if (each.is(DRAINING) && each.sleepLevelWanted > 0) {
            each.sleepLevelWanted = 0;
            each.become(READY, now());
            return true;
        }
        if (!each.is(ASLEEP)) {
            return false;
        }
        each.become(WAKING, now());
        starts.wake(each);
        return true;
    }

    /// Ends a replica as if its process had died.
    void crash(Replica each, String why) {
        if (each.isGone || !each.isPlaced()) {
            return;
        }
        LOG.warn("replica {} {}", each.name, why);
        crashes++;
        end(each);
    }

    void fault(Replica each, Replica.Fault fault) {
        each.fault = fault;
        if (each.isPlaced()) {
            each.engine().stall(fault == Replica.Fault.STALL);
        }
    }

    /// Ends the replicas that have work and do none.
    void endDead(long afterNanos) {
        for (Replica each : List.copyOf(replicas)) {
            if (each.isPlaced() && each.engine().isDead(afterNanos)) {
                crash(each, "has made no step for too long");
            }
        }
    }

    Optional<Replica> find(String name) {
        return replicas.stream().filter(each -> each.name.equals(name)).findFirst();
    }

    Optional<Replica> find(SimulatedReplica engine) {
        return replicas.stream().filter(each -> each.number == engine.id()).findFirst();
    }

    /// Replicas that would start so many sequences at once and whose breakers let them, in a stable order.
    List<SimulatedReplica> takers(int sequences) {
        var takers = new ArrayList<SimulatedReplica>(replicas.size());
        for (Replica each : replicas) {
            if (each.is(READY) && each.engine().hasRoom(sequences) && each.breaker.admits(now())) {
                takers.add(each.engine());
            }
        }
        return takers;
    }

    /// Whether there are ready replicas, and all of them fail.
    boolean allBroken() {
        boolean any = false;
        for (Replica each : replicas) {
            if (each.is(READY)) {
                any = true;
                if (each.breaker.admits(now())) {
                    return false;
                }
            }
        }
        return any;
    }

    /// All replicas that have devices.
    List<SimulatedReplica> placed() {
        var placed = new ArrayList<SimulatedReplica>(replicas.size());
        for (Replica each : replicas) {
            if (each.engine != null) {
                placed.add(each.engine);
            }
        }
        return placed;
    }

    List<Reading.Load> loads() {
        var loads = new ArrayList<Reading.Load>(replicas.size());
        for (Replica each : replicas) {
            if (each.is(READY)) {
                loads.add(new Reading.Load(
                        each.engine().running(),
                        each.engine().waiting(),
                        each.engine().kvUsage()));
            }
        }
        return loads;
    }

    List<ReplicaStatus> status() {
        return replicas.stream().map(each -> each.status(now())).toList();
    }

    /// The devices of a placement are gone.
    void lose(String placementId, String node) {
        for (Replica each : List.copyOf(replicas)) {
            if (each.isPlaced() && each.engine().placed().placementId().equals(placementId)) {
                LOG.warn("replica {} lost node {}", each.name, node);
                crashes++;
                remove(each);
                owner.onGone(each.number, each.engine().abandon());
            }
        }
    }

    /// Ends every replica at once and gives the devices back.
    void close() {
        List.copyOf(replicas).forEach(this::end);
    }

    private void end(Replica each) {
        remove(each);
        if (each.isPlaced()) {
            List<ChatJob> left = each.engine().abandon();
            starts.giveBack(each);
            owner.onGone(each.number, left);
        }
    }

    private void remove(Replica each) {
        each.isGone = true;
        around.timer().clear(each.stage);
        around.timer().clear(each.doom);
        replicas.remove(each);
    }

    @Override
    public void onReady(Replica replica) {
        owner.onReady();
    }

    @Override
    public void onUnplaced(Replica replica) {
        remove(replica);
    }

    @Override
    public void onDoom(Replica replica) {
        crash(replica, "crashed");
        owner.onReady(); // others have to be found for what it left
    }

    boolean isEmpty() {
        return replicas.isEmpty();
    }

    /// Whether compute has answered everything it was asked.
    boolean isQuiet() {
        return starts.isQuiet();
    }

    boolean isDraining() {
        return count(each -> each.is(DRAINING)) > 0;
    }

    int count(ReplicaState state) {
        return count(each -> each.is(state));
    }

    int starting() {
        return count(Replica::isStarting);
    }

    private int count(Predicate<Replica> which) {
        return (int) replicas.stream().filter(which).count();
    }

    /// Why there are fewer replicas than wanted; empty when there is no trouble.
    String trouble() {
        return starts.trouble();
    }

    /// The engines' time that a start took last.
    double startSeconds() {
        return starts.startSeconds();
    }

    Made made() {
        return starts.made();
    }

    int crashes() {
        return crashes;
    }

    int sum(ToIntFunction<SimulatedReplica> figure) {
        return placed().stream().mapToInt(figure).sum();
    }

    private int ready(int ofGeneration) {
        return count(each -> each.is(READY) && each.generation == ofGeneration);
    }

    private long now() {
        return around.clock().nanos();
    }
}
