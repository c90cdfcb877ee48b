package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.model.StepTime;
import dev.pagoda.gateway.route.Routing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What must hold of any fleet on any trace.
@Tag("slow")
class FleetInvariantsTest {
    private static final Device H100 = new Device("h100-sxm", 80L << 30, 3.35e12, 989e12, 450e9);
    private static final Architecture MODEL = ModelShapes.shipped().get("Llama-3.1-8B");
    private static final EngineLimits LIMITS = new EngineLimits(2048, 48, 100_000, 8192, 3_000);
    private static final ServingReport.Slo SLO = new ServingReport.Slo(1_000, 40);

    private static List<TimedRequest> trace(long seed, int count, double perSecond) {
        Random random = new Random(seed);
        var requests = new ArrayList<TimedRequest>();
        double at = 0;
        for (int i = 0; i < count; i++) {
            at += -Math.log(1 - random.nextDouble()) / perSecond;
            requests.add(new TimedRequest(
                    Math.round(at * 1e9), Prompt.of(32 + random.nextInt(2_500)), 1 + random.nextInt(300)));
        }
        return requests;
    }

    private static ServingResult serve(int engines, Routing routing, Parallelism parallel, List<TimedRequest> trace) {
        EngineRules rules = parallel.pipeline() > 1 ? EngineRules.SYNCHRONOUS : EngineRules.VLLM;
        var plan = new ServingPlan(engines, LIMITS, rules, parallel, routing, 1_000_000_000L);
        var time = new StepTime(MODEL, H100, parallel, new Link.Fitted(H100), HostTime.VLLM);
        return new ServingStudy(plan, time, PowerModel.of(MODEL, H100, 700, parallel.tensor()))
                .run(trace, arrived -> {});
    }

    private static long good(ServingResult result) {
        return result.outcomes().stream().filter(SLO::isKeptBy).count();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void noTokenOfAFleetIsLostOrMadeTwice(long seed) {
        List<TimedRequest> trace = trace(seed, 250, 40);
        long tokens = trace.stream().mapToLong(TimedRequest::outputTokens).sum();
        var shapes = List.of(Parallelism.NONE, Parallelism.NONE.withPipeline(2), new Parallelism(1, 2, 1));
        List<Routing> routings = List.of(Routing.values());
        for (int i = 0; i < routings.size(); i++) {
            Routing routing = routings.get(i);
            Parallelism parallel = shapes.get(i % shapes.size());
            ServingResult result = serve(3, routing, parallel, trace);
            Set<Integer> seen = new HashSet<>();
            for (RequestOutcome each : result.outcomes()) {
                assertTrue(each.isComplete() && seen.add(each.index()), routing + " " + each);
            }
            assertEquals(tokens - trace.size(), result.interTokenMillis().size(), routing + " with " + parallel);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void moreEnginesNeverLowerGoodput(long seed) {
        List<TimedRequest> trace = trace(seed, 300, 30);
        long last = 0;
        for (int engines = 1; engines <= 6; engines++) {
            long good = good(serve(engines, Routing.LEAST_REQUESTS, Parallelism.NONE, trace));
            assertTrue(good >= last, "seed " + seed + ": " + engines + " engines keep " + good + ", one fewer " + last);
            last = good;
        }
        assertEquals(trace.size(), last, "six are enough for all");
    }
}
