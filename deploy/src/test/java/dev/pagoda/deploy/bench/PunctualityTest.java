package dev.pagoda.deploy.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PunctualityTest {
    private static final long MILLI = 1_000_000;

    private final Punctuality punctuality = new Punctuality();

    private static Optional<StreamSchedule.Dues> dues(long... millis) {
        var dues = new StreamSchedule.Dues();
        for (int i = 0; i < millis.length; i += 2) {
            dues.add(millis[i] * MILLI, millis[i + 1] * MILLI);
        }
        return Optional.of(dues);
    }

    @Test
    void comparesEventsWithTheTokensOfTheSchedule() {
        // the last event brings two tokens, of which one is 11 ms late
        punctuality.add(List.of(1 * MILLI, 12 * MILLI, 41 * MILLI), dues(0, 0, 10, 10, 30, 40), 0, 100 * MILLI);

        assertEquals(29, punctuality.gapMillis(100), .1);
        assertEquals(20, punctuality.dueGapMillis(100), .1);
        assertEquals(11, punctuality.lateMillis(100), .1);
        assertEquals(10, punctuality.dueGapMillis(50), .1);
        assertEquals(0, punctuality.early());
        assertEquals(0, punctuality.unmatched());
    }

    @Test
    void tellsOfStreamsThatAreNotTheSchedulesAndOfTokensBeforeTheirTime() {
        punctuality.add(List.of(1 * MILLI), Optional.empty(), 0, 100 * MILLI);
        punctuality.add(List.of(1 * MILLI), dues(0, 0, 10, 10), 0, 100 * MILLI);
        punctuality.add(List.of(1 * MILLI, 9 * MILLI), dues(0, 0, 10, 10), 0, 100 * MILLI);

        assertEquals(2, punctuality.unmatched());
        assertEquals(1, punctuality.early());
    }
}
