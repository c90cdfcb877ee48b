package dev.pagoda.gateway.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.VirtualRun.Arrival;
import dev.pagoda.gateway.engine.VirtualRun.Job;
import dev.pagoda.gateway.model.StepShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What must hold of any engine on any trace; [VirtualRun] checks after every event that no token is lost or
/// made twice, that nobody is lost, and that each block is free or held exactly as often as sequences hold
/// it.
class EngineInvariantsTest {
    private static final int SCARCE_BLOCKS = 40;

    /// A kind of engine.
    private record Kind(String name, EngineRules rules, int ranks, int stages) {}

    private static final List<Kind> KINDS = List.of(
            new Kind("synchronous", EngineRules.SYNCHRONOUS, 1, 1),
            new Kind("ahead", EngineRules.VLLM, 1, 1),
            new Kind("drafting", EngineRules.SYNCHRONOUS.withDrafts(3, .6), 1, 1),
            new Kind("without cache", EngineRules.VLLM.withPrefixCaching(false), 1, 1),
            new Kind("of ranks", EngineRules.VLLM, 3, 1),
            new Kind("pipeline", EngineRules.SYNCHRONOUS, 1, 4),
            new Kind("pipelines of ranks", EngineRules.SYNCHRONOUS, 2, 3));

    private static long[] stageNanos(List<StepShape> ranks, int stages) {
        long tokens = 0;
        for (StepShape each : ranks) {
            tokens = Math.max(tokens, each.tokens());
        }
        long[] nanos = new long[stages];
        Arrays.fill(nanos, 50 + tokens / stages);
        nanos[stages - 1] += 20;
        return nanos;
    }

    private static VirtualRun run(Kind kind, long seed, boolean withPriorities) {
        var random = new Random(seed);
        var limits = new EngineLimits(64 + random.nextInt(128), 4 + random.nextInt(24), 1_000, 512, SCARCE_BLOCKS);
        var run = new VirtualRun(
                limits, kind.rules(), kind.ranks(), kind.stages(), steps -> stageNanos(steps, kind.stages()));
        var arrivals = new ArrayList<Arrival>();
        long at = 0;
        for (int i = 0; i < 150; i++) {
            at += random.nextInt(600);
            int prompt = 1 + random.nextInt(200);
            long[] names = new long[prompt / 16];
            int family = random.nextInt(4);
            for (int j = 0; j < names.length; j++) {
                names[j] = j < 4 ? 1 + family * 100L + j : 1_000_000L + i * 1_000L + j;
            }
            long cancel = random.nextInt(10) == 0 ? at + random.nextInt(5_000) : Long.MAX_VALUE;
            arrivals.add(new Arrival(
                    at,
                    prompt,
                    1 + random.nextInt(100),
                    cancel,
                    Prompt.ofPieces(prompt, names, 16),
                    withPriorities ? random.nextInt(3) : 0));
        }
        run.run(arrivals);
        return run;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyKindOfEngineMakesEachTokenOnceAndFreesEachBlockOnce(long seed) {
        for (Kind kind : KINDS) {
            VirtualRun run = run(kind, seed, seed % 2 == 0);
            assertTrue(
                    run.jobs.stream().allMatch(job -> job.finished || job.cancelled || job.refused), kind + " " + seed);
        }
    }

    @Test
    void blocksBecomeScarceInTheseRuns() {
        for (Kind kind : KINDS) {
            long preemptions = 0;
            for (long seed = 1; seed <= 8; seed++) {
                preemptions += run(kind, seed, false).engine.preemptions();
            }
            assertTrue(preemptions > 50, kind + " preempts only " + preemptions);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void littlesLawHolds(long seed) {
        for (Kind kind : KINDS) {
            VirtualRun run = run(kind, seed, true);
            double stays = 0;
            for (Job job : run.jobs) {
                stays += job.refused ? 0 : job.endNanos - job.arrival.atNanos();
            }
            assertEquals(stays, run.sequenceNanos, 1e-6 * stays, kind + " " + seed);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22, 23, 24})
    void whoComesFirstIsTakenUpFirstAmongItsPriority(long seed) {
        for (Kind kind : KINDS) {
            if (kind.ranks() > 1) {
                continue; // each rank has a queue of its own
            }
            VirtualRun run = run(kind, seed, true);
            Map<Integer, Integer> last = new HashMap<>();
            for (int index : run.takenUp) {
                int priority = run.jobs.get(index).arrival.priority();
                assertTrue(last.getOrDefault(priority, -1) < index, kind + " " + seed + " request " + index);
                last.put(priority, index);
            }
        }
    }

    @Test
    void aSequenceAlonePassesAllStagesForEachToken() {
        var run = new VirtualRun(new EngineLimits(64, 8, 10, 512, 100), EngineRules.SYNCHRONOUS, 1, 4, steps ->
                new long[] {10, 20, 30, 40});
        run.run(List.of(new Arrival(0, 16, 3, Long.MAX_VALUE)));

        assertEquals(300, run.jobs.getFirst().endNanos);
    }

    @Test
    void aFullPipelineGivesATokenWheneverItsSlowestStageIsDone() {
        var run = new VirtualRun(new EngineLimits(16, 8, 10, 512, 100), EngineRules.SYNCHRONOUS, 1, 4, steps ->
                new long[] {100, 100, 100, 100});
        var arrivals = new ArrayList<Arrival>();
        for (int i = 0; i < 4; i++) {
            arrivals.add(new Arrival(0, 16, 50, Long.MAX_VALUE)); // each prompt fills a step, so that they stay apart
        }
        run.run(arrivals);

        long end = run.jobs.stream().mapToLong(job -> job.endNanos).max().orElseThrow();
        assertEquals(4 * 50 * 100 + 3 * 100, end, "200 tokens, one each 100 ns after the first has passed");
    }

    @Test
    void noPipelinePlansAhead() {
        var limits = new EngineLimits(64, 8, 10, 512, 100);
        assertThrows(
                IllegalArgumentException.class,
                () -> new Engine<Job>(limits, EngineRules.VLLM, 1, 2, steps -> new long[] {1, 1}));
    }
}
