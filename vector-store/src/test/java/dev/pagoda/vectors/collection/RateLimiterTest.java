package dev.pagoda.vectors.collection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimiterTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void aFullBucketIsEmptiedAtOnceAndFillsAtItsRate() {
        RateLimiter limiter = new RateLimiter(60, 0);
        for (int i = 0; i < 60; i++) {
            assertTrue(limiter.take(1, 0).isEmpty());
        }
        assertEquals(OptionalLong.of(SECOND), limiter.take(1, 0));
        assertEquals(OptionalLong.of(SECOND / 2), limiter.take(1, SECOND / 2));
        assertTrue(limiter.take(1, SECOND).isEmpty());
        assertTrue(limiter.take(1, SECOND).isPresent());
    }

    @Test
    void aMinuteBringsNoMoreThanTheBucketHolds() {
        RateLimiter limiter = new RateLimiter(3, 0);
        assertTrue(limiter.take(3, 600 * SECOND).isEmpty());
        assertTrue(limiter.take(1, 600 * SECOND).isPresent());
    }

    @Test
    void aRefusalTakesNothing() {
        RateLimiter limiter = new RateLimiter(10, 0);
        limiter.take(8, 0);
        assertTrue(limiter.take(5, 0).isPresent());
        assertTrue(limiter.take(2, 0).isEmpty());
    }

    @Test
    void moreThanTheBucketHoldsIsNeverAdmitted() {
        RateLimiter limiter = new RateLimiter(10, 0);
        assertTrue(limiter.admits(10));
        assertFalse(limiter.admits(11));
    }

    @Test
    void aClockThatGoesBackGivesNothingAway() {
        RateLimiter limiter = new RateLimiter(1, 100 * SECOND);
        assertTrue(limiter.take(1, 100 * SECOND).isEmpty());
        assertTrue(limiter.take(1, 0).isPresent());
    }
}
