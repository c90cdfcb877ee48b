package dev.pagoda.gateway.scale;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.scale.LoadSignals.Signal;
import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;

class LoadSignalsTest {
    private static LoadSignals after(int seconds, IntToDoubleFunction work) {
        var signals = new LoadSignals(60);
        for (int i = 0; i < seconds; i++) {
            signals.pass(work.applyAsDouble(i));
        }
        return signals;
    }

    @Test
    void aSteadyLoadIsTheSameToAll() {
        LoadSignals signals = after(2_000, second -> 2.5);

        for (Signal each : Signal.values()) {
            assertEquals(2.5, signals.load(each), 1e-6, each.name());
        }
    }

    @Test
    void aTrendLeadsToWhereTheLoadWillBe() {
        LoadSignals signals = after(3_000, second -> second / 1_000.0);

        assertEquals(3.06, signals.load(Signal.TREND), .02);
        assertTrue(signals.load(Signal.MEAN) < 2.96);
    }

    @Test
    void aTrendNeverLeadsBelowNothing() {
        assertEquals(0, after(700, second -> second < 600 ? 5 : 0).load(Signal.TREND));
    }

    @Test
    void peaksAreForgottenAfterTheirTime() {
        LoadSignals signals = after(500, second -> second == 100 ? 30 : 0);

        assertEquals(0, signals.load(Signal.MINUTE_PEAK), 1e-3);
        assertEquals(0, signals.load(Signal.FIVE_MINUTE_PEAK), 1e-3);
        assertEquals(3, signals.load(Signal.QUARTER_HOUR_PEAK), 1e-9);
    }
}
