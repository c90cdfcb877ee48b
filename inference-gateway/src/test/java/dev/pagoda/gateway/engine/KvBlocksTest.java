package dev.pagoda.gateway.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KvBlocksTest {
    @Test
    void aBlockIsFreedOnlyOnce() {
        var blocks = new KvBlocks(2);
        int block = blocks.take();
        blocks.give(block);

        assertThrows(IllegalStateException.class, () -> blocks.give(block));
    }

    @Test
    void takesNoMoreThanThereAre() {
        var blocks = new KvBlocks(1);
        blocks.take();

        assertThrows(IllegalStateException.class, blocks::take);
    }

    @Test
    void aFreeBlockIsFoundUntilItIsTakenAgain() {
        var blocks = new KvBlocks(2);
        int named = blocks.take();
        blocks.name(named, 7);
        blocks.give(named);
        assertEquals(named, blocks.find(7));

        int other = blocks.take();
        assertNotEquals(named, other, "the one that was never used has been free for longer");
        blocks.take();
        assertEquals(KvBlocks.NONE, blocks.find(7));
    }

    @Test
    void aBlockHeldTwiceIsFreeAfterTheSecondReturn() {
        var blocks = new KvBlocks(3);
        int block = blocks.take();
        blocks.name(block, 7);
        blocks.hold(block);
        blocks.give(block);
        assertEquals(2, blocks.freeCount());
        blocks.give(block);

        assertEquals(3, blocks.freeCount());
    }

    /// The oracle keeps free blocks in the order of their return and names in a hash map.
    @Test
    void agreesWithAnObviousCacheOnRandomUse() {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            int count = 1 + random.nextInt(12);
            var blocks = new KvBlocks(count);
            Deque<Integer> free = new ArrayDeque<>();
            for (int i = 0; i < count; i++) {
                free.add(i);
            }
            List<Integer> held = new ArrayList<>();
            Map<Long, Integer> names = new LinkedHashMap<>();
            Map<Integer, Long> nameOf = new HashMap<>();
            for (int turn = 0; turn < 400; turn++) {
                long name = 1L + random.nextInt(20);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        if (!free.isEmpty()) {
                            int taken = free.removeFirst();
                            assertEquals(taken, blocks.take(), "seed " + seed);
                            Long gone = nameOf.remove(taken);
                            if (gone != null) {
                                names.remove(gone);
                            }
                            held.add(taken);
                        }
                    }
                    case 1 -> {
                        if (!held.isEmpty()) {
                            int given = held.get(random.nextInt(held.size()));
                            held.remove(Integer.valueOf(given));
                            blocks.give(given);
                            if (!held.contains(given)) {
                                free.add(given);
                            }
                        }
                    }
                    case 2 -> {
                        if (!held.isEmpty()) {
                            Integer one = held.get(random.nextInt(held.size()));
                            blocks.name(one, name);
                            if (!nameOf.containsKey(one) && !names.containsKey(name)) {
                                names.put(name, one);
                                nameOf.put(one, name);
                            }
                        }
                    }
                    default -> {
                        int found = blocks.find(name);
                        assertEquals(names.getOrDefault(name, KvBlocks.NONE), found, "seed " + seed);
                        if (found != KvBlocks.NONE) {
                            blocks.hold(found);
                            free.removeFirstOccurrence(found);
                            held.add(found);
                        }
                    }
                }
                assertEquals(free.size(), blocks.freeCount(), "seed " + seed);
            }
        }
    }
}
