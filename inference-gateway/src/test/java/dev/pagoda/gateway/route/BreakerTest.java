package dev.pagoda.gateway.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.gateway.route.Breaker.Rules;
import dev.pagoda.gateway.route.Breaker.State;
import org.junit.jupiter.api.Test;

class BreakerTest {
    private static final long SECOND = 1_000_000_000L;

    private final Breaker breaker = new Breaker(Rules.DEFAULT);

    private void fail(int times, long nowNanos) {
        for (int i = 0; i < times; i++) {
            breaker.sent(nowNanos);
            breaker.failed(nowNanos);
        }
    }

    @Test
    void opensAfterFiveFailuresInARow() {
        fail(4, 0);
        breaker.succeeded(0);
        fail(4, 0);
        assertEquals(State.CLOSED, breaker.state(0));
        fail(1, 0);
        assertEquals(State.OPEN, breaker.state(0));
        assertFalse(breaker.admits(30 * SECOND - 1));
    }

    @Test
    void letsOneAtATimeTryAfterThirtySecondsAndClosesAfterTwo() {
        fail(5, 0);
        long later = 30 * SECOND;
        assertEquals(State.HALF_OPEN, breaker.state(later));
        assertTrue(breaker.admits(later));
        breaker.sent(later);
        assertFalse(breaker.admits(later), "one is under way");
        breaker.succeeded(later);
        assertTrue(breaker.admits(later));
        breaker.sent(later);
        breaker.withdrawn();
        assertEquals(State.HALF_OPEN, breaker.state(later));
        breaker.sent(later);
        breaker.succeeded(later);
        assertEquals(State.CLOSED, breaker.state(later));
    }

    @Test
    void isUndecidedWhileItHangsOnAnswersThatAreAwaited() {
        for (int i = 0; i < 10; i++) {
            breaker.sent(0);
        }
        assertFalse(breaker.isUndecided(0));
        breaker.failed(0);
        assertTrue(breaker.isUndecided(0), "nine are under way after a failure");
        breaker.succeeded(0);
        assertFalse(breaker.isUndecided(0));
        fail(5, 0);
        assertFalse(breaker.isUndecided(0), "open is decided");
    }

    @Test
    void tellsHowLongItStaysOpen() {
        assertEquals(0, breaker.openForNanos(0));
        fail(5, SECOND);
        assertEquals(30 * SECOND, breaker.openForNanos(SECOND));
        assertEquals(SECOND, breaker.openForNanos(30 * SECOND));
        assertEquals(0, breaker.openForNanos(31 * SECOND));
    }

    @Test
    void opensAgainWhenATryFails() {
        fail(5, 0);
        fail(1, 31 * SECOND);
        assertEquals(State.OPEN, breaker.state(60 * SECOND));
        assertTrue(breaker.admits(61 * SECOND));
    }

    @Test
    void refusesImpossibleRules() {
        assertThrows(IllegalArgumentException.class, () -> new Rules(0, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Rules(1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Rules(1, 1, 0));
    }

    @Test
    void aTargetThatHasBegunToFailGetsNoMoreRequestsAtOnceThanOpenIt() {
        assertTrue(breaker.trySend(0));
        breaker.failed(0);
        int sent = 0;
        while (sent < 100 && breaker.trySend(0)) {
            sent++;
        }

        assertEquals(4, sent);
    }
}
