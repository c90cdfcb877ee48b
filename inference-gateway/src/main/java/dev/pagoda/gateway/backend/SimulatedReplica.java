package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.Placed;
import dev.pagoda.gateway.backend.ChatJob.Turn;
import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.engine.EngineEvents;
import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.engine.Sequence;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.StepTime;
import dev.pagoda.registry.api.ModelArchitecture;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/// One engine on the accelerators that compute gave it, driven by the wall clock.
///
/// The engine keeps its own schedule: a timer that fires late finds several steps due and carries them all out, and
/// the next step begins where the last one ended, so that the lateness of timers does not add up.
///
/// Belongs to the deployments' context.
final class SimulatedReplica implements EngineEvents<Turn> {
    /// What a replica is told to build.
    ///
    /// @param waitingTurns sequences that may wait within the engine
    record Blueprint(
            String model,
            String version,
            Architecture architecture,
            int devices,
            int stepTokens,
            int maxSequences,
            int waitingTurns) {}

    /// A replica's surroundings.
    ///
    /// @param onDone     a job has made all its tokens; told in the middle of an engine's turn
    /// @param onProgress an engine's turn is over
    record Surroundings(
            Vertx vertx, LongSupplier clock, Outbox outbox, Consumer<ChatJob> onDone, Runnable onProgress) {}

    private static final long MILLI = 1_000_000;

    /// Keys and values are kept in 16 bits whatever the weights are, as engines do by default.
    private static final double KV_BYTES = 2;

    private final String id;
    private final Blueprint blueprint;
    private final Placed placed;
    private final VllmMetrics allMetrics;
    private final EngineMetrics metrics;
    private final Surroundings around;
    private final Engine<Turn> engine;
    private final Set<ChatJob> jobs = new LinkedHashSet<>();
    /// Turns with text that is not sent yet.
    private final List<Turn> fresh = new ArrayList<>();

    private long timer = -1;
    private long preemptionsTold;

    /// When the steps that are under way began, -1 while there are none.
    private long busySinceNanos = -1;

    private long busyNanos;
    private long activityToldNanos;

    /// @throws IllegalArgumentException if the model does not fit the devices
    SimulatedReplica(String id, Blueprint blueprint, Placed placed, VllmMetrics allMetrics, Surroundings around) {
        this.id = id;
        this.blueprint = blueprint;
        this.placed = placed;
        this.around = around;
        this.activityToldNanos = around.clock().getAsLong();
        Device device = device(placed.accelerator());
        int blocks = KvCapacity.blocks(blueprint.architecture(), device, blueprint.devices(), blueprint.stepTokens());
        if (blocks == 0) {
            throw new IllegalArgumentException(blueprint.model() + " leaves no memory for keys and values on "
                    + blueprint.devices() + " x " + device.id());
        }
        var limits = new EngineLimits(
                blueprint.stepTokens(),
                blueprint.maxSequences(),
                blueprint.waitingTurns(),
                blueprint.architecture().contextTokens(),
                blocks);
        var time = new StepTime(
                blueprint.architecture(),
                device,
                blueprint.devices(),
                new Link.Fitted(device),
                HostTime.VLLM_SYNCHRONOUS);
        this.engine = new Engine<>(limits, EngineRules.SYNCHRONOUS, time::nanos);
        this.allMetrics = allMetrics;
        this.metrics = allMetrics.claim(blueprint.model());
    }

    static Architecture architecture(ModelArchitecture shape) {
        return new Architecture(
                shape.layers(),
                shape.hidden(),
                shape.heads(),
                shape.kvHeads(),
                shape.headDim(),
                shape.intermediate(),
                shape.vocabulary(),
                shape.context(),
                shape.tiedEmbeddings(),
                shape.dtype().bytes(),
                KV_BYTES);
    }

    static Device device(AcceleratorSpec accelerator) {
        return new Device(
                accelerator.id(),
                accelerator.memory().bytes(),
                accelerator.memory().bytesPerSecond(),
                accelerator.peaks().sixteenBit(),
                accelerator.link().bytesPerSecondOneWay());
    }

    String id() {
        return id;
    }

    Placed placed() {
        return placed;
    }

    int running() {
        return engine.running();
    }

    int waiting() {
        return engine.waiting();
    }

    int freeBlocks() {
        return engine.freeBlocks();
    }

    int blocks() {
        return engine.limits().kvBlocks();
    }

    double kvUsage() {
        return engine.kvUsage();
    }

    /// Sequences in hand.
    int load() {
        return engine.running() + engine.waiting();
    }

    boolean isIdle() {
        return jobs.isEmpty();
    }

    /// Whether so many more sequences would find a place in the batch; an idle replica takes any number.
    boolean hasRoom(int sequences) {
        return isIdle() || load() + sequences <= blueprint.maxSequences();
    }

