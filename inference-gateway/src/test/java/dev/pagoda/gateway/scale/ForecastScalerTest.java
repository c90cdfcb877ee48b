package dev.pagoda.gateway.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class ForecastScalerTest {
    private static final int START_SECONDS = 60;
    private static final Reading.Load IDLE = new Reading.Load(0, 0, 0);

    /// A replica does so many prompt tokens a second, and a tenth of it in tokens of answers.
    private record Rate(double promptTokens) implements ServingProfile {
        @Override
        public double ttftMillis(double tokens) {
            return 1e3 * tokens / promptTokens;
        }

        @Override
        public double itlMillis(double sequences, double contextTokens) {
            return 0;
        }

        @Override
        public double decodeTokensPerSecond(double itlMillis, double contextTokens) {
            return promptTokens / 10;
        }
    }

    /// What is wanted second by second, replicas being there as soon as they are.
    ///
    /// @param arrivals of 1,000 tokens each by second
    private static List<Integer> follow(Autoscaler scaler, int seconds, IntUnaryOperator arrivals) {
        var wanted = new ArrayList<Integer>();
        int replicas = 1;
        for (int second = 1; second <= seconds; second++) {
            int came = arrivals.applyAsInt(second);
            replicas = scaler.wanted(new Reading(
                    second * 1_000_000_000L,
                    1,
                    0,
                    0,
                    came,
                    came,
                    1_000L * came,
                    came,
                    10L * came,
                    Double.NaN,
                    Double.NaN,
                    Collections.nCopies(replicas, IDLE)));
            wanted.add(replicas);
        }
        return wanted;
    }

    private static IntUnaryOperator wave(double most) {
        return second -> (int) Math.round(most / 2 * (1 - Math.cos(2 * Math.PI * second / 1_200)));
    }

    /// Share of the later waves at which there is too little a start later.
    private static double late(List<Integer> wanted, IntUnaryOperator arrivals, double seconds) {
        int late = 0;
        for (int second = 3_600; second < wanted.size(); second++) {
            late += wanted.get(second - START_SECONDS) < arrivals.applyAsInt(second) * seconds - .5 ? 1 : 0;
        }
        return late / (double) (wanted.size() - 3_600);
    }

    @Test
    void halfOfTheWeightDecides() {
        assertEquals(2, ForecastScaler.median(new int[] {3, 1, 2}, new double[] {100, 100, 100}));
        assertEquals(2, ForecastScaler.median(new int[] {1_000, 1, 2}, new double[] {100, 100, 100}));
        assertEquals(1, ForecastScaler.median(new int[] {9, 1, 1}, new double[] {100, 101, 101}));
        assertEquals(9, ForecastScaler.median(new int[] {9, 1, 1}, new double[] {100, 104, 104}));
        assertEquals(4, ForecastScaler.median(new int[] {7, 4}, new double[] {1, 0}));
    }

    @Test
    void theUsualPriceSuitsLargeModelsAndSmallOnes() {
        for (double promptTokens : new double[] {500, 10_000, 200_000}) {
            double seconds = 1_100 / promptTokens;
            IntUnaryOperator wave = wave(5.5 / seconds);
            var scaler = new ForecastScaler(new Rate(promptTokens), START_SECONDS, 10_000, 1_000);
            List<Integer> wanted = follow(scaler, 6_000, wave);

            double late = late(wanted, wave, seconds);
            double mean = wanted.subList(3_600, 6_000).stream()
                    .mapToInt(each -> each)
                    .average()
                    .orElseThrow();
            assertTrue(late < .05, promptTokens + " tokens a second: too few for a share of " + late);
            assertTrue(mean < 5.5, promptTokens + " tokens a second: " + mean + " replicas");
        }
    }

    @Test
    void aPriceThatPaysForOneModelPaysForNoLargerOne() {
        double seconds = 1_100 / 500.0;
        List<Integer> wanted =
                follow(new ForecastScaler(new Rate(500), START_SECONDS, 10_000, 1_000, .2), 6_000, wave(5.5 / seconds));

        assertEquals(0, wanted.getLast());
    }

    @Test
    void doesNotChaseBurstsThatEndBeforeAStartDoes() {
        Random random = new Random(7);
        int[] arrivals = new int[7_201];
        int second = 0;
        while (second < arrivals.length) {
            second += (int) (-60 * Math.log(1 - random.nextDouble()));
            for (int end = second + 10 + random.nextInt(20); second < end && second < arrivals.length; second++) {
                arrivals[second] = 30;
            }
        }
        List<Integer> wanted = follow(
                new ForecastScaler(new Rate(10_000), START_SECONDS, 2_000, 1_000), 7_200, each -> arrivals[each]);

        int starts = 0;
        for (int i = 3_600; i < wanted.size(); i++) {
            starts += Math.max(0, wanted.get(i) - wanted.get(i - 1));
        }
        assertTrue(starts <= 6, "replicas started in an hour: " + starts);
        assertTrue(wanted.getLast() >= 3, "enough for a burst: " + wanted.getLast());
    }
}
