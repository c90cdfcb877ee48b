package dev.pagoda.gateway.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.report.Objective.Measure;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectiveTest {
    @Test
    void readsBoundsOfRequestsAndOfPercentiles() {
        Objective objective = Objective.parse("ttft_p99=2s,tpot=50ms,E2EL_p99.9=30000");

        assertEquals(2_000, objective.limitMillis(Measure.TTFT));
        assertEquals(50, objective.limitMillis(Measure.TPOT));
        assertEquals(Double.MAX_VALUE, objective.limitMillis(Measure.ITL));
        assertEquals("ttft_p99=2000ms,tpot=50ms,e2el_p99.9=30000ms", objective.label());
        assertTrue(objective.hasPercentiles());
        assertTrue(objective.boundsEach());
        assertEquals(objective, Objective.parse(objective.label()));
    }

    @Test
    void theStrainIsThatOfTheWorstPercentile() {
        Objective objective = Objective.parse("ttft_p99=1s,tpot_p50=50ms,ttft=1ms");

        assertEquals(1.5, objective.strain((measure, percent) -> measure == Measure.TTFT ? 500.0 : 75.0));
        assertFalse(Objective.parse("ttft=1s").hasPercentiles());
        assertEquals(0, Objective.parse("ttft=1s").strain((measure, percent) -> 1e9));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ttft",
                "ttft=",
                "ttft=0",
                "ttft=-1s",
                "ttft=5h",
                "ttf=1s",
                "ttft_p0=1s",
                "ttft_p100=1s",
                "ttft=1s,ttft=2s",
                "ttft=1s,",
                "ttft=NaN",
                "ttft_p=1"
            })
    void refusesWhatBoundsNothing(String text) {
        assertThrows(IllegalArgumentException.class, () -> Objective.parse(text));
    }
}
