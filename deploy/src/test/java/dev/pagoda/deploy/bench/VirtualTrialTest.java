package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.engine.Prompt;
import dev.pagoda.gateway.model.Device;
import dev.pagoda.gateway.study.ModelShapes;
import dev.pagoda.gateway.study.TimedRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualTrialTest {
    private static final Device H100 = new Device("h100-sxm", 80L << 30, 3.35e12, 989e12, 450e9);

    private static List<TimedRequest> trace() {
        var trace = new ArrayList<TimedRequest>();
        for (int i = 0; i < 40; i++) {
            trace.add(new TimedRequest(i * 250_000_000L, Prompt.of(200 + 13 * i), 5 + i % 7));
        }
        return trace;
    }

    private static VirtualTrial trial(int requests) {
        return new VirtualTrial(ModelShapes.shipped().get("llama-3.1-8b"), H100, 1, 2, trace(), requests);
    }

    @Test
    void beginsTheTraceAgainAndWritesTheSameEachTime() {
        VirtualTrial.Result result = trial(100).run(3);

        assertEquals(100, result.requests());
        // two spans of 39 gaps and a second between, then half a span
        assertTrue(result.virtualSeconds() > 2 * 10.75 + 4.75, result.toString());
        assertTrue(result.same() && result.steps() > 100 && result.timesReal() > 0, result.toString());
    }

    @Test
    void refusesWhatCompareNothing() {
        assertThrows(IllegalArgumentException.class, () -> trial(0));
        assertThrows(IllegalArgumentException.class, () -> trial(10).run(1));
    }
}
