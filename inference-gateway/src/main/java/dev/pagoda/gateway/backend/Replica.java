package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.Placed;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaState;
import dev.pagoda.gateway.api.GatewayStatus.ReplicaStatus;
import dev.pagoda.gateway.route.Breaker;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One replica of a deployment, from the wish for it to its end. Belongs to the deployments' context.
final class Replica {
    /// What is wrong with a replica because somebody wants to see what happens then.
    enum Fault {
        NONE,
        /// Refuses every request.
        REFUSE,
        /// Takes requests and works on none.
        STALL
    }

    final long number;
    final String name;
    final int generation;
    final Breaker breaker = new Breaker(Breaker.Rules.DEFAULT);
    final StepWheel.Entry stage;
    final StepWheel.Entry doom;

    private ReplicaState state = ReplicaState.PLACING;
    private long sinceNanos;

    @Nullable
    SimulatedReplica engine;

    Fault fault = Fault.NONE;
    /// Of vLLM's levels: 1 keeps the weights in the host's memory, 2 drops them; 0 while it is not asleep.
    int sleepLevel;
    /// It drains to fall asleep, not to end.
    int sleepLevelWanted;
    /// Somebody wants it gone, whatever the load.
    boolean isDismissed;

    boolean startsHot;
    long warmUpNanos;
    boolean isGone;

    Replica(
            long number,
            String name,
            int generation,
            long nowNanos,
            Consumer<Replica> staged,
            Consumer<Replica> doomed) {
        this.number = number;
        this.name = name;
        this.generation = generation;
        this.sinceNanos = nowNanos;
        this.stage = entry(() -> staged.accept(this));
        this.doom = entry(() -> doomed.accept(this));
    }

    private static StepWheel.Entry entry(Runnable action) {
        return new StepWheel.Entry() {
            @Override
            void due() {
                action.run();
            }
        };
    }

    ReplicaState state() {
        return state;
    }

    boolean is(ReplicaState wanted) {
        return state == wanted;
    }

    void become(ReplicaState next, long nowNanos) {
        state = next;
        sinceNanos = nowNanos;
    }

    /// Whether it will be ready if nothing comes between.
    boolean isStarting() {
        return switch (state) {
            case PLACING, FETCHING, WARMING, WAKING -> true;
            case READY, DRAINING, ASLEEP -> false;
        };
    }

    boolean isPlaced() {
        return engine != null;
    }

    /// @throws NullPointerException before it is placed
    SimulatedReplica engine() {
        return Objects.requireNonNull(engine, "engine");
    }

    ReplicaStatus status(long nowNanos) {
        long millis = TimeUnit.NANOSECONDS.toMillis(nowNanos - sinceNanos);
        String open = breaker.state(nowNanos).name();
        if (engine == null) {
            return new ReplicaStatus(
                    name, state, millis, "", "", 0, 0, 0, 0, 0, sleepLevel, startsHot, open, fault.name());
        }
        Placed placed = engine.placed();
        String node =
                placed.devices().isEmpty() ? "" : placed.devices().getFirst().node();
        return new ReplicaStatus(
                name,
                state,
                millis,
                node,
                placed.accelerator().id(),
                placed.devices().size(),
                engine.running(),
                engine.waiting(),
                engine.kvUsage(),
                engine.blocks(),
                sleepLevel,
                startsHot,
                open,
                fault.name());
    }
}
