package dev.pagoda.vectors.filter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotSetTest {
    private static final long SEED = 20251201;
    private static final int SPAN = 65_536;

    private final SlotSet slots = new SlotSet();
    private final BitSet expected = new BitSet();

    private void add(int slot) {
        assertEquals(!expected.get(slot), slots.add(slot));
        expected.set(slot);
    }

    private void remove(int slot) {
        assertEquals(expected.get(slot), slots.remove(slot));
        expected.clear(slot);
    }

    private void check() {
        assertEquals(expected.cardinality(), slots.size());
        List<Integer> told = new ArrayList<>();
        slots.forEach(told::add);
        assertEquals(expected.stream().boxed().toList(), told);
        for (int slot = 0; slot <= expected.length() + 64; slot++) {
            assertEquals(expected.get(slot), slots.has(slot));
        }
        int whole = (expected.length() + 63) / 64;
        for (int words :
                new int[] {0, 1, whole / 2, Math.max(0, whole - 1), whole, whole + 1, SPAN / 64, 3 * SPAN / 64}) {
            long[] bits = new long[words];
            slots.orInto(bits);
            long[] wanted = new long[words];
            expected.stream().filter(slot -> slot / 64 < words).forEach(slot -> wanted[slot / 64] |= 1L << slot);
            assertArrayEquals(wanted, bits);
            assertEquals(expected.stream().filter(slot -> slot / 64 < words).count(), slots.countIn(bits));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 4095, 4096, 4097, 5000})
    void holdsAnyNumberOfASpanInWhateverOrderTheyCome(int count) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            order.add(SPAN + 13 * i);
        }
        Collections.shuffle(order, new Random(SEED));
        order.forEach(this::add);
        check();
        order.forEach(this::add);
        check();
    }

    @Test
    void takesAscendingAndDescendingSlotsAlike() {
        for (int i = 0; i < 40; i++) {
            add(1000 + i);
            add(999 - i);
            check();
        }
    }

    @Test
    void manyThatBecomeFewAreStillThoseThatAreLeft() {
        for (int slot = 0; slot < 4097; slot++) {
            add(SPAN + slot);
        }
        for (int slot = 4000; slot < 6000; slot++) {
            add(SPAN + slot);
        }
        for (int slot = 5999; slot >= 1030; slot--) {
            remove(SPAN + slot);
            remove(SPAN + slot);
        }
        for (int left = 1030; left > 1018; left--) {
            check();
            remove(SPAN + left - 1);
        }
        add(SPAN + 40_000);
        check();
    }

    @Test
    void countsOnlyWhatIsInBothOfFewAndOfMany() {
        long[] even = new long[3 * SPAN / 64];
        Arrays.fill(even, 0x5555_5555_5555_5555L);
        for (int slot = 0; slot < 9; slot++) {
            add(slot);
        }
        assertEquals(5, slots.countIn(even));
        for (int slot = 0; slot < 4101; slot++) {
            add(2 * SPAN + slot);
        }
        assertEquals(5 + 2051, slots.countIn(even));
        assertEquals(5, slots.countIn(new long[] {0x55}) + slots.countIn(new long[] {0x100}));
    }

    @Test
    void bitsThatWereSetStaySet() {
        add(3);
        add(SPAN + 1);
        long[] bits = new long[SPAN / 64 + 1];
        bits[0] = 1;
        bits[SPAN / 64] = 1;
        slots.orInto(bits);
        assertEquals(0b1001, bits[0]);
        assertEquals(0b11, bits[SPAN / 64]);
        for (int slot = 0; slot < 4100; slot++) {
            add(SPAN + 2 * slot);
        }
        long[] more = new long[SPAN / 64 + 1];
        more[SPAN / 64] = 1L << 63;
        slots.orInto(more);
        assertEquals(1L << 63 | 0x5555_5555_5555_5555L | 0b10, more[SPAN / 64]);
    }

    @Test
    void theLastOfASpanLeavesNothingBehind() {
        assertFalse(slots.remove(5));
        add(5);
        add(3 * SPAN);
        remove(5);
        check();
        remove(3 * SPAN);
        check();
        add(5);
        check();
        assertFalse(slots.has(3 * SPAN));
        assertFalse(slots.has(9 * SPAN));
        assertTrue(slots.has(5));
    }
}
