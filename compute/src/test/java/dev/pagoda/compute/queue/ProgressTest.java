package dev.pagoda.compute.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.compute.api.CheckpointSpec;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProgressTest {
    private static final long SECOND = 1_000_000;

    @Test
    void checkpointsTakeTimeAndEndWithTheirCost() {
        var progress = new Progress(100, new CheckpointSpec(10, 2, 0));
        progress.start(0, 1);
        assertEquals((100 + 9 * 2) * SECOND, progress.endMicros());
        progress.advance(11 * SECOND);
        assertEquals(10, progress.steps());
        assertEquals(0, progress.savedSteps());
        progress.advance(12 * SECOND);
        assertEquals(10, progress.savedSteps());
        progress.advance(118 * SECOND);
        assertTrue(progress.isDone());
    }

    @Test
    void withoutCheckpointsAStopLosesEverything() {
        var progress = new Progress(100, CheckpointSpec.none());
        progress.start(0, 2);
        assertEquals(30 * SECOND, progress.unsavedMicros(30 * SECOND));
        progress.stop(30 * SECOND);
        assertEquals(0, progress.steps());
        progress.start(40 * SECOND, 2);
        assertEquals(90 * SECOND, progress.endMicros());
    }

    @Test
    void aMoveLosesNothingButItsTime() {
        var progress = new Progress(100, new CheckpointSpec(1_000, 3, 5));
        progress.start(0, 1);
        progress.relocate(20 * SECOND, 2);
        assertEquals((20 + 3 + 5 + 40) * SECOND, progress.endMicros());
        progress.stop(25 * SECOND);
        assertEquals(20, progress.steps());
    }

    @Test
    void workWithoutAnEndNeverEnds() {
        var progress = new Progress(Double.POSITIVE_INFINITY, CheckpointSpec.none());
        progress.start(0, 0);
        assertEquals(Long.MAX_VALUE, progress.endMicros());
        progress.advance(1_000_000 * SECOND);
        assertFalse(progress.isDone());
    }

    /// The oracle lives second by second.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void agreesWithALifeSecondBySecond(long seed) {
        var random = new SplittableRandom(seed);
        int interval = 1 + random.nextInt(20);
        int cost = random.nextInt(4);
        int restart = random.nextInt(6);
        var progress = new Progress(1e9, new CheckpointSpec(interval, cost, restart));
        double steps = 0;
        double saved = 0;
        int phase = 0;
        int still = 0;
        int rate = 1 + random.nextInt(3);
        progress.start(0, rate);
        for (int second = 1; second <= 2_000; second++) {
            if (still > 0) {
                still--;
            } else {
                steps += phase < interval ? rate : 0;
                phase++;
                if (phase == interval + cost) {
                    saved = steps;
                    phase = 0;
                }
            }
            if (random.nextInt(10) == 0) {
                progress.advance(second * SECOND);
            }
            switch (random.nextInt(60)) {
                case 0 -> {
                    progress.stop(second * SECOND);
                    assertEquals(saved, progress.steps(), 1e-6, "seed " + seed + ", second " + second);
                    progress.start(second * SECOND, rate);
                    steps = saved;
                    phase = 0;
                    still = saved > 0 ? restart : 0;
                }
                case 1 -> {
                    rate = 1 + random.nextInt(3);
                    progress.changeRate(second * SECOND, rate);
                }
                case 2 -> {
                    progress.relocate(second * SECOND, rate);
                    saved = steps;
                    phase = 0;
                    still += cost + restart;
                }
                default -> {
                    var now = progress.copy();
                    now.advance(second * SECOND);
                    assertEquals(steps, now.steps(), 1e-6, "seed " + seed + ", second " + second);
                    assertEquals(saved, now.savedSteps(), 1e-6, "seed " + seed + ", second " + second);
                }
            }
        }
    }
}
