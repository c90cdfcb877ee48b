package dev.pagoda.gateway.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StepWheelTest {
    private final StepWheel wheel = new StepWheel();
    private final List<String> called = new ArrayList<>();

    private final class Named extends StepWheel.Entry {
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        void due() {
            called.add(name);
        }
    }

    private void advance(long nanos) {
        wheel.advance(nanos, due -> {});
    }

    @Test
    void callsInTheOrderOfTimeAndNoneBefore() {
        wheel.set(new Named("far"), 10_000_000_000L);
        wheel.set(new Named("second"), 5_000_001);
        wheel.set(new Named("first"), 5_000_000);
        wheel.set(new Named("turn"), 300_000_000);
        assertEquals(5_000_000, wheel.nextNanos());
        advance(4_999_999);
        assertEquals(List.of(), called);
        advance(300_000_000);
        assertEquals(List.of("first", "second", "turn"), called);
        assertEquals(10_000_000_000L, wheel.nextNanos());
        advance(20_000_000_000L);
        assertEquals("far", called.getLast());
        assertEquals(Long.MAX_VALUE, wheel.nextNanos());
    }

    @Test
    void tellsWhenEachWasDue() {
        wheel.set(new Named("a"), 1_000);
        wheel.set(new Named("b"), 1_500);
        List<Long> told = new ArrayList<>();
        wheel.advance(2_000, told::add);
        assertEquals(List.of(1_000L, 1_500L), told);
    }

    @Test
    void callsThoseAgainThatSetATimeUntilThen() {
        var steps = new StepWheel.Entry() {
            private long at = 1_000_000;
            private int count;

            @Override
            void due() {
                count++;
                at += 1_000_000;
                wheel.set(this, at);
            }
        };
        wheel.set(steps, steps.at);
        advance(7_500_000);
        assertEquals(7, steps.count);
        assertTrue(steps.isSet());
        wheel.clear(steps);
        assertFalse(steps.isSet());
        assertEquals(0, wheel.size());
    }

    @Test
    void agreesWithASortedMapOverRandomTimes() {
        for (long seed = 0; seed < 20; seed++) {
            var random = new Random(seed);
            var expected = new TreeMap<Long, String>();
            var entries = new ArrayList<Named>();
            var times = new ArrayList<Long>();
            long now = 0;
            called.clear();
            var wanted = new ArrayList<String>();
            var own = new StepWheel();
            for (int i = 0; i < 500; i++) {
                int kind = random.nextInt(4);
                if (kind < 2) {
                    long due = now + 1 + Math.abs(random.nextLong() % (kind == 0 ? 20_000_000L : 2_000_000_000L));
                    if (!expected.containsKey(due)) {
                        var entry = new Named("e" + i);
                        own.set(entry, due);
                        expected.put(due, entry.name);
                        entries.add(entry);
                        times.add(due);
                    }
                } else if (kind == 2 && !entries.isEmpty()) {
                    int at = random.nextInt(entries.size());
                    own.clear(entries.get(at));
                    expected.remove(times.get(at), entries.get(at).name);
                } else {
                    now += random.nextInt(400_000_000);
                    own.advance(now, due -> {});
                    var past = expected.headMap(now, true);
                    wanted.addAll(past.values());
                    past.clear();
                }
                assertEquals(
                        expected.isEmpty() ? Long.MAX_VALUE : expected.firstKey(), own.nextNanos(), "seed " + seed);
                assertEquals(expected.size(), own.size(), "seed " + seed);
            }
            assertEquals(wanted, called, "seed " + seed);
        }
    }
}
