package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Nodes on a line, where the neighbours in different directions are known: the next on either side.
class LineGraphTest {
    private static final long SEED = 20251214;

    private final TreeSet<Integer> present = new TreeSet<>();

    private static HnswIndex index(Layout layout, int m, int efConstruction) {
        return new HnswIndex(new IndexConfig(
                4, Metric.L2, ElementType.FLOAT32, layout, new HnswParameters(m, efConstruction, SEED)));
    }

    private static float[] at(int place) {
        return new float[] {place, 0, 0, 0};
    }

    private static List<Integer> shuffled(int count) {
        List<Integer> order = new ArrayList<>(IntStream.range(0, count).boxed().toList());
        Collections.shuffle(order, new Random(SEED));
        return order;
    }

    private static int[] targets(HnswIndex index, int node) {
        return IntStream.range(0, index.links.count(node))
                .map(slot -> index.links.slot(node, slot) & Links.NODE)
                .toArray();
    }

    private static boolean isMarked(HnswIndex index, int from, int to) {
        return IntStream.range(0, index.links.count(from))
                .map(slot -> index.links.slot(from, slot))
                .anyMatch(link -> (link & Links.NODE) == to && (link & Links.TREE) != 0);
    }

    private static int marks(HnswIndex index, int node) {
        return (int) IntStream.range(0, index.links.count(node))
                .filter(slot -> (index.links.slot(node, slot) & Links.TREE) != 0)
                .count();
    }

    /// The next on either side, nearest first.
    private int[] nextTo(int node) {
        List<Integer> next = new ArrayList<>();
        if (present.lower(node) != null) {
            next.add(present.lower(node));
        }
        if (present.higher(node) != null) {
            next.add(present.higher(node));
        }
        next.sort(byDistance(node));
        return next.stream().mapToInt(other -> other).toArray();
    }

    private static Comparator<Integer> byDistance(int node) {
        return Comparator.<Integer>comparingInt(other -> Math.abs(other - node)).thenComparing(other -> other);
    }

    private static boolean holds(int[] list, int node) {
        return Arrays.stream(list).anyMatch(other -> other == node);
    }

    @Test
    void aNewNodeIsLinkedToTheNextOnEitherSide() {
        for (int m : new int[] {3, 4, 10}) {
            present.clear();
            HnswIndex index = index(Layout.COMPACT, m, 100);
            for (int node : shuffled(80)) {
                index.put(node, at(node));
                assertArrayEquals(nextTo(node), targets(index, node), "m " + m + " node " + node);
                present.add(node);
                // where slots are few, marked links may leave none for it
                for (int other : m < 8 ? new int[0] : nextTo(node)) {
                    assertTrue(holds(targets(index, other), node), other + " is not linked back to " + node);
                }
            }
        }
    }

    @Test
    void withCodesTheNearestOfTheRestFillTheSlots() {
        HnswIndex index = index(Layout.FAST, 16, 100);
        assertEquals(32, index.links.slots());
        for (int node : shuffled(50)) {
            index.put(node, at(node));
            int[] next = nextTo(node);
            int[] rest = present.stream()
                    .filter(other -> !holds(next, other))
                    .sorted(byDistance(node))
                    .mapToInt(other -> other)
                    .toArray();
            int[] expected = IntStream.concat(Arrays.stream(next), Arrays.stream(rest))
                    .limit(32)
                    .toArray();
            assertArrayEquals(expected, targets(index, node), "node " + node);
            for (int slot = 0; slot < expected.length; slot++) {
                int link = index.links.slot(node, slot);
                assertEquals(slot >= next.length, (link & Links.FILLER) != 0, "node " + node + " slot " + slot);
                assertEquals(0, link & Links.FRESH);
            }
            present.add(node);
            for (int other : present) {
                for (int nearest : nextTo(other)) {
                    assertTrue(holds(targets(index, other), nearest), other + " is not linked to " + nearest);
                }
            }
        }
    }

