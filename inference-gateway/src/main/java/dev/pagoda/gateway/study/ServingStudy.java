package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.engine.BlockStay;
import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.engine.EngineEvents;
import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.KvTransfers;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.engine.Sequence;
import dev.pagoda.gateway.engine.Submission;
import dev.pagoda.gateway.model.StepModel;
import dev.pagoda.gateway.route.Choice;
import dev.pagoda.gateway.route.RouteRequest;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.route.RoutingOptions;
import dev.pagoda.gateway.route.RoutingPolicy;
import dev.pagoda.gateway.scale.Autoscaler;
import dev.pagoda.gateway.scale.Reading;
import dev.pagoda.gateway.scale.ScaleMeter;
import dev.pagoda.gateway.scale.Scaling;
import dev.pagoda.gateway.scale.StepProfile;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Serves a trace on engines under a virtual clock. The same plan, time model and trace give the same result.
public final class ServingStudy {
    private final ServingPlan plan;
    private final StepModel time;
    private final PowerModel power;

    public ServingStudy(ServingPlan plan, StepModel time, PowerModel power) {
        this.plan = plan;
        this.time = time;
        this.power = power;
    }

    /// @param requests in order of arrival
    /// @param progress is told how many requests have arrived
    public ServingResult run(List<TimedRequest> requests, IntConsumer progress) {
        return run(requests, progress, ServingWatch.NONE);
    }

    /// @param requests in order of arrival
    /// @param progress is told how many requests have arrived
    public ServingResult run(List<TimedRequest> requests, IntConsumer progress, ServingWatch watch) {
        return new Run(requests, watch).run(progress);
    }

    private final class Run implements EngineEvents<StudyJob> {
        private final List<TimedRequest> requests;
        private final StudyEngines engines;
        private final Fleet<StudyJob> fleet;
        private final Sessions sessions = new Sessions(plan.blockTokens());
        private final Deque<StudyJob> held = new ArrayDeque<>();
        private final ScaleMeter meter = new ScaleMeter();
        private final Autoscaler autoscaler = plan.fleet()
                .scaling()
                .autoscaler(new Scaling.Setting(
                        new StepProfile(time, plan.limits()),
                        plan.fleet().startNanos() / 1e9,
                        plan.fleet().ttftMillis(),
                        plan.fleet().tpotMillis()));
        private final List<StudyJob> jobs = new ArrayList<>();
        private final Samples interTokenMillis = new Samples();
        private final List<ServingResult.Tick> ticks = new ArrayList<>();
        private final RoutingPolicy router;
        private final @Nullable PromptStage prompts;
        private ServingResult.Totals totals = ServingResult.Totals.NONE;
        private int heldRequests;
        private long generated;
        private long generatedAtTick;
        private long tickNanos;

        private final ServingWatch watch;
        /// The engine that is being advanced, whose steps are told without a sequence.
        private int advanced;

        Run(List<TimedRequest> requests, ServingWatch watch) {
            this.requests = requests;
            this.watch = watch;
            engines = new StudyEngines(plan, time, power, watch, () -> advanced);
            fleet = new Fleet<>(plan.fleet(), plan.engines(), () -> engines.engine(plan.limits()), this::stopped);
            Disaggregation split = plan.split();
            prompts = split == null ? null : new PromptStage(split);
            router = router(split == null ? plan.routing() : split.routing(), plan.limits());
        }

        private RoutingPolicy router(Routing routing, EngineLimits limits) {
            return routing.router(new RoutingOptions(
                    plan.blockTokens(), limits.kvBlocks(), plan.fleet().ttftMillis()));
        }

        private void stopped(Fleet.Replica<StudyJob> replica) {
            totals = totals.plus(replica.engine);
            watch.stopped(state(replica));
            router.removed(replica.id());
        }

