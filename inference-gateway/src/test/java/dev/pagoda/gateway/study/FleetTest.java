package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.model.StepTime;
import dev.pagoda.gateway.route.Routing;
import dev.pagoda.gateway.scale.Scaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Engines that come and go with the load.
class FleetTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Device H100 = new Device("h100-sxm", 80L << 30, 3.35e12, 989e12, 450e9);
    private static final Architecture MODEL = ModelShapes.shipped().get("Llama-3.1-8B");
    private static final ServingReport.Slo SLO = new ServingReport.Slo(2_000, 100);

    private static ServingResult serve(String autoscaler, int atFirst, List<TimedRequest> requests) {
        Scaling scaling = Scaling.named(autoscaler);
        boolean isFixed = scaling.rule() == Scaling.Rule.FIXED;
        var fleet = isFixed
                ? FleetPlan.fixed(Integer.parseInt(scaling.argument()))
                : new FleetPlan(scaling, 0, 6, 60 * SECOND, 20 * SECOND, 1_000 * SECOND, 2_000, 100);
        var plan = new ServingPlan(
                isFixed ? fleet.fewest() : atFirst,
                new EngineLimits(2_048, 64, 100_000, 16_384, 4_000),
                EngineRules.VLLM,
                Parallelism.NONE,
                Routing.LEAST_REQUESTS,
                SECOND,
                fleet,
                KvCapacity.BLOCK_TOKENS);
        return new ServingStudy(plan, new StepTime(MODEL, H100, 1), PowerModel.of(MODEL, H100, 700, 1))
                .run(requests, arrived -> {});
    }

    /// Bursts of half a minute with silence between, as users of a code assistant make them.
    private static List<TimedRequest> bursts(long seed, int seconds) {
        Random random = new Random(seed);
        var requests = new ArrayList<TimedRequest>();
        double at = 5;
        while (at < seconds) {
            double end = at + 10 + random.nextInt(40);
            double rate = 2 + random.nextInt(25);
            while (at < end) {
                at += -Math.log(1 - random.nextDouble()) / rate;
                requests.add(new TimedRequest(
                        Math.round(at * 1e9), Prompt.of(200 + random.nextInt(4_000)), 1 + random.nextInt(50)));
            }
            at += 5 + random.nextInt(90);
        }
        return requests;
    }

    private static long good(ServingResult result) {
        return result.outcomes().stream().filter(SLO::isKeptBy).count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"knative:16", "pressure", "sla-planner", "schedule:0=1,100=4,200=0,300=3", "forecast"})
    void noRequestIsLostOrCutWhileEnginesComeAndGo(String autoscaler) {
        for (long seed = 0; seed < 3; seed++) {
            List<TimedRequest> requests = bursts(seed, 500);
            ServingResult result = serve(autoscaler, 1, requests);
            long tokens = 0;
            int firsts = 0;
            for (RequestOutcome each : result.outcomes()) {
                assertTrue(each.isComplete(), "seed " + seed + ", " + each);
                assertTrue(each.arrivalNanos() <= each.scheduledNanos(), "seed " + seed + ", " + each);
                tokens += each.outputTokens();
                firsts++;
            }
            assertEquals(requests.size(), firsts);
            assertEquals(tokens - firsts, result.interTokenMillis().size(), "no token lost or doubled, seed " + seed);
            double most = result.fleet().most() * (result.durationSeconds() + 10);
            assertTrue(result.fleet().engineSeconds() <= most, "no engine counts twice, seed " + seed);
            for (ServingResult.Tick each : result.ticks()) {
                assertTrue(each.ready() <= each.engines() && each.kvUsage() <= 1, "seed " + seed);
            }
        }
    }

    @Test
    void whatArrivesAtAnEmptyFleetWaitsForTheStart() {
        var requests = List.of(new TimedRequest(10 * SECOND, Prompt.of(500), 5));
        ServingResult result = serve("knative", 0, requests);

        assertEquals(1, result.fleet().held());
        assertEquals(1, result.fleet().coldStarts());
        assertEquals(60_000, result.outcomes().getFirst().ttftMillis(), 2_500);
    }

    @Test
    void aNodeThatHadTheWeightsStartsSooner() {
        var requests =
                List.of(new TimedRequest(SECOND, Prompt.of(500), 5), new TimedRequest(400 * SECOND, Prompt.of(500), 5));
        ServingResult result = serve("knative", 0, requests);

        assertEquals(1, result.fleet().coldStarts());
        assertEquals(1, result.fleet().hotStarts());
        assertEquals(20_000, result.outcomes().getLast().ttftMillis(), 2_500);
    }

    @Test
    void aFixedFleetCountsAllItsTime() {
        ServingResult result = serve("fixed:3", 3, bursts(1, 100));
        long last = result.outcomes().stream()
                .mapToLong(RequestOutcome::lastNanos)
                .max()
                .orElse(0);

        assertEquals(3 * last / 1e9, result.fleet().engineSeconds(), 1e-6);
        assertEquals(0, result.fleet().starts());
    }

    @Test
    void theForecastAttainsMoreThanTheRulesThatReact() {
        List<String> reacting = List.of("knative", "knative:16", "pressure", "sla-planner");
        double ours = 0;
        double[] others = new double[reacting.size()];
        for (long seed = 10; seed < 13; seed++) {
            List<TimedRequest> requests = bursts(seed, 1_500);
            ours += attainment(serve("forecast", 1, requests));
            for (int i = 0; i < others.length; i++) {
                others[i] += attainment(serve(reacting.get(i), 1, requests));
            }
        }
        for (int i = 0; i < others.length; i++) {
            assertTrue(ours > others[i], ours + " and " + others[i] + " of " + reacting.get(i));
        }
    }

    private static double attainment(ServingResult result) {
        return (double) good(result) / result.outcomes().size();
    }

    @Test
    void aRepeatGivesTheSame() {
        List<TimedRequest> requests = bursts(4, 400);

        assertEquals(
                serve("forecast", 1, requests).outcomes(),
                serve("forecast", 1, requests).outcomes());
    }

    @Test
    void turnsOfOneConversationAreOneSession() {
        var sessions = new Sessions(64);
        long first = sessions.of(Prompt.ofPieces(192, new long[] {1, 2, 3}, 64));
        long other = sessions.of(Prompt.ofPieces(192, new long[] {1, 2, 4}, 64));

        assertEquals(first, sessions.of(Prompt.ofPieces(320, new long[] {1, 2, 3, 5, 6}, 64)));
        assertEquals(first, sessions.of(Prompt.ofPieces(384, new long[] {1, 2, 3, 5, 6, 7}, 64)));
        assertTrue(first != other);
    }

    @Test
    void refusesImpossibleFleets() {
        Scaling knative = Scaling.named("knative");
        assertThrows(IllegalArgumentException.class, () -> new FleetPlan(knative, 3, 2, 1, 1, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new FleetPlan(knative, 0, 2, 1, 2, 1, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> serve("knative", 7, List.of()));
    }
}
