package dev.pagoda.gateway.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.model.StepShape;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Drives one engine through virtual time and checks what must hold after every event.
final class VirtualRun implements EngineEvents<VirtualRun.Job> {
    /// A request of a trace. `cancelAtNanos` of [Long#MAX_VALUE] means never.
    record Arrival(long atNanos, int promptTokens, int outputTokens, long cancelAtNanos, Prompt prompt, int priority) {
        Arrival(long atNanos, int promptTokens, int outputTokens, long cancelAtNanos) {
            this(atNanos, promptTokens, outputTokens, cancelAtNanos, Prompt.of(promptTokens), 0);
        }
    }

    /// What became of an arrival.
    static final class Job {
        final int index;
        final Arrival arrival;
        boolean refused;
        boolean cancelled;
        boolean finished;
        long scheduledNanos = -1;
        long firstTokenNanos = -1;
        long endNanos = -1;
        int tokens;

        @Nullable
        Sequence<Job> sequence;

        Job(int index, Arrival arrival) {
            this.index = index;
            this.arrival = arrival;
        }
    }

    final EngineLimits limits;
    private final int ranks;
    final Engine<Job> engine;
    final List<Job> jobs = new ArrayList<>();
    final List<Integer> takenUp = new ArrayList<>();
    /// Integral of sequences in the system over time.
    double sequenceNanos;

    private long nowNanos;
    private int inSystem;

    VirtualRun(EngineLimits limits, ToLongFunction<StepShape> stepNanos) {
        this(limits, EngineRules.SYNCHRONOUS, stepNanos);
    }

    VirtualRun(EngineLimits limits, EngineRules rules, ToLongFunction<StepShape> stepNanos) {
        this.limits = limits;
        this.ranks = 1;
        this.engine = new Engine<>(limits, rules, step -> {
            assertTrue(step.tokens() <= limits.stepTokens(), "budget " + step);
            assertTrue(step.sequences() <= limits.maxSequences(), "places " + step);
            return stepNanos.applyAsLong(step);
        });
    }

    /// An engine of ranks and stages.
    VirtualRun(
            EngineLimits limits,
            EngineRules rules,
            int ranks,
            int stages,
            Function<List<StepShape>, long[]> stageNanos) {
        this.limits = limits;
        this.ranks = ranks;
        this.engine = new Engine<>(limits, rules, ranks, stages, steps -> {
            for (StepShape step : steps) {
                assertTrue(step.tokens() <= limits.stepTokens(), "budget " + step);
                assertTrue(step.sequences() <= limits.maxSequences(), "places " + step);
            }
            return stageNanos.apply(steps);
        });
    }

    void run(List<Arrival> arrivals) {
        record Event(long atNanos, boolean isCancel, Job job) {}
        var events = new PriorityQueue<Event>((a, b) -> a.atNanos() != b.atNanos()
                ? Long.compare(a.atNanos(), b.atNanos())
                : Integer.compare(a.job().index, b.job().index));
        for (Arrival arrival : arrivals) {
            Job job = new Job(jobs.size(), arrival);
            jobs.add(job);
            events.add(new Event(arrival.atNanos(), false, job));
            if (arrival.cancelAtNanos() != Long.MAX_VALUE) {
                events.add(new Event(arrival.cancelAtNanos(), true, job));
            }
        }
        while (true) {
            OptionalLong due = engine.dueNanos();
            Event next = events.peek();
            if (next != null && (due.isEmpty() || next.atNanos() < due.getAsLong())) {
                events.remove();
                pass(next.atNanos());
                if (next.isCancel()) {
                    cancel(next.job());
                } else {
                    submit(next.job());
                }
            } else if (due.isPresent()) {
                pass(due.getAsLong());
            } else {
                break;
            }
            engine.advance(nowNanos, this);
            checkSystem();
        }
        assertTrue(engine.isIdle(), "nothing is left");
        assertEquals(ranks * limits.kvBlocks(), engine.freeBlocks(), "all blocks are free");
    }

    private void pass(long untilNanos) {
        assertTrue(untilNanos >= nowNanos, "time runs forward");
        sequenceNanos += (double) inSystem * (untilNanos - nowNanos);
        nowNanos = untilNanos;
    }

    private void submit(Job job) {
        var submission = new Submission<>(
                job,
                job.arrival.prompt(),
                job.arrival.outputTokens(),
                job.arrival.priority(),
                Submission.NO_ADAPTER,
                0);
        switch (engine.submit(submission, nowNanos)) {
            case Admission.Admitted<Job>(Sequence<Job> sequence) -> {
                job.sequence = sequence;
                inSystem++;
            }
            case Admission.Refused<Job> refused -> job.refused = true;
        }
    }

    private void cancel(Job job) {
        Sequence<Job> sequence = job.sequence;
        if (sequence == null || sequence.hasEnded()) {
            return;
        }
        engine.cancel(sequence);
        job.cancelled = true;
        job.endNanos = nowNanos;
        inSystem--;
    }

    private void checkSystem() {
        engine.checkBlocks();
        assertEquals(inSystem, engine.running() + engine.waiting(), "nobody is lost or counted twice");
    }

    @Override
    public void scheduled(Sequence<Job> sequence, long atNanos) {
        Job job = sequence.owner();
        assertEquals(-1, job.scheduledNanos, "taken up once");
        job.scheduledNanos = atNanos;
        takenUp.add(job.index);
        assertTrue(atNanos >= job.arrival.atNanos(), "not before it arrived");
    }

    @Override
    public void token(Sequence<Job> sequence, int index, long atNanos) {
        Job job = sequence.owner();
        assertFalse(job.cancelled || job.finished, "no token after the end");
        assertEquals(job.tokens, index, "tokens come once and in order");
        if (job.tokens++ == 0) {
            job.firstTokenNanos = atNanos;
        }
    }

    @Override
    public void finished(Sequence<Job> sequence, long atNanos) {
        Job job = sequence.owner();
        assertFalse(job.cancelled || job.finished, "ends once");
        assertEquals(job.arrival.outputTokens(), job.tokens, "no token is lost");
        job.finished = true;
        job.endNanos = atNanos;
        inSystem--;
    }
}