        ServingResult run(IntConsumer progress) {
            for (int i = 0; i < requests.size(); i++) {
                TimedRequest request = requests.get(i);
                advance(request.arrivalNanos());
                var job = new StudyJob(i, new RouteRequest(request.prompt(), sessions.of(request.prompt())));
                jobs.add(job);
                meter.arrived(request.prompt().tokens(), request.arrivalNanos());
                if (prompts != null) {
                    prompts.submit(job, request.arrivalNanos());
                } else if (fleet.ready().isEmpty()) {
                    heldRequests++;
                    held.add(job);
                } else {
                    submit(job, request.arrivalNanos());
                }
                progress.accept(i + 1);
            }
            while (!held.isEmpty() || isBusy()) {
                advance(tickNanos + plan.tickNanos());
            }
            return result();
        }

        private boolean isBusy() {
            return fleet.all().stream().anyMatch(each -> each.engine.dueNanos().isPresent())
                    || (prompts != null && prompts.isBusy());
        }

        private void submit(StudyJob job, long nowNanos) {
            submit(job, router.pick(fleet.ready(), job.request), 0, nowNanos);
        }

        /// @param remoteTokens of the prompt whose keys and values are there already
        private void submit(StudyJob job, Choice choice, int remoteTokens, long nowNanos) {
            TimedRequest request = requests.get(job.index);
            Engine<StudyJob> engine = fleet.ready().get(choice.index()).engine;
            job.choice = choice;
            job.engine = (int) choice.target();
            job.sentNanos = nowNanos;
            var submission = new Submission<>(
                    job, request.prompt(), request.outputTokens(), 0, Submission.NO_ADAPTER, remoteTokens);
            if (engine.submit(submission, nowNanos)
                    instanceof Admission.Admitted<StudyJob>(Sequence<StudyJob> sequence)) {
                job.sequence = sequence;
                advanced = job.engine;
                engine.advance(nowNanos, this);
            } else {
                router.abandoned(choice);
                meter.left(nowNanos);
            }
        }

        /// Brings all engines to a time; on the way engines become ready, and at every tick their state is noted and
        /// the autoscaler asked.
        private void advance(long untilNanos) {
            while (true) {
                long nextTick = tickNanos + plan.tickNanos();
                long nextReady = fleet.nextReadyNanos();
                if (nextReady <= untilNanos && nextReady < nextTick) {
                    advanceEngines(nextReady);
                    ready(nextReady);
                } else if (nextTick <= untilNanos) {
                    tickNanos = nextTick;
                    advanceEngines(tickNanos);
                    ready(tickNanos);
                    noteTick();
                    scale();
                } else {
                    break;
                }
            }
            advanceEngines(untilNanos);
        }

        private void ready(long nowNanos) {
            fleet.settle(nowNanos);
            while (!held.isEmpty() && !fleet.ready().isEmpty()) {
                submit(held.removeFirst(), nowNanos);
            }
        }

        private void scale() {
            if (plan.fleet().isFixed()) {
                return;
            }
            var loads = new ArrayList<Reading.Load>();
            for (Fleet.Replica<StudyJob> each : fleet.ready()) {
                loads.add(new Reading.Load(each.running(), each.waiting(), each.kvUsage()));
            }
            Reading reading = meter.read(tickNanos, fleet.starting(), held.size(), loads);
            int wanted = Math.max(autoscaler.wanted(reading), held.isEmpty() ? 0 : 1);
            fleet.scaleTo(Math.clamp(wanted, plan.fleet().fewest(), plan.fleet().most()), tickNanos);
            ready(tickNanos);
        }

        private void advanceEngines(long untilNanos) {
            if (prompts != null) {
                prompts.advance(untilNanos);
            }
            advance(fleet, this, untilNanos);
        }

        private void advance(Fleet<StudyJob> some, EngineEvents<StudyJob> events, long untilNanos) {
            List<Fleet.Replica<StudyJob>> all = some.all();
            for (int i = 0; i < all.size(); i++) {
                Engine<StudyJob> engine = all.get(i).engine;
                OptionalLong due = engine.dueNanos();
                if (due.isPresent() && due.getAsLong() <= untilNanos) {
                    advanced = (int) all.get(i).id();
                    engine.advance(untilNanos, events);
                }
            }
        }

