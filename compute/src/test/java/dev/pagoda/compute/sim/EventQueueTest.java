package dev.pagoda.compute.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

class EventQueueTest {
    private final VirtualClock clock = new VirtualClock();
    private final EventQueue<String> events = new EventQueue<>(clock);

    @Test
    void takesEventsInTheOrderOfTimeAndThoseOfOneTimeAsTheyWereScheduled() {
        events.schedule(5, "c");
        events.schedule(1, "a");
        events.schedule(5, "d");
        events.schedule(1, "b");
        List<String> taken = new ArrayList<>();
        while (!events.isEmpty()) {
            taken.add(events.take() + clock.nanos());
        }
        assertEquals(List.of("a1", "b1", "c5", "d5"), taken);
    }

    @Test
    void refusesAnEventInThePast() {
        events.schedule(5, "a");
        events.take();
        assertThrows(IllegalArgumentException.class, () -> events.schedule(4, "b"));
        events.schedule(5, "now");
        assertEquals(5, events.nextNanos());
    }

    @Test
    void tellsThatNothingIsWaiting() {
        assertTrue(events.isEmpty());
        assertEquals(Long.MAX_VALUE, events.nextNanos());
        assertThrows(NoSuchElementException.class, events::take);
    }

    @Test
    void clockDoesNotGoBack() {
        clock.moveTo(3);
        assertThrows(IllegalArgumentException.class, () -> clock.moveTo(2));
    }
}
