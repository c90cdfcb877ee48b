package dev.pagoda.vectors.filter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SortedSlotsTest {
    private static final int BLOCK = 512;

    private final SortedSlots sorted = new SortedSlots();
    private final TreeSet<Pair> expected = new TreeSet<>();

    private record Pair(long value, int slot) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            return value == other.value ? Integer.compare(slot, other.slot) : Long.compare(value, other.value);
        }
    }

    private void add(long value, int slot) {
        sorted.add(value, slot);
        expected.add(new Pair(value, slot));
    }

    private void remove(long value, int slot) {
        sorted.remove(value, slot);
        expected.remove(new Pair(value, slot));
    }

    private void check(long low, long high) {
        List<Pair> within = expected.stream()
                .filter(pair -> pair.value >= low && pair.value <= high)
                .toList();
        assertEquals(within.size(), sorted.countWithin(low, high));
        for (int words : new int[] {0, 1, 2, 40}) {
            long[] wanted = new long[words];
            within.stream()
                    .filter(pair -> pair.slot / 64 < words)
                    .forEach(pair -> wanted[pair.slot / 64] |= 1L << pair.slot);
            long[] bits = new long[words];
            sorted.orInto(low, high, bits);
            assertArrayEquals(wanted, bits);
        }
        List<Pair> up = new ArrayList<>();
        sorted.ascending(low, (value, slot) -> value <= high && up.add(new Pair(value, slot)));
        assertEquals(within, up);
        List<Pair> down = new ArrayList<>();
        sorted.descending(high, (value, slot) -> value >= low && down.add(new Pair(value, slot)));
        assertEquals(within.reversed(), down);
    }

    private void check() {
        assertEquals(expected.size(), sorted.size());
        check(Long.MIN_VALUE, Long.MAX_VALUE);
        check(1, 0);
        for (long at : new long[] {-1, 0, 1, 5, 6, 7, 255, 256, 511, 512, 513, 1023, 1024, 2000}) {
            check(at, at);
            check(at, at + 1);
            check(at - 300, at);
            check(at, Long.MAX_VALUE);
            check(Long.MIN_VALUE, at);
        }
    }

    private long bytes(int pairs, int blocks) {
        return 80L + 12L * pairs + 80L * blocks;
    }

    @Test
    void nothingIsInAnEmptyOne() {
        check();
        sorted.remove(3, 3);
        assertEquals(bytes(0, 0), sorted.bytes());
    }

    @Test
    void whatComesInOrderFillsItsBlocks() {
        for (int i = 0; i < 3 * BLOCK; i++) {
            assertEquals(bytes(i, (i + BLOCK - 1) / BLOCK), sorted.bytes());
            add(i, i);
        }
        check();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 257, 510, 511})
    void aFullBlockIsHalvedByWhatComesBetween(int place) {
        for (int i = 0; i < BLOCK; i++) {
            add(2L * i, i % 100);
        }
        add(2L * place - 1, 7);
        assertEquals(bytes(BLOCK + 1, 2), sorted.bytes());
        check();
        for (int i = 0; i < BLOCK / 2 - 1; i++) {
            add(-10 - i, 1);
        }
        for (int i = 0; i < BLOCK / 2 - 1; i++) {
            add(5000 + i, 1);
        }
        assertEquals(bytes(2 * BLOCK - 1, 2), sorted.bytes());
        check();
    }

    @Test
    void equalValuesAreToldBySlot() {
        for (int slot = 700; slot >= 0; slot--) {
            add(slot % 3 == 0 ? 5 : 6, slot);
            add(slot % 3 == 0 ? 5 : 6, slot);
        }
        check();
        for (int slot = 0; slot <= 700; slot += 2) {
            remove(5, slot);
            remove(6, slot);
            remove(7, slot);
        }
        check();
    }

    @Test
    void blocksThatAreEmptiedGo() {
        for (int i = 0; i < 3 * BLOCK; i++) {
            add(i, i % 64);
        }
        for (int i = BLOCK; i < 2 * BLOCK; i++) {
            remove(i, i % 64);
        }
        assertEquals(bytes(2 * BLOCK, 2), sorted.bytes());
        check();
        for (int i = 0; i < BLOCK; i++) {
            remove(i, i % 64);
        }
        for (int i = 2 * BLOCK; i < 3 * BLOCK; i++) {
            remove(i, i % 64);
        }
        assertEquals(bytes(0, 0), sorted.bytes());
        check();
        add(4, 4);
        check();
    }

    @Test
    void theEndsOfTheValuesAreInReach() {
        add(Long.MAX_VALUE, 1);
        add(Long.MAX_VALUE, 70);
        add(Long.MIN_VALUE, 2);
        check();
        check(Long.MAX_VALUE, Long.MAX_VALUE);
        check(Long.MIN_VALUE, Long.MIN_VALUE);
        check(Long.MAX_VALUE - 1, Long.MAX_VALUE - 1);
    }

    @Test
    void anyOrderOfChangesLeavesThemSorted() {
        Random random = new Random(20251202);
        for (int i = 0; i < 6000; i++) {
            long value = random.nextInt(1100) - 10L;
            int slot = random.nextInt(5);
            if (random.nextInt(3) > 0) {
                add(value, slot);
            } else {
                remove(value, slot);
            }
        }
        check();
    }
}