        /// The engines that only read prompts. What they do depends on no other engine, so that they go
        /// ahead, and the others follow from one hand-over to the next.
        private final class PromptStage implements EngineEvents<StudyJob> {
            private final KvTransfers<StudyJob> transfers;
            private final Disaggregation split;
            private final Fleet<StudyJob> readers;
            private final RoutingPolicy readRouter;

            PromptStage(Disaggregation split) {
                this.split = split;
                transfers = new KvTransfers<>(split.latencyNanos());
                readers = new Fleet<>(
                        FleetPlan.fixed(split.engines()),
                        split.engines(),
                        () -> engines.engine(split.limits()),
                        stopped -> {},
                        plan.engines());
                readRouter = router(plan.routing(), split.limits());
            }

            boolean isBusy() {
                return !transfers.isEmpty()
                        || readers.all().stream()
                                .anyMatch(each -> each.engine.dueNanos().isPresent());
            }

            void submit(StudyJob job, long nowNanos) {
                TimedRequest request = requests.get(job.index);
                Choice choice = readRouter.pick(readers.ready(), job.request);
                Engine<StudyJob> engine = readers.ready().get(choice.index()).engine;
                job.readChoice = choice;
                job.engine = (int) choice.target();
                advanced = job.engine;
                var submission = Submission.of(job, request.prompt(), 1);
                if (engine.submit(submission, nowNanos) instanceof Admission.Admitted<StudyJob>) {
                    engine.advance(nowNanos, this);
                } else {
                    readRouter.abandoned(choice);
                    meter.left(nowNanos);
                }
            }

            void advance(long untilNanos) {
                Run.this.advance(readers, this, untilNanos);
                for (var next = transfers.next(untilNanos); next.isPresent(); next = transfers.next(untilNanos)) {
                    KvTransfers.Move<StudyJob> move = next.get();
                    StudyJob job = move.owner();
                    Run.this.advance(fleet, Run.this, move.atNanos());
                    Choice choice = job.choice;
                    if (!move.hasMoved()) {
                        Choice picked = router.pick(fleet.ready(), job.request);
                        job.choice = picked;
                        Prompt prompt = requests.get(job.index).prompt();
                        int there = fleet.ready().get(picked.index()).engine.cachedTokens(prompt);
                        int missing = Math.max(0, prompt.tokens() - there);
                        job.movedTokens = missing;
                        job.movedNanos = transfers.send(move, bytes(missing), split.bytesPerSecond(), move.atNanos());
                    } else if (choice != null) {
                        int tokens = requests.get(job.index).prompt().tokens();
                        watch.received(
                                (int) choice.target(),
                                tokens,
                                job.movedTokens,
                                job.movedNanos,
                                split.latencyNanos(),
                                bytes(job.movedTokens));
                        Run.this.submit(job, choice, tokens, move.atNanos());
                    }
                }
            }

            private double bytes(int tokens) {
                return tokens * power.model().kvBytesPerToken();
            }

            @Override
            public void stepped(int tokens, long atNanos) {
                watch.stepped(advanced, tokens);
            }

            @Override
            public void evicted(BlockStay stay, long atNanos) {
                watch.evicted(advanced, stay);
            }

            @Override
            public void scheduled(Sequence<StudyJob> sequence, long atNanos) {
                StudyJob job = sequence.owner();
                job.scheduledNanos = atNanos;
                watch.scheduled(
                        job.engine,
                        sequence.promptTokens(),
                        atNanos - requests.get(job.index).arrivalNanos());
            }

            @Override
            public void token(Sequence<StudyJob> sequence, int index, long atNanos) {
                StudyJob job = sequence.owner();
                Choice choice = job.readChoice;
                if (choice != null) {
                    readRouter.firstToken(
                            choice, atNanos - requests.get(job.index).arrivalNanos());
                    transfers.read(job, choice.target(), atNanos);
                }
            }

            @Override
            public void finished(Sequence<StudyJob> sequence, long atNanos) {
                sequence.owner().readCached = sequence.cached();
            }
        }

