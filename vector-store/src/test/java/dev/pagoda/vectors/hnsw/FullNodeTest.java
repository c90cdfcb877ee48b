package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.quant.EdgeCodes;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Which link a full node gives up, against the rule written down plainly with exact distances.
class FullNodeTest {
    private static final int DIMENSIONS = 12;
    private static final int OWNER = 0;

    private final Random random = new Random(20251215);
    private HnswIndex index = index(Layout.COMPACT, Metric.L2);

    private static HnswIndex index(Layout layout, Metric metric) {
        return new HnswIndex(new IndexConfig(
                DIMENSIONS,
                metric,
                ElementType.FLOAT32,
                layout,
                new HnswParameters(layout == Layout.FAST ? 16 : 4, 40, 1)));
    }

    /// As [#fillAnew], where no two distances that are compared are so near that rounding decides.
    private void fill(Layout layout, Metric metric, int trees, int fillers) {
        boolean isClear = false;
        while (!isClear) {
            fillAnew(layout, metric, trees, fillers);
            int node = index.links.slots() + 1;
            double own = distance(OWNER, node);
            isClear = IntStream.range(1, node).allMatch(other -> {
                double length = distance(OWNER, other);
                double between = distance(node, other);
                return differ(length, between) && differ(length, own) && differ(between, own);
            });
        }
    }

    private static boolean differ(double one, double other) {
        return Math.abs(one - other) > 0.01 * Math.max(Math.abs(one), Math.abs(other));
    }

    /// A full node 0 with links to nodes 1, 2 ..., and a node more.
    private void fillAnew(Layout layout, Metric metric, int trees, int fillers) {
        index = index(layout, metric);
        int slots = index.links.slots();
        index.reserve(slots + 2);
        for (int node = 0; node < slots + 2; node++) {
            float[] vector = new float[DIMENSIONS];
            double length = node == OWNER ? 0 : Math.exp(random.nextGaussian() / 2);
            for (int i = 0; i < DIMENSIONS; i++) {
                vector[i] = (float) (random.nextGaussian() * length) + 0.2f;
            }
            index.rows.put(node, vector);
        }
        for (int slot = 0; slot < slots; slot++) {
            int marks = random.nextInt(slots) < trees ? Links.TREE : random.nextInt(slots) < fillers ? Links.FILLER : 0;
            index.links.store(OWNER, slot, (slot + 1) | marks, rotated(OWNER), rotated(slot + 1));
        }
    }

    private float[] rotated(int node) {
        EdgeCodes codes = index.codes;
        if (codes == null) {
            return new float[0];
        }
        float[] near = new float[DIMENSIONS];
        index.rows.getNear(node, near);
        float[] values = Arrays.copyOf(near, codes.rotatedLength());
        codes.rotate(values);
        return values;
    }

    private double distance(int one, int other) {
        float[] a = new float[DIMENSIONS];
        float[] b = new float[DIMENSIONS];
        index.rows.getNear(one, a);
        index.rows.getNear(other, b);
        double sum = 0;
        for (int i = 0; i < DIMENSIONS; i++) {
            double difference = (double) a[i] - b[i];
            sum += index.config().metric() == Metric.DOT ? -(double) a[i] * b[i] : difference * difference;
        }
        return sum;
    }

    private int[] marks() {
        return IntStream.range(0, index.links.slots())
                .map(slot -> index.links.slot(OWNER, slot))
                .toArray();
    }

    private static boolean isTree(int link) {
        return (link & Links.TREE) != 0;
    }

    /// Places in `links` and, one beyond, the new node, which of them stay when all are chosen anew: what is kept,
    /// then whatever is nearer to the owner than to all chosen before.
    private boolean[] chosen(int[] links, int node, boolean force) {
        int slots = links.length;
        int[] nodes = IntStream.range(0, slots + 1)
                .map(i -> i < slots ? links[i] & Links.NODE : node)
                .toArray();
        boolean[] chosen = new boolean[slots + 1];
        for (int i = 0; i <= slots; i++) {
            chosen[i] = i < slots ? isTree(links[i]) : force;
        }
        for (int i : byDistance(nodes)) {
            int at = i;
            long count = IntStream.rangeClosed(0, slots).filter(j -> chosen[j]).count();
            if (!chosen[i] && count < slots) {
                chosen[i] = IntStream.rangeClosed(0, slots)
                        .filter(j -> chosen[j])
                        .allMatch(j -> distance(nodes[j], nodes[at]) >= distance(OWNER, nodes[at]));
            }
        }
        return chosen;
    }

