package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.study.ModelShapes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class EngineTrialTest {
    private static final Device H100 = new Device("h100-sxm", 80L << 30, 3.35e12, 989e12, 450e9);

    @Test
    @Tag("slow")
    void keepsEveryBatchFull() {
        var plan = new EngineTrial.Plan(4, 16, 32, 1, 1, 1);
        var result = new EngineTrial(plan, ModelShapes.shipped().get("llama-3.1-8b"), H100).run();

        assertTrue(result.steps() > 0 && result.tokens() > result.steps(), result.toString());
        assertTrue(result.running() > 48 && result.running() <= 64, result.toString());
        assertTrue(result.lateP99Millis() >= result.lateP50Millis(), result.toString());
        assertTrue(result.pageBytes() > 50_000, result.toString());
    }

    @Test
    void refusesWhatDoesNotFit() {
        var plan = new EngineTrial.Plan(1, 4_096, 4_096, 1, 1, 1);
        var trial = new EngineTrial(plan, ModelShapes.shipped().get("llama-3.1-8b"), H100);
        assertThrows(IllegalArgumentException.class, trial::run);
        assertEquals(
                "engines 0 is not within 1 to 1024",
                assertThrows(IllegalArgumentException.class, () -> new EngineTrial.Plan(0, 1, 1, 1, 1, 1))
                        .getMessage());
    }
}
