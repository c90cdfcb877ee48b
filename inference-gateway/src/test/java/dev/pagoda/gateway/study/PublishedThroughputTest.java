package dev.pagoda.gateway.study;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.pagoda.gateway.engine.EngineLimits;
import dev.pagoda.gateway.engine.EngineRules;
import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.model.Architecture;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.model.HostTime;
import dev.pagoda.gateway.model.KvCapacity;
import dev.pagoda.gateway.model.Link;
import dev.pagoda.gateway.model.Parallelism;
import dev.pagoda.gateway.model.StepTime;
import dev.pagoda.gateway.route.Routing;
import java.util.Collections;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Tokens a second of Llama-2-70B on eight devices beside those of MLPerf Inference 4.1 (offline, August 2024), whose
/// samples have about 294 tokens of prompt and of answer.
@Tag("slow")
class PublishedThroughputTest {
    private static final int TOKENS = 294;
    private static final int STEP_TOKENS = 8_192;
    private static final int REQUESTS_PER_ENGINE = 3_000;

    @ParameterizedTest
    @CsvSource({
        "h100-sxm, 80, 3.35e12, 1979e12, 989e12, 450e9, 2, 1, 24500",
        "h200-sxm, 141, 4.8e12, 1979e12, 989e12, 450e9, 1, 1, 31300",
        "b200-sxm, 180, 8e12, 4500e12, 2250e12, 900e9, 1, .5, 90400",
        "mi300x, 192, 5.3e12, 2614.9e12, 1307.4e12, 448e9, 1, 1, 23500"
    })
    void isWithinTwentyPercentOfTheMeasured(
            String id,
            long gibibytes,
            double bandwidth,
            double flops,
            double attentionFlops,
            double link,
            int tensor,
            double weightBytes,
            double measured) {
        var device = new Device(id, gibibytes << 30, bandwidth, flops, attentionFlops, link);
        Architecture model = ModelShapes.shipped().get("Llama-2-70b-hf").withBytes(weightBytes, 1);
        var limits = new EngineLimits(
                STEP_TOKENS,
                1_024,
                REQUESTS_PER_ENGINE,
                model.contextTokens(),
                KvCapacity.blocks(model, device, tensor, STEP_TOKENS));
        var plan = new ServingPlan(
                1, limits, EngineRules.SYNCHRONOUS, Parallelism.tensor(tensor), Routing.ROUND_ROBIN, 1_000_000_000L);
        var time = new StepTime(model, device, tensor, new Link.Fitted(device), HostTime.TENSORRT_LLM);
        ServingResult result = new ServingStudy(plan, time, PowerModel.of(model, device, 700, tensor))
                .run(
                        Collections.nCopies(REQUESTS_PER_ENGINE, new TimedRequest(0, Prompt.of(TOKENS), TOKENS)),
                        arrived -> {});

        double engines = 8.0 / tensor;
        double tokensPerSecond = engines * REQUESTS_PER_ENGINE * TOKENS / result.durationSeconds();
        System.out.println(id + ": " + Math.round(tokensPerSecond) + " tokens/s, published " + measured);
        assertEquals(measured, tokensPerSecond, .2 * measured);
    }
}
