package dev.pagoda.gateway.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ConcurrencyScalerTest {
    private static final long SECOND = 1_000_000_000L;
    private static final ConcurrencyPolicy POLICY = new ConcurrencyPolicy(10, 60 * SECOND, 6 * SECOND, 1, 8);

    @Test
    void wantsTheMinimumWhenIdle() {
        assertEquals(1, new ConcurrencyScaler(POLICY, 0).wanted(100 * SECOND));
    }

    @Test
    void followsASteadyLoad() {
        var scaler = new ConcurrencyScaler(POLICY, 0);
        scaler.observe(35, 0);

        assertEquals(4, scaler.wanted(120 * SECOND));
    }

    @Test
    void reactsToABurstWithinTheShortWindow() {
        var scaler = new ConcurrencyScaler(POLICY, 0);
        scaler.observe(5, 0);
        assertEquals(1, scaler.wanted(100 * SECOND));
        scaler.observe(40, 100 * SECOND);

        assertEquals(3, scaler.wanted(103 * SECOND));
        assertEquals(4, scaler.wanted(106 * SECOND));
    }

    @Test
    void letsGoOverTheLongWindow() {
        var scaler = new ConcurrencyScaler(POLICY, 0);
        scaler.observe(40, 0);
        scaler.observe(0, 100 * SECOND);

        assertEquals(4, scaler.wanted(101 * SECOND));
        assertEquals(2, scaler.wanted(130 * SECOND));
        assertEquals(1, scaler.wanted(161 * SECOND));
    }

    @Test
    void staysWithinItsBounds() {
        var scaler = new ConcurrencyScaler(POLICY, 0);
        scaler.observe(100_000, 0);

        assertEquals(8, scaler.wanted(SECOND));
    }

    @Test
    void scalesFromZeroAsSoonAsOneRequestWaits() {
        var scaler = new ConcurrencyScaler(new ConcurrencyPolicy(10, 60 * SECOND, 6 * SECOND, 0, 8), 0);
        assertEquals(0, scaler.wanted(SECOND));
        scaler.observe(1, SECOND);

        assertEquals(1, scaler.wanted(SECOND));
    }

    @Test
    void averagesAsADirectIntegralDoes() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            var scaler = new ConcurrencyScaler(new ConcurrencyPolicy(1, 10 * SECOND, 10 * SECOND, 0, 1 << 20), 0);
            int steps = 400;
            int[] values = new int[steps];
            for (int i = 0; i < steps; i++) {
                values[i] = random.nextInt(50);
                scaler.observe(values[i], i * SECOND / 10);
            }
            double sum = 0;
            for (int i = steps - 100; i < steps; i++) {
                sum += values[i];
            }
            assertEquals(Math.ceil(sum / 100), scaler.wanted(steps * SECOND / 10), 1, "seed " + seed);
        }
    }

    @Test
    void moreLoadNeverWantsFewer() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            var light = new ConcurrencyScaler(POLICY, 0);
            var heavy = new ConcurrencyScaler(POLICY, 0);
            long now = 0;
            for (int i = 0; i < 200; i++) {
                now += random.nextInt(2_000) * 1_000_000L;
                int load = random.nextInt(60);
                light.observe(load, now);
                heavy.observe(load + random.nextInt(20), now);
                assertTrue(heavy.wanted(now) >= light.wanted(now), "seed " + seed);
            }
        }
    }

    @Test
    void refusesTimeThatRunsBackwards() {
        var scaler = new ConcurrencyScaler(POLICY, SECOND);

        assertThrows(IllegalArgumentException.class, () -> scaler.observe(1, 0));
    }
}
