package dev.pagoda.gateway.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class RateSearchTest {
    private static int trials;

    private static OptionalDouble find(double first, double limit) {
        var search = new RateSearch(first);
        trials = 0;
        for (OptionalDouble next = search.next(); next.isPresent(); next = search.next()) {
            search.tell(next.getAsDouble() <= limit);
            trials++;
        }
        return search.best();
    }

    @Test
    void findsALimitFromBelowAndFromAbove() {
        for (double limit : new double[] {.3, 1, 7.7, 123, 9_999}) {
            for (double first : new double[] {.5, 1, 40}) {
                double found = find(first, limit).orElseThrow();
                assertTrue(found <= limit && found >= limit / 1.05, found + " for " + limit + " from " + first);
                assertTrue(trials <= 24, "trials " + trials);
            }
        }
    }

    @Test
    void givesUpWhereNothingHolds() {
        assertEquals(OptionalDouble.empty(), find(1, 0));
        assertTrue(trials <= 8, "trials " + trials);
    }

    @Test
    void endsWhereEverythingHolds() {
        assertTrue(find(1, Double.MAX_VALUE).orElseThrow() >= 500_000);
    }

    @Test
    void refusesAFirstRateThatIsNone() {
        assertThrows(IllegalArgumentException.class, () -> new RateSearch(0));
    }
}
