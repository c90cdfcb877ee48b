package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.model.StepTime;
import dev.pagoda.gateway.route.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ServingStudyTest {
    private static final Device H100 = new Device("h100-sxm", 80L << 30, 3.35e12, 989e12, 450e9);
    private static final Architecture MODEL = ModelShapes.shipped().get("Llama-3.1-8B");
    private static final ServingReport.Slo SLO = new ServingReport.Slo(500, 30);

    private static ServingResult serve(int engines, int kvBlocks, Routing routing, List<TimedRequest> requests) {
        var plan = new ServingPlan(
                engines,
                new EngineLimits(2048, 64, 100_000, 8192, kvBlocks),
                EngineRules.VLLM,
                Parallelism.NONE,
                routing,
                1_000_000_000L);
        return new ServingStudy(plan, new StepTime(MODEL, H100, 1), PowerModel.of(MODEL, H100, 700, 1))
                .run(requests, arrived -> {});
    }

    /// Requests of a few conversations, whose prompts begin alike.
    private static List<TimedRequest> trace(long seed, int count, double perSecond) {
        Random random = new Random(seed);
        var requests = new ArrayList<TimedRequest>();
        double at = 0;
        for (int i = 0; i < count; i++) {
            at += -Math.log(1 - random.nextDouble()) / perSecond;
            int tokens = 64 + random.nextInt(2_000);
            long[] pieces = new long[tokens / 64];
            int talk = random.nextInt(12);
            for (int j = 0; j < pieces.length; j++) {
                pieces[j] = j < 8 ? talk : random.nextLong();
            }
            requests.add(new TimedRequest(
                    Math.round(at * 1e9), Prompt.ofPieces(tokens, pieces, 64), 1 + random.nextInt(200)));
        }
        return requests;
    }

    @ParameterizedTest
    @EnumSource(Routing.class)
    void everyRequestIsServedWholeAndInOrder(Routing routing) {
        for (long seed = 0; seed < 4; seed++) {
            ServingResult result = serve(3, 2_000, routing, trace(seed, 200, 20));
            long tokens = 0;
            for (RequestOutcome each : result.outcomes()) {
                assertTrue(each.isComplete(), "seed " + seed);
                assertTrue(
                        each.arrivalNanos() <= each.scheduledNanos()
                                && each.scheduledNanos() < each.firstNanos()
                                && each.firstNanos() <= each.lastNanos(),
                        "seed " + seed + ", " + each);
                tokens += each.outputTokens();
            }
            assertEquals(tokens - 200, result.interTokenMillis().size(), "no token is lost or doubled, seed " + seed);
        }
    }

    @Test
    void aRepeatGivesTheSameBytes() {
        var first = new ServingReport(
                serve(2, 4_000, Routing.PREFIX_AWARE, trace(1, 300, 20)),
                Optional.of(SLO),
                new ServingReport.Bill(2, 3, 100));
        var second = new ServingReport(
                serve(2, 4_000, Routing.PREFIX_AWARE, trace(1, 300, 20)),
                Optional.of(SLO),
                new ServingReport.Bill(2, 3, 100));

        assertEquals(first.requestsCsv(), second.requestsCsv());
        assertEquals(first.ticksCsv(), second.ticksCsv());
        assertEquals(first.lines(), second.lines());
    }

    @Test
    void moreEnginesNeverLowerGoodput() {
        for (long seed = 0; seed < 5; seed++) {
            long last = 0;
            for (int engines : new int[] {1, 2, 4, 8}) {
                ServingResult result = serve(engines, 4_000, Routing.LEAST_REQUESTS, trace(seed, 300, 40));
                long good = result.outcomes().stream().filter(SLO::isKeptBy).count();
                assertTrue(good >= last, good + " of " + engines + " engines after " + last + ", seed " + seed);
                last = good;
            }
        }
    }

    @Test
    void aRouterThatKnowsThePrefixesHitsMoreOften() {
        List<TimedRequest> trace = trace(3, 600, 30);
        ServingResult blind = serve(6, 1_500, Routing.ROUND_ROBIN, trace);
        ServingResult llmd = serve(6, 1_500, Routing.PREFIX_AWARE, trace);
        ServingResult sglang = serve(6, 1_500, Routing.CACHE_AWARE, trace);

        assertTrue(llmd.totals().hitRate() > blind.totals().hitRate());
        assertTrue(sglang.totals().hitRate() > blind.totals().hitRate());
        assertTrue(llmd.totals().hitRate() <= llmd.bestHitRate() + 1e-9);
    }

    @Test
    void theBestHitRateCountsEachPrefixAfterItsFirstTime() {
        var twice = List.of(
                new TimedRequest(0, Prompt.ofPieces(128, new long[] {1, 2}, 64), 1),
                new TimedRequest(1, Prompt.ofPieces(128, new long[] {1, 3}, 64), 1));

        assertEquals(64 / 256.0, PrefixBound.of(twice));
    }

    @Test
    void shortMemoryPreemptsAndStillServesAll() {
        ServingResult result = serve(1, 600, Routing.ROUND_ROBIN, trace(2, 200, 50));

        assertTrue(result.totals().preemptions() > 0);
        assertTrue(result.outcomes().stream().allMatch(RequestOutcome::isComplete));
        assertTrue(result.ticks().stream().allMatch(each -> each.kvUsage() <= 1 && each.kvUsage() >= 0));
    }

    @Test
    void energyIsBetweenIdleAndLimit() {
        ServingResult result = serve(1, 4_000, Routing.ROUND_ROBIN, trace(2, 300, 50));
        double seconds = result.durationSeconds();

        assertTrue(result.totals().activeJoules() > .1 * 700 * seconds);
        assertTrue(result.totals().activeJoules() + .15 * 700 * seconds < 700 * seconds);
    }

    @Test
    void refusesImpossiblePlans() {
        assertThrows(IllegalArgumentException.class, () -> serve(0, 100, Routing.ROUND_ROBIN, List.of()));
        assertThrows(IllegalArgumentException.class, () -> Routing.named("best"));
        assertThrows(IllegalArgumentException.class, () -> new Parallelism(2, 2, 3));
    }
}
