package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.route.Target;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The engines of a study in their lives: started and not ready, ready, draining, stopped. An engine that drains takes
/// nothing new, ends what it has, and stops then; when more engines are wanted, those that drain come back first. An
/// engine that is wanted no longer before it is ready is given up. Not thread-safe.
final class Fleet<T> {
    private enum State {
        STARTING,
        READY,
        DRAINING
    }

    /// One engine with its life.
    static final class Replica<T> implements Target {
        final Engine<T> engine;
        private final int id;
        private final long startedNanos;
        private final long readyNanos;
        private State state;

        private Replica(int id, Engine<T> engine, long startedNanos, long readyNanos, State state) {
            this.id = id;
            this.engine = engine;
            this.startedNanos = startedNanos;
            this.readyNanos = readyNanos;
            this.state = state;
        }

        @Override
        public long id() {
            return id;
        }

        @Override
        public int running() {
            return engine.running();
        }

        @Override
        public int waiting() {
            return engine.waiting();
        }

        @Override
        public double kvUsage() {
            return engine.kvUsage();
        }
    }

    private final FleetPlan plan;
    private final Supplier<Engine<T>> fresh;
    private final Consumer<Replica<T>> stopped;
    private final List<Replica<T>> replicas = new ArrayList<>();
    private final List<Replica<T>> ready = new ArrayList<>();
    /// Until when nodes without an engine keep image and weights, ascending.
    private final Deque<Long> hotUntil = new ArrayDeque<>();

    private int count;
    private int coldStarts;
    private int hotStarts;
    private int most;
    private long stoppedNanos;

    /// @param engines that are ready at time 0
    /// @param fresh   makes an engine
    /// @param stopped is told of each engine that is gone
    Fleet(FleetPlan plan, int engines, Supplier<Engine<T>> fresh, Consumer<Replica<T>> stopped) {
        this(plan, engines, fresh, stopped, 0);
    }

    /// @param engines that are ready at time 0
    /// @param fresh   makes an engine
    /// @param stopped is told of each engine that is gone
    /// @param first   number of the first engine
    Fleet(FleetPlan plan, int engines, Supplier<Engine<T>> fresh, Consumer<Replica<T>> stopped, int first) {
        this.plan = plan;
        this.count = first;
        this.fresh = fresh;
        this.stopped = stopped;
        for (int i = 0; i < engines; i++) {
            replicas.add(new Replica<>(count++, fresh.get(), 0, 0, State.READY));
        }
        refresh();
    }

    /// Those that hold a device: all but the stopped ones.
    List<Replica<T>> all() {
        return replicas;
    }

    /// Those that take requests, in the order they were started.
    List<Replica<T>> ready() {
        return ready;
    }

    int starting() {
        return count(State.STARTING);
    }

    int draining() {
        return count(State.DRAINING);
    }

    private int count(State state) {
        int found = 0;
        for (Replica<T> each : replicas) {
            found += each.state == state ? 1 : 0;
        }
        return found;
    }

    /// When the next one becomes ready; [Long#MAX_VALUE] when none is starting.
    long nextReadyNanos() {
        long next = Long.MAX_VALUE;
        for (Replica<T> each : replicas) {
            if (each.state == State.STARTING) {
                next = Math.min(next, each.readyNanos);
            }
        }
        return next;
    }

    /// Carries out what is due: starts that are over, and drained engines that have nothing left.
    void settle(long nowNanos) {
        boolean changed = false;
        for (int i = replicas.size() - 1; i >= 0; i--) {
            Replica<T> each = replicas.get(i);
            if (each.state == State.STARTING && each.readyNanos <= nowNanos) {
                each.state = State.READY;
                changed = true;
            } else if (each.state == State.DRAINING && each.engine.isIdle()) {
                stop(each, nowNanos);
            }
        }
        if (changed) {
            refresh();
        }
    }

    /// Starts or drains until so many are ready or starting.
    void scaleTo(int wanted, long nowNanos) {
        int present = replicas.size() - draining();
        while (present < wanted) {
            if (!revive()) {
                start(nowNanos);
            }
            present++;
        }
        while (present > wanted) {
            giveUp(nowNanos);
            present--;
        }
        refresh();
        settle(nowNanos);
    }

    private boolean revive() {
        for (Replica<T> each : replicas) {
            if (each.state == State.DRAINING) {
                each.state = State.READY;
                return true;
            }
        }
        return false;
    }

    private void start(long nowNanos) {
        while (!hotUntil.isEmpty() && hotUntil.getFirst() < nowNanos) {
            hotUntil.removeFirst();
        }
        boolean isHot = !hotUntil.isEmpty();
        if (isHot) {
            hotUntil.removeLast();
            hotStarts++;
        } else {
            coldStarts++;
        }
        long readyNanos = nowNanos + (isHot ? plan.hotNanos() : plan.coldNanos());
        replicas.add(new Replica<>(count++, fresh.get(), nowNanos, readyNanos, State.STARTING));
    }

    /// The one that would be ready last, and when none is starting the one with the least in hand.
    private void giveUp(long nowNanos) {
        Replica<T> latest = null;
        for (Replica<T> each : replicas) {
            if (each.state == State.STARTING && (latest == null || each.readyNanos >= latest.readyNanos)) {
                latest = each;
            }
        }
        if (latest != null) {
            stop(latest, nowNanos);
            return;
        }
        replicas.stream()
                .filter(each -> each.state == State.READY)
                .min(Comparator.<Replica<T>>comparingInt(Replica::inFlight).thenComparingInt(each -> -each.id))
                .ifPresent(each -> each.state = State.DRAINING);
    }

    private void stop(Replica<T> replica, long nowNanos) {
        if (!replica.engine.isIdle()) {
            throw new IllegalStateException(
                    "engine " + replica.id + " stops with " + replica.inFlight() + " requests in hand, expected none");
        }
        replicas.remove(replica);
        stoppedNanos += nowNanos - replica.startedNanos;
        if (replica.state == State.DRAINING && plan.keptHotNanos() > 0) {
            hotUntil.addLast(nowNanos + plan.keptHotNanos());
        }
        stopped.accept(replica);
    }

    private void refresh() {
        most = Math.max(most, replicas.size());
        ready.clear();
        for (Replica<T> each : replicas) {
            if (each.state == State.READY) {
                ready.add(each);
            }
        }
    }

    /// @param held requests that waited for a first engine
    FleetUse use(long nowNanos, int held) {
        long nanos = stoppedNanos;
        for (Replica<T> each : replicas) {
            nanos += Math.max(0, nowNanos - each.startedNanos);
        }
        return new FleetUse(nanos / 1e9, coldStarts, hotStarts, held, most);
    }
}
