package dev.pagoda.gateway.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.Admission.Admitted;
import dev.pagoda.gateway.engine.Admission.Refused;
import dev.pagoda.gateway.engine.Admission.Why;
import dev.pagoda.gateway.engine.VirtualRun.Arrival;
import dev.pagoda.gateway.engine.VirtualRun.Job;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EngineTest {
    private static final long NEVER = Long.MAX_VALUE;
    private static final long STEP = 1_000;

    private static final EngineEvents<String> DEAF = new EngineEvents<>() {
        @Override
        public void scheduled(Sequence<String> sequence, long atNanos) {}

        @Override
        public void token(Sequence<String> sequence, int index, long atNanos) {}

        @Override
        public void finished(Sequence<String> sequence, long atNanos) {}
    };

    @Test
    void keepsEveryInvariantOnRandomLoads() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            EngineLimits limits = new EngineLimits(
                    16 + random.nextInt(200),
                    1 + random.nextInt(16),
                    1 + random.nextInt(40),
                    512,
                    20 + random.nextInt(60));
            EngineRules rules = seed % 3 == 0
                    ? EngineRules.SYNCHRONOUS
                    : seed % 3 == 1 ? EngineRules.VLLM : EngineRules.VLLM.withDrafts(3, .7);
            var run = new VirtualRun(limits, rules, step -> STEP + 10L * step.tokens());
            try {
                run.run(arrivals(random, 120, true));
                checkOutcomes(run);
            } catch (AssertionError | IllegalStateException failure) {
                throw new AssertionError("seed " + seed + ", " + limits, failure);
            }
        }
    }

    @Test
    void sameLoadSameResult() {
        List<List<Long>> results = new ArrayList<>();
        for (int repeat = 0; repeat < 2; repeat++) {
            var run = new VirtualRun(new EngineLimits(64, 8, 100, 512, 40), step -> STEP + step.decodeContext());
            run.run(arrivals(new Random(7), 200, true));
            results.add(run.jobs.stream().map(job -> job.endNanos).toList());
        }
        assertEquals(results.get(0), results.get(1));
    }

    @Test
    void takesUpInOrderOfArrivalWithoutCancels() {
        for (long seed = 0; seed < 50; seed++) {
            var run = new VirtualRun(new EngineLimits(48, 6, 500, 512, 40), step -> STEP);
            run.run(arrivals(new Random(seed), 150, false));
            var sorted = new ArrayList<>(run.takenUp);
            Collections.sort(sorted);
            assertEquals(sorted, run.takenUp, "seed " + seed);
        }
    }

    @Test
    void littlesLawHolds() {
        var run = new VirtualRun(new EngineLimits(64, 8, 1000, 512, 60), step -> STEP + 10L * step.tokens());
        run.run(arrivals(new Random(3), 400, true));

        double sojourns = run.jobs.stream()
                .filter(job -> !job.refused)
                .mapToDouble(job -> job.endNanos - job.arrival.atNanos())
                .sum();
        // steps end a little after arrivals within them, which the integral counts at its own events only
        assertEquals(sojourns, run.sequenceNanos, sojourns * 1e-9);
    }

    @Test
    void morePlacesNeverDelayTheLastToken() {
        long narrow = makespan(new EngineLimits(64, 2, 1000, 512, 1000));
        long wide = makespan(new EngineLimits(64, 16, 1000, 512, 1000));
        assertTrue(wide < narrow, wide + " against " + narrow);
    }

    @Test
    void preemptsTheYoungestAndLosesNothing() {
        var run = new VirtualRun(new EngineLimits(512, 4, 10, 512, 20), step -> STEP);
        run.run(List.of(new Arrival(0, 100, 150, NEVER), new Arrival(1, 100, 150, NEVER)));

        assertTrue(run.engine.preemptions() > 0);
        assertTrue(run.jobs.get(0).endNanos < run.jobs.get(1).endNanos);
        assertTrue(run.jobs.stream().allMatch(job -> job.finished));
    }

    @Test
    void readsALongPromptInChunksWhileOthersKeepDecoding() {
        var run = new VirtualRun(new EngineLimits(32, 4, 10, 512, 100), step -> STEP);
        run.run(List.of(new Arrival(0, 8, 40, NEVER), new Arrival(500, 310, 2, NEVER)));

        Job chatting = run.jobs.get(0);
        Job reading = run.jobs.get(1);
        assertEquals(40 * STEP, chatting.endNanos, "one token a step in spite of the long prompt");
        assertEquals(STEP, reading.scheduledNanos);
        assertEquals(11 * STEP, reading.firstTokenNanos, "31 tokens a step beside one decode");
    }

    @Test
    void aLateCallCatchesUpOnTheSchedule() {
        var engine = new Engine<String>(new EngineLimits(64, 4, 10, 512, 100), step -> STEP);
        engine.submit("a", 10, 100, 0);
        engine.advance(0, DEAF);
        engine.advance(50 * STEP + 700, DEAF);

        assertEquals(51 * STEP, engine.dueNanos().orElseThrow());
    }

    @Test
    void cancelFreesAtOnceEvenInTheMiddleOfAStep() {
        var engine = new Engine<String>(new EngineLimits(64, 4, 10, 512, 100), step -> STEP);
        Sequence<String> sequence = admitted(engine.submit("a", 40, 100, 0));
        engine.advance(0, DEAF);
        assertEquals(97, engine.freeBlocks());
        engine.cancel(sequence);
        engine.cancel(sequence);

        assertEquals(100, engine.freeBlocks());
        assertTrue(engine.isIdle());
        engine.advance(10 * STEP, DEAF);
        assertTrue(engine.dueNanos().isEmpty());
        assertEquals(0, sequence.generated());
    }

    @Test
    void aReceiverMayCancelTheNeighbourWhoseTokenIsNotToldYet() {
        var engine = new Engine<String>(new EngineLimits(64, 4, 10, 512, 100), step -> STEP);
        admitted(engine.submit("a", 10, 3, 0));
        Sequence<String> neighbour = admitted(engine.submit("b", 10, 3, 0));
        engine.advance(0, DEAF);
        var heard = new ArrayList<String>();
        engine.advance(5 * STEP, new EngineEvents<>() {
            @Override
            public void scheduled(Sequence<String> sequence, long atNanos) {}

            @Override
            public void token(Sequence<String> sequence, int index, long atNanos) {
                heard.add(sequence.owner() + index);
                engine.cancel(neighbour);
            }

            @Override
            public void finished(Sequence<String> sequence, long atNanos) {
                heard.add(sequence.owner() + " ends");
            }
        });

        assertEquals(List.of("a0", "a1", "a2", "a ends"), heard);
        assertEquals(100, engine.freeBlocks());
    }

    @Test
    void refusesWhatCanNeverRun() {
        var engine = new Engine<String>(new EngineLimits(64, 4, 10, 512, 4), step -> STEP);

        assertEquals(Why.CONTEXT_EXCEEDED, refused(engine.submit("a", 500, 13, 0)));
        assertEquals(Why.KV_EXCEEDED, refused(engine.submit("a", 60, 5, 0)));
        assertInstanceOf(Admitted.class, engine.submit("a", 60, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> engine.submit("a", 0, 1, 0));
    }

    @Test
    void refusesBeyondItsQueue() {
        var engine = new Engine<String>(new EngineLimits(64, 1, 2, 512, 100), step -> STEP);
        engine.submit("runs", 10, 5, 0);
        engine.advance(0, DEAF);
        engine.submit("waits", 10, 5, 0);
        engine.submit("waits", 10, 5, 0);

        assertEquals(Why.QUEUE_FULL, refused(engine.submit("too many", 10, 5, 0)));
    }

    @Test
    void finishesWhatItHasWhileItDrains() {
        var engine = new Engine<String>(new EngineLimits(64, 4, 10, 512, 100), step -> STEP);
        Sequence<String> old = admitted(engine.submit("a", 10, 5, 0));
        engine.drain();

        assertEquals(Why.DRAINING, refused(engine.submit("b", 10, 5, 0)));
        engine.advance(0, DEAF);
        engine.advance(5 * STEP, DEAF);
        assertTrue(old.hasEnded() && old.generated() == 5);
        assertTrue(engine.isIdle());
    }

    @Test
    void anAbandonedEngineHoldsNothing() {
        var engine = new Engine<String>(new EngineLimits(64, 1, 10, 512, 100), step -> STEP);
        engine.submit("a", 10, 5, 0);
        engine.submit("b", 10, 5, 0);
        engine.advance(0, DEAF);

        assertEquals(
                List.of("a", "b"),
                engine.abandon().stream().map(Sequence::owner).toList());
        assertEquals(100, engine.freeBlocks());
        assertTrue(engine.dueNanos().isEmpty());
    }

    private static void checkOutcomes(VirtualRun run) {
        for (Job job : run.jobs) {
            int ends = (job.refused ? 1 : 0) + (job.cancelled ? 1 : 0) + (job.finished ? 1 : 0);
            assertEquals(1, ends, "job " + job.index + " ends in one way");
        }
    }

    private static List<Arrival> arrivals(Random random, int count, boolean withCancels) {
        var arrivals = new ArrayList<Arrival>();
        long at = 0;
        for (int i = 0; i < count; i++) {
            at += random.nextInt(3) == 0 ? 0 : random.nextInt(8_000);
            long cancel = withCancels && random.nextInt(5) == 0 ? at + random.nextInt(60_000) : NEVER;
            arrivals.add(new Arrival(at, 1 + random.nextInt(180), 1 + random.nextInt(60), cancel));
        }
        return arrivals;
    }

    private static long makespan(EngineLimits limits) {
        var run = new VirtualRun(limits, step -> STEP + 10L * step.tokens());
        run.run(arrivals(new Random(11), 200, false));
        return run.jobs.stream().mapToLong(job -> job.endNanos).max().orElseThrow();
    }

    private static Sequence<String> admitted(Admission<String> admission) {
        return switch (admission) {
            case Admitted<String>(Sequence<String> sequence) -> sequence;
            case Refused<String>(Why why) -> throw new AssertionError("refused: " + why);
        };
    }

    private static Why refused(Admission<String> admission) {
        return switch (admission) {
            case Admitted<String> admitted -> throw new AssertionError("admitted: " + admitted);
            case Refused<String>(Why why) -> why;
        };
    }
}
