package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import dev.pagoda.gateway.scale.Scaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DisaggregationTest {
    private static final Device H100 = new Device("h100-sxm", 80L << 30, 3.35e12, 989e12, 450e9);
    private static final Architecture MODEL = ModelShapes.shipped().get("Llama-3.1-8B");
    private static final EngineLimits LIMITS = new EngineLimits(2048, 64, 100_000, 8192, 20_000);
    private static final long SECOND = 1_000_000_000L;

    private static ServingPlan plan(int engines) {
        return new ServingPlan(engines, LIMITS, EngineRules.VLLM, Parallelism.NONE, Routing.LEAST_REQUESTS, SECOND);
    }

    private static Disaggregation split(int readers, double gigabytes) {
        return new Disaggregation(readers, LIMITS, Routing.LEAST_KV, 10_000, gigabytes * 1e9);
    }

    private static ServingResult serve(ServingPlan plan, List<TimedRequest> requests) {
        return new ServingStudy(plan, new StepTime(MODEL, H100, 1), PowerModel.of(MODEL, H100, 700, 1))
                .run(requests, arrived -> {});
    }

    private static List<TimedRequest> trace(long seed, int count, double perSecond) {
        Random random = new Random(seed);
        var requests = new ArrayList<TimedRequest>();
        double at = 0;
        for (int i = 0; i < count; i++) {
            at += -Math.log(1 - random.nextDouble()) / perSecond;
            requests.add(new TimedRequest(
                    Math.round(at * 1e9), Prompt.of(64 + random.nextInt(3_000)), 2 + random.nextInt(120)));
        }
        return requests;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyPromptIsReadSentAndAnswered(long seed) {
        List<TimedRequest> requests = trace(seed, 200, 20);
        ServingResult result = serve(plan(2).withSplit(split(2, 25)), requests);

        assertTrue(result.outcomes().stream().allMatch(RequestOutcome::isComplete));
        assertEquals(requests.size(), result.transfers().count());
        double tokens =
                requests.stream().mapToLong(each -> each.prompt().tokens()).sum();
        assertEquals(tokens * MODEL.kvBytesPerToken(), result.transfers().bytes(), 1);
        for (RequestOutcome each : result.outcomes()) {
            assertTrue(each.arrivalNanos() <= each.scheduledNanos());
            assertTrue(each.scheduledNanos() < each.firstNanos() && each.firstNanos() < each.lastNanos());
        }
        assertEquals(4, result.fleet().most());
    }

    @Test
    void theFirstTokenWaitsForTheLink() {
        var one = List.of(new TimedRequest(0, Prompt.of(1_000), 10));
        double bytes = 1_000 * MODEL.kvBytesPerToken();

        double fast = serve(plan(1).withSplit(split(1, 100)), one)
                .outcomes()
                .getFirst()
                .ttftMillis();
        double slow =
                serve(plan(1).withSplit(split(1, 1)), one).outcomes().getFirst().ttftMillis();
        assertEquals(bytes / 1e9 * 1e3 - bytes / 100e9 * 1e3, slow - fast, 1e-3);
    }

    @Test
    void promptsOfOneReaderCrossItsLinkInTurn() {
        var both = List.of(new TimedRequest(0, Prompt.of(1_000), 2), new TimedRequest(0, Prompt.of(1_000), 2));
        double bytes = 1_000 * MODEL.kvBytesPerToken();

        ServingResult one = serve(plan(1).withSplit(split(1, .01)), both);
        ServingResult two = serve(plan(1).withSplit(split(2, .01)), both);
        assertTrue(one.transfers().seconds() > two.transfers().seconds() + .9 * bytes / 1e7);
    }

    @Test
    void whatTheOtherEngineHasInItsCacheIsNotSentAgain() {
        long[] names = new long[60];
        for (int i = 0; i < names.length; i++) {
            names[i] = i + 1L;
        }
        var twice = List.of(
                new TimedRequest(0, Prompt.ofPieces(960, names, 16), 4),
                new TimedRequest(20 * SECOND, Prompt.ofPieces(960, names, 16), 4));

        ServingResult result = serve(plan(1).withSplit(split(1, 25)), twice);
        assertEquals(960 * MODEL.kvBytesPerToken(), result.transfers().bytes(), 32 * MODEL.kvBytesPerToken());
    }

    @Test
    void longPromptsDisturbTheTokensOfOthersLess() {
        List<TimedRequest> requests = trace(7, 400, 14);
        double together = serve(plan(4), requests).interTokenMillis().quantile(.99);
        double apart = serve(plan(2).withSplit(split(2, 50)), requests)
                .interTokenMillis()
                .quantile(.99);

        assertTrue(apart < .6 * together, apart + " ms against " + together);
    }

    @Test
    void aRepeatGivesTheSame() {
        List<TimedRequest> requests = trace(9, 100, 20);
        ServingPlan plan = plan(2).withSplit(split(1, 10));

        assertEquals(serve(plan, requests).outcomes(), serve(plan, requests).outcomes());
    }

    @Test
    void refusesWhatCannotBe() {
        assertThrows(IllegalArgumentException.class, () -> split(0, 1));
        assertThrows(IllegalArgumentException.class, () -> split(1, 0));
        ServingPlan scaled = new ServingPlan(
                1,
                LIMITS,
                EngineRules.VLLM,
                Parallelism.NONE,
                Routing.LEAST_REQUESTS,
                SECOND,
                new FleetPlan(Scaling.named("knative"), 0, 4, SECOND, SECOND, 0, 500, 50),
                16);
        assertFalse(scaled.fleet().isFixed());
        assertThrows(IllegalArgumentException.class, () -> scaled.withSplit(split(1, 1)));
    }
}
