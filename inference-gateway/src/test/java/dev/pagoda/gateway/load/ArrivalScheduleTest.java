package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.pagoda.gateway.load.ArrivalSchedule.Shape;
import java.util.Arrays;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ArrivalScheduleTest {
    @Test
    void constantArrivalsAreEquallySpacedFromZero() {
        var schedule = new ArrivalSchedule(Shape.CONSTANT, 4, 1);

        assertEquals(0, schedule.next());
        assertEquals(250_000_000, schedule.next());
        assertEquals(500_000_000, schedule.next());
    }

    @Test
    void constantArrivalsDoNotDriftOverAMillionRequests() {
        var schedule = new ArrivalSchedule(Shape.CONSTANT, 3_000, 1);

        long last = LongStream.generate(schedule::next).limit(1_000_001).max().orElseThrow();

        assertEquals(1_000_000 / 3_000.0, last / 1e9, 1e-6);
    }

    @Test
    void poissonArrivalsKeepTheMeanRateAndTheSpreadOfAnExponential() {
        var schedule = new ArrivalSchedule(Shape.POISSON, 1_000, 42);
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
            assertThrows(IllegalArgumentException.class, () -> new ArrivalSchedule(Shape.POISSON, rate, 1));
        }
    }

    private static long[] times(long seed) {
        var schedule = new ArrivalSchedule(Shape.POISSON, 50, seed);
        return LongStream.generate(schedule::next).limit(100).toArray();
    }
}
