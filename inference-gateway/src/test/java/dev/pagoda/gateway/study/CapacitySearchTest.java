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
import dev.pagoda.gateway.report.Objective;
import dev.pagoda.gateway.route.Routing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CapacitySearchTest {
    private static final Architecture MODEL = ModelShapes.shipped().get("Llama-3.1-8B");
    private static final Objective OBJECTIVE = Objective.parse("ttft_p95=800ms,tpot_p95=40ms");
    private static final int MOST = 12;

    private static CapacityOffer offer(String name, double speed, double usdPerHour) {
        var device = new Device(name, 80L << 30, speed * 2e12, speed * 4e14, 3e11);
        return new CapacityOffer(
                name,
                count -> new ServingPlan(
                        count,
                        new EngineLimits(2_048, 32, 100_000, 16_384, 4_000),
                        EngineRules.VLLM,
                        Parallelism.NONE,
                        Routing.LEAST_REQUESTS,
                        1_000_000_000L),
                new StepTime(MODEL, device, 1),
                PowerModel.of(MODEL, device, 400, 1),
                new ServingReport.Bill(1, usdPerHour, 60));
    }

    private static List<TimedRequest> poisson(long seed, double rate, int count) {
        Random random = new Random(seed);
        var requests = new ArrayList<TimedRequest>();
        double at = 0;
        for (int i = 0; i < count; i++) {
            at += -Math.log(1 - random.nextDouble()) / rate;
            requests.add(new TimedRequest(
                    Math.round(at * 1e9), Prompt.of(100 + random.nextInt(1_500)), 5 + random.nextInt(80)));
        }
        return requests;
    }

    @Test
    void findsWhatTryingAllWouldFind() {
        for (long seed = 1; seed <= 3; seed++) {
            List<TimedRequest> requests = poisson(seed, 30, 200);
            List<CapacityOffer> offers = List.of(offer("slow", .5, .7), offer("middle", 1, 1.2), offer("fast", 2, 3.1));
            CapacityResult found = new CapacitySearch(requests, OBJECTIVE, .99, MOST).run(offers, done -> {});

            double least = Double.POSITIVE_INFINITY;
            for (CapacityOffer each : offers) {
                for (int engines = 1; engines <= MOST; engines++) {
                    ServingResult result = new ServingStudy(each.plan().apply(engines), each.time(), each.power())
                            .run(requests, n -> {});
                    var report = new ServingReport(result, Optional.empty(), each.bill());
                    if (OBJECTIVE.strain(report::millisAt) <= 1) {
                        least = Math.min(least, engines * each.usdPerHour());
                    }
                }
            }
            assertEquals(least, found.best().orElseThrow().usdPerHour(), 1e-9, "seed " + seed);
            assertTrue(
                    found.candidates().size() < offers.size() * MOST / 2,
                    "tried " + found.candidates().size());
        }
    }

    @Test
    void dearerOffersArePassedWithoutAStudy() {
        List<TimedRequest> requests = poisson(4, 10, 100);
        CapacityResult found = new CapacitySearch(requests, OBJECTIVE, .99, MOST)
                .run(List.of(offer("dear", 1, 1_000), offer("cheap", 1, 1)), done -> {});

        assertTrue(found.candidates().stream()
                .noneMatch(each -> each.offer().name().equals("dear")));
        assertEquals("dear", found.passed().getFirst().offer().name());
    }

    @Test
    void withoutAnEnoughFleetTheNearestIsKnown() {
        List<TimedRequest> requests = poisson(5, 60, 200);
        CapacityResult found =
                new CapacitySearch(requests, OBJECTIVE, .99, 1).run(List.of(offer("slow", .5, 1)), done -> {});

        assertTrue(found.best().isEmpty());
        assertEquals(1, found.nearest().orElseThrow().engines());
        assertEquals("even 1 engines are not enough", found.passed().getFirst().reason());
    }

    @Test
    void refusesImpossibleGoals() {
        List<TimedRequest> one = poisson(1, 1, 1);
        assertThrows(IllegalArgumentException.class, () -> new CapacitySearch(List.of(), OBJECTIVE, .9, 1));
        assertThrows(IllegalArgumentException.class, () -> new CapacitySearch(one, OBJECTIVE, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new CapacitySearch(one, OBJECTIVE, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new CapacitySearch(one, Objective.parse("itl=1s"), 1, 1));
        assertThrows(IllegalArgumentException.class, () -> offer("free", 1, 0));
    }
}