    /// Takes a job up, from where its last replica left it.
    ///
    /// @return why not; empty when it was taken up
    Optional<Admission.Why> accept(ChatJob job) {
        long now = around.clock().getAsLong();
        engine.advance(now, this);
        job.replica = this;
        jobs.add(job);
        for (Turn turn : job.open()) {
            switch (engine.submit(turn, job.promptTokens() + turn.position(), turn.remaining(), now)) {
                case Admission.Admitted<Turn>(Sequence<Turn> sequence) -> turn.sequence = sequence;
                case Admission.Refused<Turn>(Admission.Why why) -> {
                    drop(job);
                    return Optional.of(why);
                }
            }
        }
        engine.advance(now, this);
        settle();
        return Optional.empty();
    }

    /// Jobs for whose end nobody waits any more.
    List<ChatJob> expired() {
        return jobs.stream().filter(job -> job.session.call().isExpired()).toList();
    }

    /// Frees everything that a job holds here, at once.
    void drop(ChatJob job) {
        for (Turn turn : job.open()) {
            if (turn.sequence != null) {
                engine.cancel(turn.sequence);
                turn.sequence = null;
            }
        }
        jobs.remove(job);
        job.replica = null;
        tellState();
    }

    /// Stops at once, as when the devices are gone.
    ///
    /// @return jobs that were not done, in the order they came
    List<ChatJob> abandon() {
        cancelTimer();
        engine.abandon();
        sendFresh();
        var left = new ArrayList<>(jobs);
        jobs.clear();
        for (ChatJob job : left) {
            job.replica = null;
            job.open().forEach(turn -> turn.sequence = null);
        }
        allMetrics.release(metrics);
        return left;
    }

    @Override
    public void scheduled(Sequence<Turn> sequence, long atNanos) {
        ChatJob job = sequence.owner().job;
        if (!job.wasScheduled) {
            job.wasScheduled = true;
            metrics.queued(Math.max(0, atNanos - job.session.arrivedNanos()));
            var news = new ChatStarted(blueprint.model(), blueprint.version(), job.promptTokens(), id);
            around.outbox().send(job.session, () -> job.session.started(news, metrics));
        }
    }

    @Override
    public void token(Sequence<Turn> sequence, int index, long atNanos) {
        Turn turn = sequence.owner();
        if (turn.lastTokenNanos >= 0) {
            metrics.nextToken(atNanos - turn.lastTokenNanos);
        }
        turn.lastTokenNanos = atNanos;
        if (turn.advance() && !turn.isFresh) {
            turn.isFresh = true;
            fresh.add(turn);
        }
    }

    @Override
    public void finished(Sequence<Turn> sequence, long atNanos) {
        Turn turn = sequence.owner();
        ChatJob job = turn.job;
        turn.send(around.outbox(), metrics);
        turn.sendFinish(around.outbox());
        turn.isDone = true;
        turn.sequence = null;
        if (job.isDone()) {
            job.isOver = true;
            jobs.remove(job);
            job.replica = null;
            around.onDone().accept(job);
        }
    }

    private void tick() {
        timer = -1;
        engine.advance(around.clock().getAsLong(), this);
        settle();
        around.onProgress().run();
        around.outbox().flush();
    }

    private void settle() {
        sendFresh();
        tellState();
        arm();
    }

    private void sendFresh() {
        for (Turn turn : fresh) {
            turn.isFresh = false;
            turn.send(around.outbox(), metrics);
        }
        fresh.clear();
    }

    private void tellState() {
        metrics.state(engine.running(), engine.waiting(), engine.kvUsage());
        metrics.preempted(engine.preemptions() - preemptionsTold);
        preemptionsTold = engine.preemptions();
    }

    /// The part of the time since it was last asked that steps were under way, 0 to 1.
    double takeActivity() {
        long now = around.clock().getAsLong();
        if (busySinceNanos >= 0) {
            busyNanos += now - busySinceNanos;
            busySinceNanos = now;
        }
        long passed = now - activityToldNanos;
        double part = passed <= 0 ? 0 : Math.clamp((double) busyNanos / passed, 0, 1);
        busyNanos = 0;
        activityToldNanos = now;
        return part;
    }

    private void noteActivity(boolean isBusy) {
        if (isBusy == (busySinceNanos >= 0)) {
            return;
        }
        long now = around.clock().getAsLong();
        if (isBusy) {
            busySinceNanos = now;
        } else {
            busyNanos += now - busySinceNanos;
            busySinceNanos = -1;
        }
    }

    private void arm() {
        OptionalLong due = engine.dueNanos();
        noteActivity(due.isPresent());
        if (timer >= 0 || due.isEmpty()) {
            return;
        }
        long wait = due.getAsLong() - around.clock().getAsLong();
        timer = around.vertx().setTimer(Math.max(1, Math.ceilDiv(wait, MILLI)), fired -> tick());
    }

    private void cancelTimer() {
        if (timer >= 0) {
            around.vertx().cancelTimer(timer);
            timer = -1;
        }
    }
}
