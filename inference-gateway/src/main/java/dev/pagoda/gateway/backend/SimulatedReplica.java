package dev.pagoda.gateway.backend;

import dev.pagoda.compute.api.Placed;
import dev.pagoda.gateway.backend.ChatJob.Turn;
import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.engine.Sequence;
import dev.pagoda.gateway.engine.Submission;
import dev.pagoda.gateway.metrics.AdapterLoad;
import dev.pagoda.gateway.metrics.EngineFacts;
import dev.pagoda.gateway.metrics.EngineMetrics;
import dev.pagoda.gateway.metrics.VllmMetrics;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.LpuStepTime;
import dev.pagoda.gateway.model.StepModel;
import dev.pagoda.gateway.model.StepShape;
import dev.pagoda.gateway.model.StepWork;
import dev.pagoda.gateway.route.Target;
import dev.pagoda.gateway.scale.ServingProfile;
import dev.pagoda.gateway.scale.StepProfile;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/// One engine on the accelerators that compute gave it, driven by the wall clock.
///
/// The engine keeps its own schedule in the engines' time: a timer that fires late finds several steps due and carries
/// them all out, and the next step begins where the last one ended, so that the lateness of timers does not add up.
///
/// Belongs to the deployments' context.
final class SimulatedReplica extends StepWheel.Entry implements Target {
    /// What a replica is told to build.
    ///
    /// @param waitingTurns sequences that may wait within the engine
    /// @param blockSample  share of the KV blocks of which the metrics tell; 0 for none
    /// @param tellsWork    whether the metrics tell operations and memory traffic
    record Blueprint(
            String model,
            String version,
            Architecture architecture,
            int devices,
            int stepTokens,
            int maxSequences,
            int waitingTurns,
            HostTime host,
            EngineRules rules,
            double blockSample,
            boolean tellsWork) {}

    /// What becomes of a replica's jobs.
    interface Owner {
        /// A job has made all its tokens; told in the middle of an engine's turn.
        void onDone(SimulatedReplica replica, ChatJob job, long atNanos);

        /// A choice has its first token; told in the middle of an engine's turn.
        void onFirstToken(SimulatedReplica replica, ChatJob job, long atNanos);

        /// Another token, so long after the one before.
        void onNextToken(long gapNanos);

        /// A job has as many tokens as it may before something befalls it; told after an engine's turn.
        void onTrapped(SimulatedReplica replica, ChatJob job);

        /// An engine's turn is over.
        void onProgress();
    }

    /// A replica's surroundings.
    record Surroundings(
            EngineClock clock, StepTimer timer, Outbox outbox, VllmMetrics metrics, MediaCache media, Owner owner) {}

    private final long number;
    private final String name;
    private final Blueprint blueprint;
    private final Placed placed;
    private final EngineMetrics metrics;
    private final Surroundings around;
    private final EngineLimits limits;
    private final EngineRules rules;
    private final StepModel time;
    private final StepWork work;
    private Engine<Turn> engine;
    private final Set<ChatJob> jobs = new LinkedHashSet<>();
    private final TurnEvents events;
    private boolean isStalled;
    private EngineTelling telling;
    private final ReplicaActivity activity;
    private boolean hasAdapters;

    /// @throws IllegalArgumentException if the model does not fit the devices
    SimulatedReplica(long number, String name, Blueprint blueprint, Placed placed, Surroundings around) {
        this.number = number;
        this.name = name;
        this.blueprint = blueprint;
        this.placed = placed;
        this.around = around;
        this.activity = new ReplicaActivity(around.clock().nanos());
        Device device = ReplicaModel.device(placed.accelerator());
        this.time = ReplicaModel.time(blueprint, device);
        this.limits = ReplicaLimits.of(blueprint, device);
        this.rules = LpuStepTime.isLpu(device.id()) ? EngineRules.LPU : blueprint.rules();
        this.metrics = around.metrics().claim(blueprint.model(), facts(limits.contextTokens(), limits.kvBlocks()));
        this.events = new TurnEvents(this, blueprint, metrics, around, jobs);
        this.work = new StepWork(blueprint.architecture(), time.parallel());
        this.engine = newEngine();
        this.telling = new EngineTelling(engine, metrics, rules.drafts() > 0);
    }

    private Engine<Turn> newEngine() {
        var fresh = new Engine<Turn>(limits, rules, this::stepNanos);
        if (blueprint.blockSample() > 0) {
            metrics.tellBlocks();
            fresh.sampleBlocks(blueprint.blockSample(), number);
        }
        if (blueprint.tellsWork()) {
            metrics.tellWork();
        }
        return fresh;
    }

    private long stepNanos(StepShape step) {
        if (blueprint.tellsWork()) {
            metrics.worked(work.perDevice(List.of(step)));
        }
        return time.nanos(step);
    }

    static EngineFacts facts(int contextTokens, int kvBlocks) {
        return new EngineFacts(contextTokens, KvCapacity.BLOCK_TOKENS, kvBlocks, KvCapacity.MEMORY_SHARE, "auto", true);
    }

    @Override
    public long id() {
        return number;
    }

    String name() {
        return name;
    }

    /// What a benchmark of it would show.
    ServingProfile profile() {
        return new StepProfile(time, limits);
    }

    /// Bytes of weights over all its devices.
    double weightBytes() {
        return blueprint.architecture().weightBytes();
    }

    Placed placed() {
        return placed;
    }

