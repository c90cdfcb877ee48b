package dev.pagoda.gateway.study;

import dev.pagoda.gateway.engine.Admission;
import dev.pagoda.gateway.engine.Engine;
import dev.pagoda.gateway.engine.EngineEvents;
import dev.pagoda.gateway.engine.Sequence;
import dev.pagoda.gateway.engine.Submission;
import dev.pagoda.gateway.model.MeasuredStepTime;
import dev.pagoda.gateway.model.StepModel;
import dev.pagoda.gateway.model.StepShape;
import java.util.ArrayList;
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
        return new Run(requests).run(progress);
    }

    private static final class Job {
        final int index;
        final int engine;

        @Nullable
        Sequence<Job> sequence;

        long scheduledNanos = -1;
        long firstNanos = -1;
        long previousNanos = -1;
        long lastNanos = -1;

        Job(int index, int engine) {
            this.index = index;
            this.engine = engine;
        }
    }

    private final class Run implements EngineEvents<Job> {
        private final List<TimedRequest> requests;
        private final List<Engine<Job>> engines = new ArrayList<>();
        private final List<Job> jobs = new ArrayList<>();
        private final Samples interTokenMillis = new Samples();
        private final List<ServingResult.Tick> ticks = new ArrayList<>();
        private final Router router = new Router(plan.routing());
        private double joules;
        private long generated;
        private long generatedAtTick;
        private long tickNanos;

        Run(List<TimedRequest> requests) {
            this.requests = requests;
            for (int i = 0; i < plan.engines(); i++) {
                engines.add(new Engine<>(
                        plan.limits(), plan.rules(), plan.parallel().data(), this::stepNanos));
            }
        }

        private long stepNanos(List<StepShape> ranks) {
            double micros;
            if (ranks.size() > 1 && time instanceof MeasuredStepTime measured) {
                int most = 0;
                for (StepShape each : ranks) {
                    most = Math.max(most, each.sequences());
                }
                micros = time.host().stepMicros(measured.deviceMicros(ranks), time.layers(), most);
            } else {
                micros = 0;
                for (StepShape each : ranks) {
                    micros = Math.max(micros, time.micros(each));
                }
            }
            for (StepShape each : ranks) {
                joules += power.activeJoules(each, micros);
            }
            return Math.round(micros * 1e3);
        }

        ServingResult run(IntConsumer progress) {
            for (int i = 0; i < requests.size(); i++) {
                TimedRequest request = requests.get(i);
                advance(request.arrivalNanos());
                int picked = router.pick(engines, request.prompt());
                Engine<Job> engine = engines.get(picked);
                var job = new Job(i, picked);
                jobs.add(job);
                var submission = Submission.of(job, request.prompt(), request.outputTokens());
                if (engine.submit(submission, request.arrivalNanos())
                        instanceof Admission.Admitted<Job>(Sequence<Job> sequence)) {
                    job.sequence = sequence;
                    engine.advance(request.arrivalNanos(), this);
                }
                progress.accept(i + 1);
            }
            while (engines.stream().anyMatch(engine -> engine.dueNanos().isPresent())) {
                advance(tickNanos + plan.tickNanos());
            }
            return result();
        }

        /// Brings all engines to a time, and notes their state at every tick on the way.
        private void advance(long untilNanos) {
            while (tickNanos + plan.tickNanos() <= untilNanos) {
                tickNanos += plan.tickNanos();
                advanceEngines(tickNanos);
                noteTick();
            }
            advanceEngines(untilNanos);
        }

        private void advanceEngines(long untilNanos) {
            for (int i = 0; i < engines.size(); i++) {
                Engine<Job> engine = engines.get(i);
                OptionalLong due = engine.dueNanos();
                if (due.isPresent() && due.getAsLong() <= untilNanos) {
                    engine.advance(untilNanos, this);
                }
            }
        }

        private void noteTick() {
            int running = 0;
            int waiting = 0;
            double kv = 0;
            for (Engine<Job> engine : engines) {
                running += engine.running();
                waiting += engine.waiting();
                kv += engine.kvUsage();
            }
            double rate = (generated - generatedAtTick) * 1e9 / plan.tickNanos();
            generatedAtTick = generated;
            ticks.add(new ServingResult.Tick(tickNanos, running, waiting, kv / engines.size(), rate));
        }

        private ServingResult result() {
            var outcomes = new ArrayList<RequestOutcome>(jobs.size());
            for (Job job : jobs) {
                TimedRequest request = requests.get(job.index);
                Sequence<Job> sequence = job.sequence;
                outcomes.add(new RequestOutcome(
                        job.index,
                        job.engine,
                        request.prompt().tokens(),
                        request.outputTokens(),
                        sequence == null ? 0 : sequence.cached(),
                        sequence == null ? 0 : sequence.preemptions(),
                        request.arrivalNanos(),
                        job.scheduledNanos,
                        job.firstNanos,
                        job.lastNanos));
            }
            long preemptions = 0;
            long steps = 0;
            long queries = 0;
            long hits = 0;
            long busyNanos = 0;
            for (Engine<Job> engine : engines) {
                preemptions += engine.preemptions();
                steps += engine.steps();
                queries += engine.prefixQueries();
                hits += engine.prefixHits();
                busyNanos += engine.busyNanos();
            }
            return new ServingResult(
                    plan,
                    time.confidence(),
                    outcomes,
                    interTokenMillis,
                    ticks,
                    new ServingResult.Totals(steps, preemptions, queries, hits, busyNanos, joules),
                    PrefixBound.of(requests));
        }

        @Override
        public void scheduled(Sequence<Job> sequence, long atNanos) {
            sequence.owner().scheduledNanos = atNanos;
        }

        @Override
        public void token(Sequence<Job> sequence, int index, long atNanos) {
            Job job = sequence.owner();
            generated++;
            if (index == 0) {
                job.firstNanos = atNanos;
            } else {
                interTokenMillis.add((atNanos - job.previousNanos) / 1e6);
            }
            job.previousNanos = atNanos;
        }

        @Override
        public void finished(Sequence<Job> sequence, long atNanos) {
            sequence.owner().lastNanos = atNanos;
        }
    }
}
