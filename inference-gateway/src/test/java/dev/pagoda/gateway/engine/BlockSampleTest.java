package dev.pagoda.gateway.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockSampleTest {
    private static final long STEP = 1_000;

    private static final class Ends implements EngineEvents<String> {
        final List<BlockStay> stays = new ArrayList<>();

        @Override
        public void scheduled(Sequence<String> sequence, long atNanos) {}

        @Override
        public void token(Sequence<String> sequence, int index, long atNanos) {}

        @Override
        public void finished(Sequence<String> sequence, long atNanos) {}

        @Override
        public void evicted(BlockStay stay, long atNanos) {
            stays.add(stay);
        }
    }

    private final Ends ends = new Ends();

    private Engine<String> engine(int blocks, boolean prefixCaching) {
        var engine = new Engine<String>(
                new EngineLimits(1_000, 8, 100, 4_000, blocks),
                EngineRules.SYNCHRONOUS.withPrefixCaching(prefixCaching),
                step -> STEP);
        engine.sampleBlocks(1, 7);
        return engine;
    }

    private void serve(Engine<String> engine, long at, long... pieces) {
        engine.advance(at, ends);
        var prompt = Prompt.ofPieces(16 * pieces.length - 1, pieces, 16);
        engine.submit(Submission.of("x", prompt, 1), at);
        engine.advance(at, ends);
        engine.advance(at + STEP, ends);
    }

    @Test
    void tellsLifeIdlenessAndGapsOfWhatIsTakenAgain() {
        Engine<String> engine = engine(2, true);
        serve(engine, 0, 5, 6);
        serve(engine, 10_000, 5, 6);
        serve(engine, 14_000, 5, 6);
        assertEquals(2, ends.stays.size(), "the last block is not full, and computed anew each time");
        serve(engine, 50_000, 8, 9);

        assertEquals(4, ends.stays.size());
        BlockStay kept = ends.stays.stream()
                .filter(stay -> stay.lifetimeNanos() == 50_000)
                .findFirst()
                .orElseThrow();
        assertEquals(36_000, kept.idleNanos(), "found last at 14 us");
        assertArrayEquals(new long[] {4_000}, kept.gapsNanos());
        assertTrue(ends.stays.stream()
                .anyMatch(stay ->
                        stay.lifetimeNanos() == 10_000 && stay.idleNanos() == 10_000 && stay.gapsNanos().length == 0));
    }

    @Test
    void remembersTheLastFourTimes() {
        var sample = new BlockSample(1, 1, 0);
        sample.taken(0);
        for (int at : new int[] {1, 3, 6, 10, 15, 21}) {
            sample.at(at);
            sample.found(0);
        }
        sample.at(100);
        sample.taken(0);
        sample.tell(ends, 100);
        assertArrayEquals(new long[] {4, 5, 6}, ends.stays.getFirst().gapsNanos());
        assertEquals(79, ends.stays.getFirst().idleNanos());
        assertEquals(100, ends.stays.getFirst().lifetimeNanos());
    }

    @Test
    void nothingIsEvictedWhereNothingIsKept() {
        Engine<String> engine = engine(2, false);
        for (int i = 0; i < 10; i++) {
            serve(engine, 10_000L * i, i, i);
        }
        assertEquals(List.of(), ends.stays);
    }

    @Test
    void takesTheShareThatIsAskedForAndTheSameOnesAgain() {
        List<Integer> counts = new ArrayList<>();
        for (int turn = 0; turn < 2; turn++) {
            var sample = new BlockSample(1, .01, 42);
            var heard = new Ends();
            for (int i = 0; i < 200_000; i++) {
                sample.at(i);
                sample.taken(0);
                sample.tell(heard, i);
            }
            counts.add(heard.stays.size());
        }
        assertEquals(counts.getFirst(), counts.getLast());
        assertEquals(2_000, counts.getFirst(), 200);
    }

    @Test
    void refusesASampleOfNoneOrMoreThanAll() {
        for (double share : new double[] {0, -1, 1.01, Double.NaN}) {
            assertThrows(IllegalArgumentException.class, () -> new BlockSample(1, share, 0), String.valueOf(share));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void keepsTheHistoryThatADiaryHas(long seed) {
        var random = new Random(seed);
        var blocks = new KvBlocks(6);
        var sample = new BlockSample(6, 1, seed);
        blocks.watch(sample);
        Map<Integer, List<Long>> diary = new HashMap<>();
        List<Integer> held = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (long at = 1; at < 20_000; at += 1 + random.nextInt(5)) {
            sample.at(at);
            if (random.nextInt(3) == 0 && blocks.freeCount() > 0) {
                int block = blocks.take();
                List<Long> life = diary.put(block, new ArrayList<>(List.of(at)));
                if (life != null) {
                    List<Long> found = life.subList(Math.max(1, life.size() - 4), life.size());
                    List<Long> gaps = new ArrayList<>();
                    for (int i = 1; i < found.size(); i++) {
                        gaps.add(found.get(i) - found.get(i - 1));
                    }
                    expected.add((at - life.getFirst()) + " " + (at - life.getLast()) + " " + gaps);
                }
                held.add(block);
            } else if (!diary.isEmpty() && random.nextInt(3) == 0) {
                var known = new ArrayList<>(diary.keySet());
                int block = known.get(random.nextInt(known.size()));
                blocks.hold(block);
                Objects.requireNonNull(diary.get(block)).add(at);
                held.add(block);
            } else if (!held.isEmpty()) {
                Collections.swap(held, random.nextInt(held.size()), held.size() - 1);
                blocks.give(held.removeLast());
            }
            sample.tell(ends, at);
        }
        List<String> heard = ends.stays.stream()
                .map(stay -> {
                    List<Long> gaps = new ArrayList<>();
                    for (long gap : stay.gapsNanos()) {
                        gaps.add(gap);
                    }
                    return stay.lifetimeNanos() + " " + stay.idleNanos() + " " + gaps;
                })
                .toList();
        assertTrue(expected.size() > 20, "seed " + seed + " took only " + expected.size() + " again");
        assertEquals(expected, heard, "seed " + seed);
    }
}
