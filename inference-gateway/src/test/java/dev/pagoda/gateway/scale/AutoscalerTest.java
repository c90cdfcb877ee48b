package dev.pagoda.gateway.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AutoscalerTest {
    /// 10,000 prompt tokens a second, and 1,000 tokens a second at any time between tokens.
    private static final ServingProfile PROFILE = new ServingProfile() {
        @Override
        public double ttftMillis(double promptTokens) {
            return promptTokens / 10;
        }

        @Override
        public double itlMillis(double sequences, double contextTokens) {
            return sequences;
        }

        @Override
        public double decodeTokensPerSecond(double itlMillis, double contextTokens) {
            return 1_000;
        }
    };

    /// What is wanted second by second, while replicas are ready as soon as they are wanted.
    ///
    /// @param load requests in flight at a second, which is also how many arrive, of 1,000 tokens each
    private static List<Integer> follow(Autoscaler scaler, int seconds, IntUnaryOperator load) {
        var wanted = new ArrayList<Integer>();
        int replicas = 1;
        for (int i = 1; i <= seconds; i++) {
            int requests = load.applyAsInt(i);
            int each = replicas == 0 ? 0 : requests / replicas;
            var loads = Collections.nCopies(replicas, new Reading.Load(each, each / 2, Math.min(1, each / 40.0)));
            replicas = scaler.wanted(new Reading(
                    i * 1_000_000_000L,
                    1,
                    0,
                    replicas == 0 ? requests : 0,
                    requests,
                    requests,
                    1_000L * requests,
                    requests,
                    10L * requests,
                    requests == 0 ? Double.NaN : 100,
                    requests == 0 ? Double.NaN : 1,
                    loads));
            wanted.add(replicas);
        }
        return wanted;
    }

    @Test
    void knativeAimsAtSeventyPercentOfTheConcurrency() {
        List<Integer> wanted = follow(new KnativeScaler(10), 200, second -> 21);

        assertEquals(3, wanted.getLast());
    }

    @Test
    void knativePanicsAtTwiceWhatIsReadyAndThenKeepsAStableWindow() {
        List<Integer> wanted = follow(new KnativeScaler(10), 200, second -> second <= 60 ? 7 : second <= 70 ? 70 : 7);

        assertTrue(wanted.get(69) >= 7, "panic within seconds: " + wanted);
        assertTrue(wanted.get(115) >= wanted.get(69), "no fewer for a stable window: " + wanted);
        assertTrue(wanted.getLast() <= 2, "and fewer after it: " + wanted);
    }

    @Test
    void knativeScalesToZeroAfterTheStableWindowAndTheGrace() {
        List<Integer> wanted = follow(new KnativeScaler(10), 160, second -> second <= 30 ? 5 : 0);

        assertEquals(1, wanted.get(30 + 60 + 20));
        assertEquals(0, wanted.get(30 + 60 + 30 + 5));
    }

    @Test
    void pressureAddsOneAtATimeAndLetsGoWhatIsSpare() {
        List<Integer> wanted = follow(new PressureScaler(), 1_200, second -> second <= 600 ? 40 : 2);

        int most = Collections.max(wanted);
        assertTrue(most >= 4, String.valueOf(wanted));
        for (int i = 1; i < wanted.size(); i++) {
            assertTrue(Math.abs(wanted.get(i) - wanted.get(i - 1)) <= 1, "one at a time");
        }
        assertEquals(1, wanted.getLast());
    }

    @Test
    void thePlannerNeedsWhatTheFormulasSay() {
        // 25 requests a second: 25,000 of 10,000 prompt tokens and 250 of 1,000 tokens, 2.75 replicas
        List<Integer> wanted = follow(new SlaPlanner(PROFILE, 50), 361, second -> 25);

        assertEquals(1, wanted.get(178));
        assertEquals(3, wanted.get(180));
        assertEquals(3, wanted.getLast());
    }

    @Test
    void theTimetableSaysWhatIsWanted() {
        List<Integer> wanted = follow(ScheduleScaler.parse("0=1,10=4,20=2"), 30, second -> 0);

        assertEquals(List.of(1, 4, 4, 2), List.of(wanted.get(8), wanted.get(9), wanted.get(18), wanted.get(29)));
    }

    @Test
    void theForecastHoldsThroughGapsThatItHasSeenEnd() {
        // ten seconds of 30 requests in every minute: 3.3 replicas while they come
        List<Integer> wanted =
                follow(new ForecastScaler(PROFILE, 30, 2_000, 1_000, 10), 1_800, second -> second % 60 < 10 ? 30 : 0);

        List<Integer> learnt = wanted.subList(900, 1_800).stream().distinct().toList();
        assertTrue(Collections.min(learnt) >= 3, String.valueOf(learnt));
        assertTrue(Collections.max(learnt) <= 4, String.valueOf(learnt));
    }

    @Test
    void theForecastLetsGoWhatHardlyAnyRequestNeeds() {
        List<Integer> wanted = follow(new ForecastScaler(PROFILE, 30, 2_000, 50, 3), 3_600, second -> {
            boolean isPeak = second < 5;
            return isPeak ? 60 : second % 30 == 0 ? 1 : 0;
        });

        assertTrue(Collections.max(wanted) >= 4, "it met the peak");
        assertTrue(wanted.getLast() <= 1, "and let go: " + wanted.getLast());
    }

    @Test
    void theForecastKeepsMoreWhenARequestIsWorthMore() {
        IntUnaryOperator load = second -> second % 300 < 20 ? 40 : second % 20 == 0 ? 3 : 0;
        int cheap = follow(new ForecastScaler(PROFILE, 30, 2_000, 50, .5), 2_400, load).stream()
                .mapToInt(each -> each)
                .sum();
        int dear = follow(new ForecastScaler(PROFILE, 30, 2_000, 50, 50), 2_400, load).stream()
                .mapToInt(each -> each)
                .sum();

        assertTrue(dear > cheap, dear + " and " + cheap);
    }

    @Test
    void theForecastRisesBeforeASlowWaveDoes() {
        // waves of 20 minutes from nothing to 5.5 replicas; a start takes a minute
        IntUnaryOperator wave = second -> (int) Math.round(25 * (1 - Math.cos(2 * Math.PI * second / 1_200)));
        List<Integer> wanted = follow(new ForecastScaler(PROFILE, 60, 2_000, 1_000, .2), 6_000, wave);

        int late = 0;
        int held = 0;
        for (int second = 3_600; second < 5_900; second++) {
            held += wanted.get(second);
            late += wanted.get(second - 60) < wave.applyAsInt(second) * .11 - .5 ? 1 : 0;
        }
        assertTrue(late < 115, "seconds with too few replicas: " + late);
        assertTrue(held / 2_300.0 < 5, "fewer than always as many as at the peak: " + held / 2_300.0);
    }

    @Test
    void theForecastKeepsWhatItBeganWithUntilMoreIsKnown() {
        List<Integer> wanted = follow(new ForecastScaler(PROFILE, 30, 2_000, 50, 3), 4_000, second -> 0);

        assertEquals(1, wanted.get(600));
        assertEquals(0, wanted.getLast());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"fixed:3", "knative", "knative:16", "pressure", "sla-planner", "schedule:0=2", "forecast:5"})
    void namesAreReadAndWrittenAlike(String name) {
        Scaling scaling = Scaling.named(name);

        assertEquals(name, scaling.label());
        assertEquals(
                follow(scaling.autoscaler(new Scaling.Setting(PROFILE, 30, 2_000, 50)), 400, second -> second % 50),
                follow(scaling.autoscaler(new Scaling.Setting(PROFILE, 30, 2_000, 50)), 400, second -> second % 50));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "magic", "fixed", "fixed:x", "knative:0", "knative:", "pressure:1", "schedule", "schedule:1"
            })
    void refusesWhatIsNoAutoscaler(String name) {
        assertThrows(IllegalArgumentException.class, () -> Scaling.named(name));
    }
}