        private void noteTick() {
            int running = 0;
            int waiting = held.size();
            double kv = 0;
            List<Fleet.Replica<StudyJob>> all = new ArrayList<>(fleet.all());
            if (prompts != null) {
                all.addAll(prompts.readers.all());
            }
            for (Fleet.Replica<StudyJob> each : all) {
                running += each.running();
                waiting += each.waiting();
                kv += each.kvUsage();
            }
            double rate = (generated - generatedAtTick) * 1e9 / plan.tickNanos();
            generatedAtTick = generated;
            int replicas = all.size();
            ticks.add(new ServingResult.Tick(
                    tickNanos,
                    running,
                    waiting,
                    kv / Math.max(1, replicas),
                    rate,
                    replicas,
                    fleet.ready().size()
                            + (prompts == null ? 0 : prompts.readers.ready().size())));
            if (watch.hears()) {
                watch.tick(tickNanos, held.size(), all.stream().map(this::state).toList());
            }
        }

        private ServingWatch.State state(Fleet.Replica<StudyJob> replica) {
            Engine<StudyJob> engine = replica.engine;
            return new ServingWatch.State(
                    (int) replica.id(),
                    replica.running(),
                    replica.waiting(),
                    replica.kvUsage(),
                    engine.prefixQueries(),
                    engine.prefixHits(),
                    engine.preemptions(),
                    engine.drafts());
        }

        private ServingResult result() {
            var outcomes = new ArrayList<RequestOutcome>(jobs.size());
            for (StudyJob job : jobs) {
                outcomes.add(job.outcome(requests.get(job.index)));
            }
            long lastNanos = 0;
            for (StudyJob job : jobs) {
                lastNanos = Math.max(lastNanos, job.lastNanos);
            }
            for (Fleet.Replica<StudyJob> each : fleet.all()) {
                totals = totals.plus(each.engine);
            }
            FleetUse use = fleet.use(lastNanos, heldRequests);
            if (prompts != null) {
                for (Fleet.Replica<StudyJob> each : prompts.readers.all()) {
                    totals = totals.plus(each.engine);
                }
                use = use.plus(prompts.readers.use(lastNanos, 0));
            }
            return new ServingResult(
                    plan,
                    time.confidence(),
                    outcomes,
                    interTokenMillis,
                    ticks,
                    totals.withJoules(engines.joules()),
                    PrefixBound.of(requests),
                    use,
                    prompts == null
                            ? ServingResult.Transfers.NONE
                            : new ServingResult.Transfers(
                                    prompts.transfers.count(),
                                    prompts.transfers.bytes(),
                                    prompts.transfers.nanos() / 1e9));
        }

        @Override
        public void stepped(int tokens, long atNanos) {
            watch.stepped(advanced, tokens);
        }

        @Override
        public void evicted(BlockStay stay, long atNanos) {
            watch.evicted(advanced, stay);
        }

        @Override
        public void scheduled(Sequence<StudyJob> sequence, long atNanos) {
            StudyJob job = sequence.owner();
            if (prompts == null) {
                job.scheduledNanos = atNanos;
            }
            long waited = atNanos - (prompts == null ? requests.get(job.index).arrivalNanos() : job.sentNanos);
            watch.scheduled(job.engine, sequence.promptTokens(), waited);
        }

        @Override
        public void token(Sequence<StudyJob> sequence, int index, long atNanos) {
            StudyJob job = sequence.owner();
            generated++;
            if (index == 0) {
                job.firstNanos = atNanos;
                long waited = atNanos - requests.get(job.index).arrivalNanos();
                meter.firstToken(waited);
                watch.firstToken(job.engine, waited);
                if (job.choice != null) {
                    router.firstToken(job.choice, atNanos - job.sentNanos);
                }
            } else {
                interTokenMillis.add((atNanos - job.previousNanos) / 1e6);
                meter.nextToken(atNanos - job.previousNanos);
                watch.nextToken(job.engine, atNanos - job.previousNanos);
            }
            job.previousNanos = atNanos;
        }

        @Override
        public void finished(Sequence<StudyJob> sequence, long atNanos) {
            StudyJob job = sequence.owner();
            job.lastNanos = atNanos;
            meter.finished(sequence.outputTokens(), atNanos);
            if (watch.hears()) {
                watch.finished(job.outcome(requests.get(job.index)));
            }
        }
    }
}
