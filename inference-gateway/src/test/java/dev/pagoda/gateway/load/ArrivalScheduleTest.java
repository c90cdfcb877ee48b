package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.load.ArrivalSchedule.Shape;
import dev.pagoda.gateway.study.TimedRequest;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ArrivalScheduleTest {
    @Test
    void constantArrivalsAreEquallySpacedFromZero() {
        var schedule = new ArrivalSchedule(new Arrivals.Open(Shape.CONSTANT, 4), 1);

        assertEquals(0, schedule.next());
        assertEquals(250_000_000, schedule.next());
        assertEquals(500_000_000, schedule.next());
    }

    @Test
    void constantArrivalsDoNotDriftOverAMillionRequests() {
        var schedule = new ArrivalSchedule(new Arrivals.Open(Shape.CONSTANT, 3_000), 1);

        long last = LongStream.generate(schedule::next).limit(1_000_001).max().orElseThrow();

        assertEquals(1_000_000 / 3_000.0, last / 1e9, 1e-6);
    }

    @Test
    void poissonArrivalsKeepTheMeanRateAndTheSpreadOfAnExponential() {
        var schedule = new ArrivalSchedule(new Arrivals.Open(Shape.POISSON, 1_000), 42);
        int count = 200_000;
        double sum = 0;
        double squares = 0;
        long before = 0;
        for (int i = 0; i < count; i++) {
            long at = schedule.next();
            double gap = (at - before) / 1e9;
            sum += gap;
            squares += gap * gap;
            before = at;
        }
        double mean = sum / count;
        double deviation = Math.sqrt(squares / count - mean * mean);

        assertEquals(0.001, mean, 0.00001);
        assertEquals(mean, deviation, mean * 0.02);
    }

    @Test
    void sameSeedGivesTheSameTimesAndAnotherSeedOthers() {
        long[] first = times(7);

        assertArrayEquals(first, times(7));
        assertFalse(Arrays.equals(first, times(8)));
    }

    @Test
    void refusesRatesThatAreNotPositiveOrBeyondTheBound() {
        for (double rate : new double[] {0, -1, Double.NaN, 1e7}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new ArrivalSchedule(new Arrivals.Open(Shape.POISSON, rate), 1));
        }
    }

    private static long[] times(long seed) {
        var schedule = new ArrivalSchedule(new Arrivals.Open(Shape.POISSON, 50), seed);
        return LongStream.generate(schedule::next).limit(100).toArray();
    }

    private static int between(Arrivals.ByClock arrivals, double from, double to) {
        var schedule = new ArrivalSchedule(arrivals, 3);
        int count = 0;
        for (long at = schedule.next(); at < to * 1e9; at = schedule.next()) {
            count += at >= from * 1e9 ? 1 : 0;
        }
        return count;
    }

    @Test
    void aRampRisesEvenlyAndStaysAtItsEnd() {
        var ramp = new Arrivals.Ramp(Shape.POISSON, 0, 1_000, 100);

        assertEquals(12_500, between(ramp, 0, 50), 500);
        assertEquals(37_500, between(ramp, 50, 100), 900);
        assertEquals(50_000, between(ramp, 0, 100), 1_000);
        assertEquals(10_000, between(ramp, 100, 110), 400);
    }

    @Test
    void aRampFallsToNothing() {
        var ramp = new Arrivals.Ramp(Shape.CONSTANT, 10, 0, 10);
        var schedule = new ArrivalSchedule(ramp, 1);
        int count = 0;
        while (schedule.next() != ArrivalSchedule.NEVER) {
            count++;
        }

        assertEquals(51, count, 1);
    }

    @Test
    void burstsComeWithTheirRateAndSilenceBetween() {
        var bursts = new Arrivals.Bursts(Shape.POISSON, 500, 2, 8);

        assertEquals(1_000, between(bursts, 0, 2), 120);
        assertEquals(0, between(bursts, 2.001, 9.999));
        assertEquals(1_000, between(bursts, 10, 12), 120);
        assertEquals(100, bursts.perSecond());
    }

    @Test
    void aTraceIsReplayedAtItsSpeedFromItsFirstRequest() {
        var replay = new Arrivals.Replay(
                List.of(
                        new TimedRequest(5_000_000_000L, Prompt.of(1), 1),
                        new TimedRequest(7_000_000_000L, Prompt.of(1), 1)),
                4);
        var schedule = new ArrivalSchedule(replay, 1);

        assertEquals(0, schedule.next());
        assertEquals(500_000_000, schedule.next());
        assertEquals(ArrivalSchedule.NEVER, schedule.next());
    }
}