    private List<Integer> byDistance(int[] nodes) {
        return IntStream.range(0, nodes.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> distance(OWNER, nodes[i])))
                .toList();
    }

    private int farthest(int[] links, int node, boolean[] chosen, boolean force) {
        int slots = links.length;
        List<Integer> order = byDistance(IntStream.range(0, slots + 1)
                .map(i -> i < slots ? links[i] & Links.NODE : node)
                .toArray());
        return order.reversed().stream()
                .filter(i -> !chosen[i])
                .findFirst()
                .orElseGet(() -> order.reversed().stream()
                        .filter(i -> i < slots ? !isTree(links[i]) : !force)
                        .findFirst()
                        .orElseThrow());
    }

    @ParameterizedTest
    @EnumSource(names = {"L2", "DOT"})
    void withoutCodesWhatIsNotChosenGoesAndTheRestMovesTogether(Metric metric) {
        for (int round = 0; round < 60; round++) {
            fill(Layout.COMPACT, metric, round % 4, 0);
            boolean force = round % 3 == 0;
            int[] before = marks();
            int node = before.length + 1;
            boolean[] chosen = chosen(before, node, force);
            int farthest = farthest(before, node, chosen, force);
            int slot = new FullNode(index, new Selection(index.rows, metric.walkMeasure()))
                    .makeRoom(OWNER, new float[0], node, force, true);
            int[] kept = IntStream.range(0, before.length)
                    .filter(i -> chosen[i] && i != farthest)
                    .map(i -> before[i])
                    .toArray();
            String at = metric + " round " + round;
            assertEquals(Arrays.toString(kept), Arrays.toString(Arrays.copyOf(marks(), kept.length)), at);
            assertEquals(kept.length, index.links.count(OWNER), at);
            boolean taken = chosen[before.length] && farthest != before.length;
            assertEquals(taken ? kept.length : -1, slot, at);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"L2", "DOT"})
    void withCodesWhatIsNotChosenBecomesAFillerAndTheFarthestGoes(Metric metric) {
        for (int round = 0; round < 30; round++) {
            fill(Layout.FAST, metric, 3 * (round % 5), 8);
            boolean force = round % 3 == 0;
            int[] before = marks();
            int node = before.length + 1;
            boolean[] chosen = chosen(before, node, force);
            int farthest = farthest(before, node, chosen, force);
            FullNode full = new FullNode(index, new Selection(index.rows, metric.walkMeasure()));
            int slot = full.makeRoom(OWNER, rotated(OWNER), node, force, true);
            String at = metric + " round " + round;
            assertEquals(farthest == before.length ? -1 : farthest, slot, at);
            assertEquals(chosen[before.length] ? 0 : Links.FILLER, full.weight(), at);
            for (int i = 0; i < before.length; i++) {
                int expected = (before[i] & ~Links.FILLER) | (chosen[i] ? 0 : Links.FILLER);
                assertEquals(expected, index.links.slot(OWNER, i), at + " slot " + i);
            }
        }
    }

    /// @param walks whether a walk has computed the distances of the new node before
    private void checkWeighing(Metric metric, boolean walks) {
        int fillers = 0;
        int wrong = 0;
        for (int round = 0; round < 40; round++) {
            fill(Layout.FAST, metric, 3 * (round % 5), round % 2 == 0 ? 8 : 0);
            boolean force = round % 3 == 0;
            int[] before = marks();
            int slots = before.length;
            int node = slots + 1;
            double own = distance(OWNER, node);
            boolean isFiller = !force
                    && Arrays.stream(before).anyMatch(link -> {
                        int other = link & Links.NODE;
                        boolean asked = isTree(link) || ((link & Links.FILLER) == 0 && distance(OWNER, other) <= own);
                        return asked && distance(node, other) < own;
                    });
            int[] after = before.clone();
            for (int i = 0; i < slots && !isFiller; i++) {
                int other = before[i] & Links.NODE;
                boolean asked = (before[i] & (Links.TREE | Links.FILLER)) == 0 && distance(OWNER, other) > own;
                if (asked && distance(node, other) < distance(OWNER, other)) {
                    after[i] |= Links.FILLER;
                }
            }
            int[] loose = IntStream.rangeClosed(0, slots)
                    .filter(i -> i < slots ? !isTree(after[i]) : !force)
                    .toArray();
            int[] covered = Arrays.stream(loose)
                    .filter(i -> i < slots ? (after[i] & Links.FILLER) != 0 : isFiller)
                    .toArray();
            int leaves = Arrays.stream(covered.length > 0 ? covered : loose)
                    .boxed()
                    .max(Comparator.comparingDouble(i -> distance(OWNER, i < slots ? after[i] & Links.NODE : node)))
                    .orElseThrow();
            FullNode full = new FullNode(index, new Selection(index.rows, metric.walkMeasure()));
            if (walks) {
                full.walked(node, walk(node));
            }
            int slot = full.makeRoom(OWNER, rotated(OWNER), node, force, false);
            int[] found = marks();
            wrong += (leaves == slots ? -1 : leaves) == slot ? 0 : 1;
            wrong += (isFiller ? Links.FILLER : 0) == full.weight() ? 0 : 1;
            wrong += (int)
                    IntStream.range(0, slots).filter(i -> after[i] != found[i]).count();
            fillers += isFiller ? 1 : 0;
        }
        // of products the codes tell the length of a link only nearly
        assertTrue(wrong <= (metric == Metric.DOT ? 25 : 0), metric + ": " + wrong + " wrong");
        assertTrue(fillers > 2 && fillers < 30, "fillers " + fillers);
    }

    /// A walk for a node that has looked at all there is.
    private Walk walk(int node) {
        float[] values = new float[DIMENSIONS];
        index.rows.getNear(node, values);
        Walk walk = index.take();
        walk.prepare(values, index.config().metric().walkMeasure(), 1000);
        walk.run(index.links, index.upper, 0, index.rows, OWNER, -1, Breadth.only(100), node, null);
        assertEquals(node, walk.computations());
        return walk;
    }

    @Test
    void aNewLinkIsWeighedAgainstTheOthers() {
        checkWeighing(Metric.L2, false);
        checkWeighing(Metric.DOT, false);
    }

    @Test
    void whatTheWalkHasComputedIsTakenForGranted() {
        checkWeighing(Metric.L2, true);
        checkWeighing(Metric.DOT, true);
    }
}
