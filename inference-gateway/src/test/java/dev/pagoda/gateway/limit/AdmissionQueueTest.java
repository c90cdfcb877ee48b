package dev.pagoda.gateway.limit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class AdmissionQueueTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void servesInOrderOfArrival() {
        var queue = new AdmissionQueue<String>(3);
        queue.reserve(0);
        queue.reserve(0);
        queue.enter("a");
        queue.enter("b");

        assertEquals(Optional.of("a"), queue.poll());
        assertEquals(Optional.of("b"), queue.poll());
        assertEquals(Optional.empty(), queue.poll());
    }

    @Test
    void refusesBeyondItsBoundCountingPlacesKeptAndThoseWhoWaitElsewhere() {
        var queue = new AdmissionQueue<String>(3);

        assertTrue(queue.reserve(2));
        assertFalse(queue.reserve(2));
        assertTrue(queue.reserve(0));
        assertTrue(queue.reserve(0));
        assertFalse(queue.reserve(0));
        queue.forfeit();
        queue.enter("a");
        assertEquals(2, queue.size());
        assertTrue(queue.reserve(0));
    }

    @Test
    void givesUpNoMorePlacesThanItKept() {
        var queue = new AdmissionQueue<String>(3);

        assertThrows(IllegalStateException.class, queue::forfeit);
        assertThrows(IllegalStateException.class, () -> queue.enter("a"));
    }

    @Test
    void whoIsPutBackComesFirstWhateverTheBound() {
        var queue = new AdmissionQueue<String>(1);
        queue.reserve(0);
        queue.enter("a");
        queue.putBack("lost its replica");

        assertEquals(Optional.of("lost its replica"), queue.poll());
    }

    @Test
    void advisesToWaitAsLongAsTheRateSuggests() {
        var queue = new AdmissionQueue<Integer>(1000);
        for (int i = 0; i < 100; i++) {
            queue.reserve(0);
            queue.enter(i);
        }
        assertEquals(1, queue.retryAfterSeconds(0, 0), "nothing known yet");
        for (int i = 0; i < 300; i++) {
            queue.departed(i * SECOND / 10);
        }

        assertEquals(5, queue.retryAfterSeconds(0, 30 * SECOND), 1, "100 wait, 10 leave a second");
        assertEquals(AdmissionQueue.MAX_RETRY_SECONDS, queue.retryAfterSeconds(0, 300 * SECOND));
    }
}
