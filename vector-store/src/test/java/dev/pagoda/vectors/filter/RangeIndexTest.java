package dev.pagoda.vectors.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.api.Condition;
import dev.pagoda.vectors.api.Condition.Match;
import dev.pagoda.vectors.api.KeyPath;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RangeIndexTest {
    private static final KeyPath KEY = KeyPath.parse("n");
    private static final long EXACT = 1L << 53;

    private final RangeIndex integers = new RangeIndex(KEY, RangeIndex.Kind.INTEGER, true);
    private final RangeIndex fractions = new RangeIndex(KEY, RangeIndex.Kind.FLOAT, false);
    private final RangeIndex times = new RangeIndex(KEY, RangeIndex.Kind.TIME, false);

    private static Condition within(
            @Nullable Double above, @Nullable Double atLeast, @Nullable Double below, @Nullable Double atMost) {
        return new Condition.NumberWithin(KEY, above, atLeast, below, atMost);
    }

    private static Condition at(
            @Nullable Long above, @Nullable Long atLeast, @Nullable Long below, @Nullable Long atMost) {
        return new Condition.TimeWithin(KEY, above, atLeast, below, atMost);
    }

    private static void add(RangeIndex index, Object... values) {
        for (int slot = 0; slot < values.length; slot++) {
            index.add(slot, Map.of("n", values[slot]));
        }
    }

    private static void assertBounds(RangeIndex index, Condition condition, long sure, long possible) {
        Bounds bounds = index.bounds(condition, 1);
        assertEquals(Long.toBinaryString(sure), Long.toBinaryString(bounds.sure()[0]), condition::toString);
        assertEquals(Long.toBinaryString(possible), Long.toBinaryString(bounds.possible()[0]), condition::toString);
    }

    @Test
    void tellsWhatItIsFor() {
        assertTrue(integers.isForLookup());
        assertFalse(fractions.isForLookup());
        assertEquals(RangeIndex.Kind.INTEGER, integers.kind());
        assertEquals(RangeIndex.Kind.TIME, times.kind());
    }

    @Test
    void tellsValuesInOrderFromOneOn() {
        add(integers, 5L, -3L, 9L, 5L);
        assertEquals(List.of("-3 1", "5 0", "5 3", "9 2"), told(integers, false, null));
        assertEquals(List.of("5 0", "5 3", "9 2"), told(integers, false, 5L));
        assertEquals(List.of("9 2", "5 3", "5 0", "-3 1"), told(integers, true, null));
        assertEquals(List.of("5 3", "5 0", "-3 1"), told(integers, true, 8L));
        add(fractions, 0.5, -2.25, 3L, Double.NEGATIVE_INFINITY);
        assertEquals(List.of("-Infinity 3", "-2.25 1", "0.5 0", "3.0 2"), told(fractions, false, null));
        add(times, "1970-01-01 00:00:01", "1969-12-31", "soon");
        assertEquals(List.of("1000000 0", "-86400000000 1"), told(times, true, null));
    }

    @Test
    void theVisitorEndsTheVisit() {
        add(integers, 1L, 2L, 3L, 4L);
        List<Long> seen = new ArrayList<>();
        integers.visit(false, null, (value, _) -> seen.add(value) && value < 2);
        integers.visit(true, null, (value, _) -> seen.add(value) && value > 3);
        assertEquals(List.of(1L, 2L, 4L, 3L), seen);
    }

    private static List<String> told(RangeIndex index, boolean isDescending, @Nullable Long from) {
        List<String> told = new ArrayList<>();
        index.visit(isDescending, from, (value, slot) -> told.add(index.value(value) + " " + slot));
        return told;
    }

    @Test
    void anOrderBeginsAtTheNearestHeldValue() {
        assertEquals(Optional.of(7L), integers.sortable(7L, false));
        assertEquals(Optional.of(3L), integers.sortable(2.5, false));
        assertEquals(Optional.of(2L), integers.sortable(2.5, true));
        assertEquals(Optional.empty(), integers.sortable("7", false));
        assertEquals(Optional.of(1_000_000L), times.sortable("1970-01-01 00:00:01", false));
        assertEquals(Optional.empty(), times.sortable("soon", false));
        assertEquals(Optional.of(5L), times.sortable(5L, true));
        assertEquals(Optional.empty(), times.sortable(5.5, true));
        assertEquals(Optional.empty(), fractions.sortable("1", true));
        List<Double> ordered = List.of(Double.NEGATIVE_INFINITY, -1e9, -1.5, 0.0, 1e-300, 2.0, Double.MAX_VALUE);
        for (int i = 0; i < ordered.size(); i++) {
            long kept = fractions.sortable(ordered.get(i), false).orElseThrow();
            assertEquals(ordered.get(i), fractions.value(kept));
            assertTrue(i == 0
                    || kept > fractions.sortable(ordered.get(i - 1), false).orElseThrow());
        }
        assertEquals(fractions.sortable(0.0, false), fractions.sortable(-0.0, false));
        assertEquals(fractions.sortable(2.0, false), fractions.sortable(2L, false));
    }

    @Test
    void boundsOfIntegersAreThoseAsked() {
        add(integers, 1L, 2L, 3L, 4L, "four", 2.5);
        assertBounds(integers, within(2.0, null, 4.0, null), 0b100, 0b110100);
        assertBounds(integers, within(null, 2.0, null, 4.0), 0b1110, 0b111110);
        assertBounds(integers, within(null, 1.5, null, 3.5), 0b110, 0b110110);
        assertBounds(integers, within(null, null, null, 1.0), 0b1, 0b110001);
        assertBounds(integers, within(3.5, null, null, null), 0b1000, 0b111000);
        assertBounds(integers, at(0L, null, null, null), 0, 0b111111);
        assertEquals(2 + 1, integers.estimate(within(2.0, null, 4.0, null)));
    }

    @Test
    void integersThatRoundWhenComparedAreNeverMissed() {
        add(integers, EXACT + 1, -EXACT - 1, EXACT + 3_000, 0L, EXACT + 9_000, EXACT);
        double exact = EXACT;
        assertBounds(integers, within(null, null, null, exact), 0, 0b101111);
        assertBounds(integers, within(null, -exact, null, null), 0, 0b111111);
        assertBounds(integers, within(null, exact, null, null), 0, 0b110101);
        assertBounds(integers, within(null, 5.0, null, exact - 1), 0, 0);
        assertBounds(integers, within(null, null, null, exact - 1), 0b1010, 0b1010);
        assertBounds(integers, within(null, 1 - exact, null, null), 0b111101, 0b111101);
        assertBounds(integers, within(null, exact, null, exact + 3_000), 0, 0b100101);
    }

    @Test
    void boundsOfFractionsAreThoseAsked() {
        add(fractions, -0.5, 0.0, 0.25, 4L, "x");
        assertBounds(fractions, within(-0.5, null, 0.25, null), 0b10, 0b10010);
        assertBounds(fractions, within(null, -0.0, null, 4.0), 0b1110, 0b11110);
        assertBounds(fractions, within(null, null, null, null), 0b1111, 0b11111);
        assertBounds(fractions, Condition.equal("n", 4), 0, 0b11000);
        assertEquals(2, fractions.estimate(Condition.equal("n", 4)));
    }

    @Test
    void boundsOfTimesAreThoseAsked() {
        add(times, "1970-01-01", "1970-01-01 00:00:01", "1970-01-01 00:00:02", "soon");
        assertBounds(times, at(0L, null, 2_000_000L, null), 0b10, 0b1010);
        assertBounds(times, at(null, 1_000_000L, null, 2_000_000L), 0b110, 0b1110);
        assertBounds(times, at(null, null, 1L, null), 0b1, 0b1001);
        assertBounds(times, at(999_999L, null, null, null), 0b110, 0b1110);
        assertBounds(times, within(null, 0.0, null, null), 0, 0b1111);
        assertBounds(times, Condition.equal("n", "1970-01-01"), 0, 0b1001);
        assertEquals(2, times.estimate(at(0L, null, 2_000_000L, null)));
        assertEquals(4, times.estimate(within(null, 0.0, null, null)));
    }

    @Test
    void equalIntegersAreFoundExactlyAndAmongOthersNearly() {
        add(integers, 1L, 2L, List.of(2L, 3L), "two");
        assertBounds(integers, Condition.equal("n", 2), 0b110, 0b110);
        assertBounds(integers, new Condition.Matches(KEY, new Match.AnyOf(Set.of(1L, 3L))), 0b101, 0b101);
        assertBounds(integers, new Condition.Matches(KEY, new Match.AnyOf(Set.of(1L, "two"))), 0b1, 0b1001);
        assertBounds(integers, new Condition.Matches(KEY, new Match.NoneOf(Set.of(1L))), 0, 0b1111);
        assertEquals(3, integers.estimate(Condition.equal("n", 2)));
        assertEquals(1, integers.estimate(Condition.equal("n", "two")));
        assertEquals(4, integers.values());
        assertEquals(3, integers.points());
        integers.remove(2, Map.of("n", List.of(2L, 3L)));
        assertBounds(integers, Condition.equal("n", 2), 0b10, 0b10);
        assertEquals(2, integers.values());
    }

    @Test
    void itsSizeGrowsWithWhatItHolds() {
        assertEquals(80, integers.bytes());
        add(integers, 1L, 2L);
        assertEquals(80 + 2 * 12 + 80, integers.bytes());
    }
}
