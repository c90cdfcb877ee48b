package dev.pagoda.gateway.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void waitsAsLongAsTheTargetSaysElseLongerEachTime() {
        assertEquals(OptionalLong.of(3_000), Backoff.waitMillis(1, OptionalLong.of(3_000), 60_000, 0.5));
        assertEquals(OptionalLong.of(25), Backoff.waitMillis(1, OptionalLong.empty(), 60_000, 0.5));
        assertEquals(OptionalLong.of(100), Backoff.waitMillis(3, OptionalLong.empty(), 60_000, 0.5));
        assertEquals(OptionalLong.of(1_000), Backoff.waitMillis(40, OptionalLong.empty(), 60_000, 0.5));
    }

    @Test
    void aUselessWaitIsNone() {
        assertEquals(OptionalLong.empty(), Backoff.waitMillis(1, OptionalLong.of(3_000), 2_000, 0.5));
        assertEquals(OptionalLong.empty(), Backoff.waitMillis(1, OptionalLong.of(20_000), 60_000, 0.5));
    }

    @Test
    void secondsAreReadAndDatesAreNot() {
        assertEquals(OptionalLong.of(1_500), Backoff.retryAfterMillis(" 1.5"));
        assertEquals(OptionalLong.empty(), Backoff.retryAfterMillis("Wed, 21 Oct 2026 07:28:00 GMT"));
        assertEquals(OptionalLong.empty(), Backoff.retryAfterMillis("-1"));
    }
}