    @Test
    void linksOfANodeThatOverflowsAreAllWeighed() {
        HnswIndex index = index(Layout.FAST, 16, 200);
        List<Integer> order = shuffled(90);
        for (int node : order) {
            index.put(node, at(node));
        }
        for (int node : order.subList(0, 8)) {
            assertEquals(32, index.links.count(node));
            for (int slot = 0; slot < 32; slot++) {
                assertEquals(0, index.links.slot(node, slot) & Links.FRESH, "node " + node + " slot " + slot);
            }
        }
        HnswIndex narrow = index(Layout.FAST, 16, 200);
        for (int node : order.subList(0, 12)) {
            narrow.put(node, at(node));
        }
        assertTrue((narrow.links.slot(order.getFirst(), 5) & Links.FRESH) != 0);
    }

    @Test
    void theNearestNodeWithRoomForAMarkKeepsANewOneReachable() {
        for (Layout layout : new Layout[] {Layout.COMPACT, Layout.FAST}) {
            present.clear();
            HnswIndex index = index(layout, layout == Layout.FAST ? 16 : 3, 120);
            int most = Math.max(1, index.links.slots() / 2);
            int total = 0;
            for (int node : shuffled(60)) {
                int keeper = present.stream()
                        .sorted(byDistance(node))
                        .filter(other -> marks(index, other) < most)
                        .findFirst()
                        .orElse(-1);
                int[] next = nextTo(node);
                index.put(node, at(node));
                present.add(node);
                int marked = present.stream()
                        .filter(other -> isMarked(index, other, node))
                        .findFirst()
                        .orElse(-1);
                if (keeper < 0) {
                    assertEquals(node, index.root);
                } else {
                    // those in other directions are asked first
                    int byDirection = Arrays.stream(next)
                            .filter(other -> marks(index, other) < most || isMarked(index, other, node))
                            .findFirst()
                            .orElse(keeper);
                    assertEquals(byDirection, marked, layout + " node " + node);
                    total++;
                }
                assertEquals(
                        total,
                        present.stream().mapToInt(other -> marks(index, other)).sum());
            }
        }
    }

    @Test
    void onEachUpperLayerNodesAreLinkedToTheNextOnEitherSide() {
        HnswIndex index = index(Layout.COMPACT, 2, 300);
        for (int node : shuffled(250)) {
            index.put(node, at(node));
            present.add(node);
            int highest = (int) (index.entry >>> 32);
            for (int layer = 1; layer < highest; layer++) {
                int level = layer;
                int[] onLayer = present.stream()
                        .filter(other -> index.upper.level(other) >= level)
                        .mapToInt(other -> other)
                        .toArray();
                for (int i = 0; i < onLayer.length; i++) {
                    int[] list = index.upper.list(onLayer[i], layer);
                    assertTrue(list.length <= 2);
                    assertTrue(i == 0 || holds(list, onLayer[i - 1]), "layer " + layer + " of " + onLayer[i]);
                    assertTrue(
                            i + 1 == onLayer.length || holds(list, onLayer[i + 1]),
                            "layer " + layer + " of " + onLayer[i]);
                }
            }
        }
        assertTrue((int) (index.entry >>> 32) >= 5);
    }

    @Test
    void neighboursOfRemovedNodesAreLinkedAcrossTheGap() {
        for (Layout layout : new Layout[] {Layout.COMPACT, Layout.FAST}) {
            present.clear();
            HnswIndex index = index(layout, layout == Layout.FAST ? 16 : 4, 120);
            for (int node : shuffled(100)) {
                index.put(node, at(node));
                present.add(node);
            }
            for (int node = 5; node < 100; node += 10) {
                index.remove(node);
                present.remove(node);
            }
            index.repair();
            int wanted = 0;
            int linked = 0;
            for (int node : present) {
                int[] targets = targets(index, node);
                for (int target : targets) {
                    assertTrue(present.contains(target), node + " is linked to " + target);
                }
                for (int next : nextTo(node)) {
                    wanted++;
                    linked += holds(targets, next) ? 1 : 0;
                }
                for (int layer = 1; layer <= index.upper.level(node); layer++) {
                    int level = layer;
                    for (int other : index.upper.list(node, layer)) {
                        assertTrue(present.contains(other));
                        assertTrue(index.upper.level(other) >= level);
                    }
                }
            }
            assertEquals(0, index.unreachable());
            // where slots are few, marked links take the place of some
            int least = layout == Layout.FAST ? wanted : wanted * 9 / 10;
            assertTrue(linked >= least, layout + ": " + linked + " of " + wanted + " are linked");
        }
    }
}
