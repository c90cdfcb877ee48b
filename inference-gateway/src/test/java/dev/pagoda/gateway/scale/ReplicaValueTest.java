package dev.pagoda.gateway.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class ReplicaValueTest {
    private static final int STEPS = 40;

    /// With steps of 5 s and starts of 30 s.
    private static ReplicaValue of(IntToDoubleFunction gain) {
        var value = new ReplicaValue(5, STEPS, 30);
        double[] gains = new double[STEPS];
        for (int step = 0; step < STEPS; step++) {
            gains[step] = gain.applyAsDouble(step);
        }
        value.weigh(gains, 0);
        return value;
    }

    @Test
    void aReplicaThatSavesLessThanItsTimeIsGivenUpAndOneThatSavesMoreIsStarted() {
        assertTrue(of(step -> 4).ofKeeping() < 0);
        assertTrue(of(step -> 4).ofStarting() < 0);
        assertTrue(of(step -> 9).ofKeeping() > 0);
        assertTrue(of(step -> 9).ofStarting() > 0);
    }

    @Test
    void aPauseIsHeldThroughWhileItIsShorterThanAStart() {
        assertTrue(of(step -> step < 5 ? 0 : 20).ofKeeping() > 0);
        assertTrue(of(step -> step < 20 ? 0 : 20).ofKeeping() < 0);
    }

    @Test
    void whatBeginsInATimeOfAStartIsStartedForAndWhatBeginsLaterIsNot() {
        assertTrue(of(step -> step < 6 ? 0 : 20).ofStarting() > 0);
        assertTrue(of(step -> step < 12 ? 0 : 20).ofStarting() < 0);
    }

    @Test
    void whatEndsBeforeAStartDoesIsNotStartedFor() {
        assertTrue(of(step -> step < 5 ? 50 : 0).ofStarting() < 0);
    }

    /// The best of all ways to have the replica or not, by trying each.
    private static double best(double[] gains, int step, int start, boolean isThere) {
        if (step >= gains.length) {
            return 0;
        }
        double without = best(gains, step + 1, start, false);
        if (isThere) {
            return Math.max(without, gains[step] - 1 + best(gains, step + 1, start, true));
        }
        double started = step + start >= gains.length ? -start : best(gains, step + start, start, true) - start;
        return Math.max(without, started);
    }

    @Test
    void noOtherWayIsBetter() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            double[] gains = new double[12];
            for (int step = 0; step < gains.length; step++) {
                gains[step] = random.nextInt(3) == 0 ? 4 * random.nextDouble() : 0;
            }
            var value = new ReplicaValue(1, gains.length, 2);
            value.weigh(gains, 0);
            double kept = gains[0] - 1 + best(gains, 1, 2, true) - best(gains, 1, 2, false);
            double started = best(gains, 2, 2, true) - 2 - best(gains, 1, 2, false);
            assertEquals(kept, value.ofKeeping(), 1e-9, "seed " + seed);
            assertEquals(started, value.ofStarting(), 1e-9, "seed " + seed);
        }
    }
}
