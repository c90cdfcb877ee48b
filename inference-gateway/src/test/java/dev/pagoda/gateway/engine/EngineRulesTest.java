package dev.pagoda.gateway.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.Admission.Admitted;
import dev.pagoda.gateway.model.StepShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EngineRulesTest {
    private static final long STEP = 1_000;

    /// Remembers when each owner got what.
    private static final class Diary implements EngineEvents<String> {
        final List<String> order = new ArrayList<>();
        final Map<String, Long> first = new HashMap<>();
        final Map<String, Long> last = new HashMap<>();

        long first(String owner) {
            return first.getOrDefault(owner, -1L);
        }

        long last(String owner) {
            return last.getOrDefault(owner, -1L);
        }

        @Override
        public void scheduled(Sequence<String> sequence, long atNanos) {
            order.add(sequence.owner());
        }

        @Override
        public void token(Sequence<String> sequence, int index, long atNanos) {
            first.putIfAbsent(sequence.owner(), atNanos);
            last.put(sequence.owner(), atNanos);
        }

        @Override
        public void finished(Sequence<String> sequence, long atNanos) {}
    }

    private final Diary diary = new Diary();
    private final List<StepShape> shapes = new ArrayList<>();

    private Engine<String> engine(EngineLimits limits, EngineRules rules) {
        return new Engine<>(limits, rules, shape -> {
            shapes.add(shape);
            return STEP;
        });
    }

    private void finish(Engine<String> engine) {
        while (engine.dueNanos().isPresent()) {
            engine.advance(engine.dueNanos().getAsLong(), diary);
            engine.checkBlocks();
        }
        assertTrue(engine.isIdle());
    }

    private static Prompt text(int tokens, int seed) {
        return Prompt.ofTokens(IntStream.range(0, tokens).map(i -> seed + i).toArray());
    }

    private Sequence<String> submit(Engine<String> engine, Submission<String> submission, long at) {
        engine.advance(at, diary);
        var admission = engine.submit(submission, at);
        assertInstanceOf(Admitted.class, admission);
        engine.advance(at, diary);
        return ((Admitted<String>) admission).sequence();
    }

    @Test
    void anEqualPrefixIsComputedOnce() {
        var engine = engine(new EngineLimits(512, 4, 10, 2048, 100), EngineRules.SYNCHRONOUS);
        submit(engine, Submission.of("a", text(160, 0), 2), 0);
        finish(engine);
        shapes.clear();
        Sequence<String> second = submit(engine, Submission.of("b", text(160, 0), 2), 10 * STEP);
        finish(engine);

        assertEquals(144, second.cached(), "all but the block that holds the last token");
        assertEquals(16, shapes.getFirst().tokens());
        assertEquals(144, engine.prefixHits());
        assertEquals(320, engine.prefixQueries());
    }

    @Test
    void twoThatRunTogetherShareBlocks() {
        var engine = engine(new EngineLimits(512, 4, 10, 2048, 100), EngineRules.SYNCHRONOUS);
        submit(engine, Submission.of("a", text(160, 0), 50), 0);
        submit(engine, Submission.of("b", text(160, 0), 50), 2 * STEP);
        engine.advance(3 * STEP, diary);

        assertEquals(100 - 10 - 1 - 1, engine.freeBlocks(), "nine shared, one of b alone, one that a goes on in");
        finish(engine);
        assertEquals(100, engine.freeBlocks());
    }

    @Test
    void withoutThePrefixCacheEverythingIsComputed() {
        var engine = engine(new EngineLimits(512, 4, 10, 2048, 100), EngineRules.SYNCHRONOUS.withPrefixCaching(false));
        submit(engine, Submission.of("a", text(160, 0), 2), 0);
        finish(engine);
        Sequence<String> second = submit(engine, Submission.of("b", text(160, 0), 2), 10 * STEP);
        finish(engine);

        assertEquals(0, second.cached());
    }

    @Test
    void aPreemptedSequenceFindsItsOwnPrefixAgain() {
        var engine = engine(new EngineLimits(512, 4, 10, 512, 20), EngineRules.SYNCHRONOUS);
        submit(engine, Submission.of("old", Prompt.of(100), 120), 0);
        Sequence<String> young = submit(engine, Submission.of("young", Prompt.of(100), 120), 1);
        finish(engine);

        assertTrue(young.preemptions() > 0);
        int reads = shapes.stream().mapToInt(StepShape::prefillTokens).sum();
        assertTrue(reads < 100 + 100 + 100, reads + " prompt tokens: the young one's are not all read twice");
        assertTrue(engine.prefixHits() > 0);
    }

    @Test
    void whatArrivesWhileAStepRunsJoinsTheOneAfterTheNextWhenPlanningIsAhead() {
        var ahead = engine(new EngineLimits(512, 4, 10, 512, 100), EngineRules.VLLM);
        submit(ahead, Submission.of("a", Prompt.of(10), 20), 0);
        submit(ahead, Submission.of("b", Prompt.of(10), 20), 5 * STEP + 500);
        finish(ahead);
        var inStep = engine(new EngineLimits(512, 4, 10, 512, 100), EngineRules.SYNCHRONOUS);
        submit(inStep, Submission.of("c", Prompt.of(10), 20), 0);
        submit(inStep, Submission.of("d", Prompt.of(10), 20), 5 * STEP + 500);
        finish(inStep);

        assertEquals(7 * STEP, diary.first("d"));
        assertEquals(8 * STEP, diary.first("b"));
        assertEquals(20 * STEP, diary.last("a"), "one token a step all the same");
    }

    @Test
    void aLowerPriorityNumberGoesFirstAndIsPreemptedLast() {
        var engine = engine(new EngineLimits(512, 4, 10, 512, 20), EngineRules.SYNCHRONOUS);
        Sequence<String> mean =
                submit(engine, new Submission<>("mean", Prompt.of(100), 120, 5, Submission.NO_ADAPTER, 0), 0);
        Sequence<String> urgent =
                submit(engine, new Submission<>("urgent", Prompt.of(100), 120, 1, Submission.NO_ADAPTER, 0), 1);
        finish(engine);

        assertTrue(mean.preemptions() > 0 && urgent.preemptions() == 0);
        assertTrue(diary.last("urgent") < diary.last("mean"));
    }

    @Test
    void adaptersBeyondTheSlotsWaitWhileOthersPass() {
        var engine = engine(new EngineLimits(512, 4, 10, 512, 100), EngineRules.SYNCHRONOUS.withAdapterSlots(1));
        submit(engine, new Submission<>("a0", Prompt.of(10), 20, 0, 0, 0), 0);
        submit(engine, new Submission<>("b1", Prompt.of(10), 20, 0, 1, 0), 1);
        submit(engine, new Submission<>("c0", Prompt.of(10), 20, 0, 0, 0), 2);
        submit(engine, new Submission<>("plain", Prompt.of(10), 20, 0, Submission.NO_ADAPTER, 0), 3);
        finish(engine);

        assertEquals(List.of("a0", "c0", "plain", "b1"), diary.order);
    }

    @Test
    void rightDraftsSaveSteps() {
        var plain = engine(new EngineLimits(512, 4, 10, 512, 100), EngineRules.SYNCHRONOUS);
        submit(plain, Submission.of("plain", Prompt.of(10), 200), 0);
        finish(plain);
        var drafting = engine(new EngineLimits(512, 4, 10, 512, 100), EngineRules.SYNCHRONOUS.withDrafts(3, .7));
        submit(drafting, Submission.of("drafting", Prompt.of(10), 200), 0);
        finish(drafting);

        double perStep = 200.0 / drafting.steps();
        double expected = 1 + .7 + .7 * .7 + .7 * .7 * .7;
        assertEquals(200, plain.steps());
        assertEquals(expected, perStep, .25);
        DraftCounts counts = drafting.drafts();
        assertEquals(200 - drafting.steps(), counts.accepted(), "each step makes one token besides");
        assertEquals(
                counts.accepted(),
                counts.byPosition().stream().mapToLong(Long::longValue).sum());
        assertTrue(counts.byPosition().get(0) > counts.byPosition().get(2), counts.toString());
        assertTrue(counts.tokens() > 2 * counts.drafts() && counts.tokens() <= 3 * counts.drafts(), counts.toString());
        assertEquals(DraftCounts.none(0), plain.drafts());
    }

    @Test
    void keysAndValuesFromElsewhereAreNotComputed() {
        var engine = engine(new EngineLimits(512, 4, 10, 512, 100), EngineRules.SYNCHRONOUS);
        submit(engine, new Submission<>("a", Prompt.of(320), 3, 0, Submission.NO_ADAPTER, 320), 0);
        finish(engine);

        assertEquals(1, shapes.getFirst().tokens());
    }

    @Test
    void aPromptJoinsOnlyWhenAllOfItFits() {
        var engine = engine(new EngineLimits(64, 4, 10, 512, 20), EngineRules.SYNCHRONOUS);
        submit(engine, Submission.of("a", Prompt.of(160), 40), 0);
        submit(engine, Submission.of("b", Prompt.of(200), 10), 1);
        finish(engine);

        assertTrue(diary.first("b") > diary.last("a"));
        assertEquals(0, engine.preemptions());
    }

    @Test
    void ranksStepTogetherAndShareTheLoad() {
        var steps = new ArrayList<Integer>();
        var engine = new Engine<String>(new EngineLimits(512, 4, 10, 512, 100), EngineRules.VLLM, 2, shapes -> {
            steps.add(shapes.size());
            return STEP * shapes.stream().mapToInt(StepShape::tokens).max().orElseThrow();
        });
        submit(engine, Submission.of("a", Prompt.of(100), 5), 0);
        submit(engine, Submission.of("b", Prompt.of(10), 5), 0);
        finish(engine);

        assertTrue(steps.contains(2), "both at once: " + steps);
        assertTrue(diary.last("a") >= 104 * STEP);
    }

    @Test
    void refusesDraftsWhilePlanningAhead() {
        assertThrows(IllegalArgumentException.class, () -> new EngineRules(true, true, true, 1, 2, .5));
        assertThrows(IllegalArgumentException.class, () -> new EngineRules(true, false, true, 1, 2, 1.5));
        assertThrows(IllegalArgumentException.class, () -> new EngineRules(true, false, true, 0, 0, 0));
    }
}
