package dev.pagoda.gateway.scale;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class LateForecastTest {
    private static final double REQUEST_SECONDS = .2;
    private static final double SLACK_SECONDS = .5;

    /// What is expected after so many seconds with so many arrivals in each.
    private static double[][] after(int seconds, IntUnaryOperator arrivals) {
        var forecast = new LateForecast();
        var levels = new ReplicaLevels();
        forecast.begin(0);
        for (int second = 0; second < seconds; second++) {
            int came = arrivals.applyAsInt(second);
            levels.pass(came, came * REQUEST_SECONDS, SLACK_SECONDS);
            forecast.pass(levels, came * REQUEST_SECONDS, REQUEST_SECONDS);
        }
        return forecast.expected(REQUEST_SECONDS, SLACK_SECONDS);
    }

    @Test
    void aSteadyLoadStaysAsItIs() {
        double[][] expected = after(6_000, second -> 12);

        for (double[] span : expected) {
            assertEquals(12, span[0], .3);
            assertEquals(4, span[2], .3, "two replicas cannot serve what keeps 2.4 busy, a third saves for all three");
            assertEquals(0, span[3], .3);
        }
    }

    @Test
    void whatComesInTurnIsExpectedInTurn() {
        // 40 s of 20 a second in every 4 minutes, the last one just over
        double[][] expected = after(6_045, second -> second % 240 < 40 ? 20 : 0);

        double soon = expected[LateForecast.span(10)][1];
        double next = expected[LateForecast.span(20)][1];
        double then = expected[LateForecast.span(40)][1];
        assertTrue(soon < .4 * then && next < .4 * then, "little for two minutes: " + soon + ", " + next);
        assertTrue(then > 1, "but then: " + then);
    }

    @Test
    void withoutAPastTheFormulaSpeaks() {
        double[][] expected = after(10, second -> 5);
        double[] unseen = LateForecast.unseen(1, REQUEST_SECONDS, SLACK_SECONDS);

        assertEquals(5, unseen[1], 1e-9, "one replica that is always busy makes all late");
        for (int level = 1; level < unseen.length; level++) {
            assertTrue(unseen[level] <= unseen[level - 1]);
        }
        assertTrue(expected[0][1] > expected[0][2] && expected[0][2] > expected[0][3]);
        // two servers at one Erlang: one in three waits (Erlang's C formula), and those longer than the slack are late
        assertEquals(5.0 / 3 * Math.exp(-SLACK_SECONDS / (3 * REQUEST_SECONDS)), unseen[2], 1e-9);
    }

    @Test
    void replicasThatSaveNothingAloneShareWhatTheySaveTogether() {
        double[] late = new double[ReplicaLevels.COUNT];
        late[0] = 60;
        late[1] = 60;
        late[2] = 58;
        late[3] = 3;
        late[4] = 1;
        LateForecast.level(late);

        assertArrayEquals(new double[] {60, 41, 22, 3, 1, 0, 0}, Arrays.copyOf(late, 7), 1e-9);
    }

    @Test
    void everyStepLiesInItsSpan() {
        int before = 0;
        for (int step = 0; step < LateForecast.STEPS; step++) {
            int span = LateForecast.span(step);
            assertTrue(span == before || span == before + 1);
            before = span;
        }
        assertEquals(LateForecast.SPANS - 1, before);
    }
}