    @Override
    public int running() {
        return engine.running();
    }

    @Override
    public int waiting() {
        return engine.waiting();
    }

    int freeBlocks() {
        return engine.freeBlocks();
    }

    int blocks() {
        return engine.limits().kvBlocks();
    }

    @Override
    public double kvUsage() {
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
        return isIdle() || load() + sequences <= limits.maxSequences();
    }

    /// Takes a job up, from where its last replica left it.
    ///
    /// @return why not; empty when it was taken up
    Optional<Admission.Why> accept(ChatJob job) {
        hasAdapters |= !job.adapterName().isEmpty();
        return take(job, job.open(), job::submission);
    }

    /// Reads a job's prompt, so that another replica can go on; [Owner#onDone] tells when that is done.
    ///
    /// @return why not; empty when it was taken up
    Optional<Admission.Why> read(ChatJob job) {
        job.isReading = true;
        return take(job, List.of(job.open().getFirst()), job::reading);
    }

    private Optional<Admission.Why> take(ChatJob job, List<Turn> turns, Function<Turn, Submission<Turn>> submission) {
        long now = around.clock().nanos();
        run(now);
        job.replica = this;
        jobs.add(job);
        for (Turn turn : turns) {
            switch (engine.submit(submission.apply(turn), now)) {
                case Admission.Admitted<Turn>(Sequence<Turn> sequence) -> turn.sequence = sequence;
                case Admission.Refused<Turn>(Admission.Why why) -> {
                    drop(job);
                    return Optional.of(why);
                }
            }
        }
        run(now);
        settle();
        return Optional.empty();
    }

    /// How many leading tokens of a prompt it has keys and values of.
    int cachedTokens(Prompt prompt) {
        return engine.cachedTokens(prompt);
    }

    /// Bytes of keys and values of a token.
    double kvBytesPerToken() {
        return blueprint.architecture().kvBytesPerToken();
    }

    EngineMetrics metrics() {
        return metrics;
    }

    private void run(long nowNanos) {
        if (!isStalled) {
            engine.advance(nowNanos, events);
        }
        if (engine.isIdle()) {
            events.idle(nowNanos);
        }
    }

    /// Works on nothing from now on, or goes on where it stopped.
    void stall(boolean wanted) {
        isStalled = wanted;
        if (wanted) {
            around.timer().clear(this);
        } else {
            due();
        }
    }

    /// Whether it has work and ended no step for so long.
    boolean isDead(long forNanos) {
        return !engine.isIdle() && around.clock().nanos() - events.aliveNanos() > forNanos;
    }

    /// Awake again.
    void wake() {
        metrics.asleep(0);
    }

    /// Forgets all keys and values, as vLLM's engine does at both levels. It must have nothing in hand.
    ///
    /// @param level 1 keeps the weights in the host's memory, 2 drops them
    void sleep(int level) {
        if (!isIdle() || !engine.isIdle()) {
            throw new IllegalStateException("replica " + name + " has " + load() + " sequences in hand, expected none");
        }
        tellState();
        engine = newEngine();
        telling = new EngineTelling(engine, metrics, rules.drafts() > 0);
        metrics.asleep(level);
    }

    /// Jobs for whose end nobody waits any more.
    List<ChatJob> expired() {
        return jobs.stream().filter(job -> job.session.call().isExpired()).toList();
    }

    /// Frees everything that a job holds here, at once.
    void drop(ChatJob job) {
        for (Turn turn : job.open()) {
            if (turn.sequence != null) {
                turn.preemptions += turn.sequence.preemptions();
                engine.cancel(turn.sequence);
                turn.sequence = null;
            }
        }
        jobs.remove(job);
        job.replica = null;
        job.isReading = false;
        tellState();
    }

    /// Stops at once, as when the devices are gone.
    ///
    /// @return jobs that were not done, in the order they came
    List<ChatJob> abandon() {
        around.timer().clear(this);
        tellState();
        engine.abandon();
        events.sendFresh();
        var left = new ArrayList<>(jobs);
        jobs.clear();
        for (ChatJob job : left) {
            job.replica = null;
            job.isReading = false;
            job.open().forEach(turn -> turn.sequence = null);
        }
        around.metrics().release(metrics);
        return left;
    }

    @Override
    void due() {
        run(around.clock().nanos());
        settle();
        around.owner().onProgress();
    }

    private void settle() {
        events.sendFresh();
        tellState();
        arm();
        events.springTraps();
    }

    private void tellState() {
        telling.tell();
        if (hasAdapters) {
            tellAdapters();
        }
    }

    private void tellAdapters() {
        var running = new TreeSet<String>();
        var waiting = new TreeSet<String>();
        for (ChatJob job : jobs) {
            if (!job.adapterName().isEmpty()) {
                (job.wasScheduled ? running : waiting).add(job.adapterName());
            }
        }
        metrics.adapters(AdapterLoad.of(rules.adapterSlots(), running, waiting, System.currentTimeMillis() / 1e3));
    }

    /// The part of the time since it was last asked that steps were under way, 0 to 1.
    double takeActivity() {
        return activity.take(around.clock().nanos());
    }

    private void arm() {
        OptionalLong due = engine.dueNanos();
        activity.note(due.isPresent(), around.clock().nanos());
        if (due.isPresent() && !isStalled) {
            around.timer().set(this, due.getAsLong());
        } else {
            around.timer().clear(this);
        }
    }
}
