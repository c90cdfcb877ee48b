package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.pagoda.vectors.kernel.Kernel.Measure;
import dev.pagoda.vectors.quant.EdgeCodes;
import dev.pagoda.vectors.quant.HalfRows;
import dev.pagoda.vectors.quant.Rows;
import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Walks over graphs made by hand: nodes on a line at the places 0, 1, 2 ..., each linked to both neighbours.
class WalkTest {
    private static final int NODES = 2000;
    private static final int DIMENSIONS = 32;
    private static final float[] NOTHING = {};

    private final Rows rows = new HalfRows(DIMENSIONS);
    private final UpperLayers upper = new UpperLayers();
    private final EdgeCodes codes = new EdgeCodes(DIMENSIONS, 1, false);

    WalkTest() {
        rows.reserve(NODES);
        for (int node = 0; node < NODES; node++) {
            rows.put(node, at(node));
        }
    }

    private static float[] at(float place) {
        float[] vector = new float[DIMENSIONS];
        vector[0] = place;
        return vector;
    }

    private Links line(boolean coded) {
        Links links = new Links(EdgeCodes.SLOTS, coded ? codes : null);
        links.reserve(NODES);
        for (int node = 0; node < NODES; node++) {
            if (node > 0) {
                link(links, coded, node, 0, node - 1);
            }
            if (node < NODES - 1) {
                link(links, coded, node, node > 0 ? 1 : 0, node + 1);
            }
        }
        return links;
    }

    private void link(Links links, boolean coded, int from, int slot, int to) {
        links.store(from, slot, to, coded ? rotated(from) : NOTHING, coded ? rotated(to) : NOTHING);
    }

    private float[] rotated(int node) {
        float[] values = Arrays.copyOf(at(node), codes.rotatedLength());
        codes.rotate(values);
        return values;
    }

    private Walk walk(boolean coded, float place) {
        Walk walk = new Walk(DIMENSIONS, coded ? 1 : 0, coded ? codes : null);
        walk.prepare(at(place), Measure.SQUARED_L2, 0);
        return walk;
    }

    private static int[] nodes(long[] keys) {
        return Arrays.stream(keys).mapToInt(ScoredNodes::node).toArray();
    }

    private void run(Walk walk, Links links, int start, int ef, @Nullable IntPredicate accept) {
        walk.run(links, upper, 0, rows, start, -1, Breadth.only(ef), NODES, accept);
    }

    @Test
    void findsTheNearestInOrderFromEveryStart() {
        for (boolean coded : new boolean[] {false, true}) {
            Links links = line(coded);
            Walk walk = walk(coded, 100.25f);
            for (int start : new int[] {0, 99, 100, 101, 300}) {
                run(walk, links, start, 5, null);
                long[] keys = walk.nearest(5);
                assertArrayEquals(new int[] {100, 101, 99, 102, 98}, nodes(keys), "start " + start + " " + coded);
                assertEquals(-0.0625f, ScoredNodes.score(keys[0]));
                assertEquals(-0.5625f, ScoredNodes.score(keys[1]));
                assertArrayEquals(new int[] {100}, nodes(walk.nearest(1)));
            }
        }
    }

    @Test
    void looksAtLittleBeyondTheBestOnALine() {
        Links links = line(false);
        Walk walk = walk(false, 1000);
        run(walk, links, 1000, 21, null);
        assertEquals(21, nodes(walk.nearest(21)).length);
        assertTrue(walk.expansions() >= 19 && walk.expansions() <= 25, "expansions " + walk.expansions());
        assertTrue(walk.computations() >= 21 && walk.computations() <= 27, "computations " + walk.computations());
        assertEquals(0, walk.estimated());
        Walk byCodes = walk(true, 1000);
        run(byCodes, line(true), 1000, 21, null);
        assertEquals(EdgeCodes.SLOTS * byCodes.expansions(), byCodes.estimated());
        assertTrue(byCodes.computations() >= 21 && byCodes.computations() <= 60, "" + byCodes.computations());
    }

    @Test
    void walksOnWhereAllIsAboutEquallyFar() {
        for (boolean coded : new boolean[] {false, true}) {
            Links links = line(coded);
            Walk walk = walk(coded, 1000);
            walk.run(links, upper, 0, rows, 1000, -1, Breadth.of(40, 10, Measure.SQUARED_L2), NODES, null);
            int usual = walk.expansions();
            assertTrue(usual <= 52, "on the line " + usual);
            float[] strange = at(1000);
            strange[1] = 300;
            walk.prepare(strange, Measure.SQUARED_L2, 0);
            walk.run(links, upper, 0, rows, 1000, -1, Breadth.of(40, 10, Measure.SQUARED_L2), NODES, null);
            assertTrue(walk.expansions() >= 120 && walk.expansions() <= 180, "far from it " + walk.expansions());
            assertEquals(40, walk.nearest(40).length);
            walk.run(links, upper, 0, rows, 1000, -1, Breadth.only(40), NODES, null);
            assertTrue(walk.expansions() <= 52, "by number alone " + walk.expansions());
            // no farther than asked: (40 / 10)^(1 / 12) times 25^2 + 5^2 is 25^2 + 10^2, which 28 nodes cover
            strange[1] = 25;
            walk.prepare(strange, Measure.SQUARED_L2, 0);
            walk.run(links, upper, 0, rows, 1000, -1, Breadth.of(40, 10, Measure.SQUARED_L2), NODES, null);
            assertTrue(walk.expansions() <= 52, "beside it " + walk.expansions());
        }
    }

    @Test
    void endsByDistanceBetweenTheLeastAndTheMost() {
        Breadth breadth = Breadth.of(80, 10, Measure.SQUARED_L2);
        assertEquals(52, breadth.least());
        assertEquals(320, breadth.most());
        for (boolean coded : new boolean[] {false, true}) {
            Links links = line(coded);
            Walk walk = walk(coded, 1000);
            walk.run(links, upper, 0, rows, 1000, -1, breadth, NODES, null);
            assertTrue(walk.expansions() >= 50 && walk.expansions() <= 64, "on the line " + walk.expansions());
            assertEquals(52, walk.nearest(52).length);
            // (80 / 10)^(1 / 12) times 150^2 + 5^2 is 150^2 + 65^2
            float[] beside = at(1000);
            beside[1] = 150;
            walk.prepare(beside, Measure.SQUARED_L2, 0);
            walk.run(links, upper, 0, rows, 1000, -1, breadth, NODES, null);
            assertTrue(walk.expansions() >= 110 && walk.expansions() <= 140, "beside it " + walk.expansions());
        }
        assertEquals(10, Breadth.of(10, 10, Measure.SQUARED_L2).least());
        assertTrue(Breadth.only(10).isFixed());
    }

    /// What is beyond the last bucket is left out only where that was narrowed: no bucket is narrowed until enough
    /// are found.
    @Test
    void farNodesAreFoundWhereFewAre() {
        for (boolean coded : new boolean[] {false, true}) {
            Walk walk = walk(coded, 3);
            walk.run(line(coded), upper, 0, rows, 3, -1, Breadth.of(60, 10, Measure.SQUARED_L2), 30, null);
            assertArrayEquals(
                    IntStream.range(0, 30).toArray(),
                    Arrays.stream(nodes(walk.nearest(60))).sorted().toArray());
        }
    }

    @Test
    void aWalkCanBeRunAgain() {
        for (boolean coded : new boolean[] {false, true}) {
            Links links = line(coded);
            Walk walk = walk(coded, 700.25f);
            run(walk, links, 690, 8, null);
            int[] first = nodes(walk.nearest(8));
            int expansions = walk.expansions();
            int computations = walk.computations();
            int estimated = walk.estimated();
            run(walk, links, 690, 8, null);
            assertArrayEquals(first, nodes(walk.nearest(8)));
            assertEquals(expansions, walk.expansions());
            assertEquals(computations, walk.computations());
            assertEquals(estimated, walk.estimated());
        }
    }

    @Test
    void countsOnlyWhatIsAcceptedButWalksThroughTheRest() {
        for (boolean coded : new boolean[] {false, true}) {
            Walk walk = walk(coded, 100.25f);
            run(walk, line(coded), 150, 4, node -> node % 10 == 0);
            assertArrayEquals(new int[] {100, 110, 90, 120}, nodes(walk.nearest(4)));
        }
    }

    @Test
    void findsEverythingWhenEverythingIsWanted() {
        for (boolean coded : new boolean[] {false, true}) {
            Walk walk = walk(coded, 0);
            run(walk, line(coded), 1234, NODES, null);
            assertArrayEquals(IntStream.range(0, NODES).toArray(), nodes(walk.nearest(NODES)));
            assertEquals(NODES, walk.computations());
            assertEquals(NODES, walk.expansions());
            assertEquals(NODES, nodes(walk.nearest(NODES + 5)).length);
        }
    }

    @Test
    void looksAtNoNodeFromTheLimitOn() {
        for (boolean coded : new boolean[] {false, true}) {
            Walk walk = walk(coded, 100);
            walk.run(line(coded), upper, 0, rows, 50, -1, Breadth.only(10), 90, null);
            assertArrayEquals(new int[] {89, 88, 87}, nodes(walk.nearest(3)));
        }
    }

    @Test
    void goesOnFromTheRefugeWhenTooFewWereFound() {
        for (boolean coded : new boolean[] {false, true}) {
            Links links = line(coded);
            links.clear(9);
            link(links, coded, 9, 0, 8);
            links.clear(10);
            link(links, coded, 10, 0, 11);
            Walk walk = walk(coded, 0);
            run(walk, links, 3, 15, null);
            assertEquals(10, walk.nearest(15).length);
            walk.run(links, upper, 0, rows, 3, 20, Breadth.only(15), NODES, null);
            assertArrayEquals(IntStream.range(0, 15).toArray(), nodes(walk.nearest(15)));
            walk.run(links, upper, 0, rows, 3, 20, Breadth.only(10), NODES, null);
            assertEquals(10, walk.computations());
            walk.run(links, upper, 0, rows, 3, 5, Breadth.only(15), NODES, null);
            assertEquals(10, walk.nearest(15).length);
        }
    }

    @Test
    void distancesAreThoseOfTheMeasure() {
        float[] out = new float[3];
        Walk walk = new Walk(DIMENSIONS, 0, null);
        walk.prepare(at(10), Measure.SQUARED_L2, 0);
        walk.distances(rows, new int[] {7, 10, 20}, 1, 2, out);
        assertArrayEquals(new float[] {0, 0, 100}, out);
        walk.prepare(at(10), Measure.MANHATTAN, 0);
        walk.distances(rows, new int[] {7, 10, 20}, 0, 3, out);
        assertArrayEquals(new float[] {3, 0, 10}, out);
        walk.prepare(at(10), Measure.DOT, 1000);
        walk.distances(rows, new int[] {7, 10, 20}, 0, 3, out);
        assertArrayEquals(new float[] {930, 900, 800}, out);
    }

    @Test
    void descendsToTheNearestNodeOfTheUpperLayers() {
        upper.reserve(NODES);
        for (int node = 0; node < NODES; node += 10) {
            upper.open(node, node % 100 == 0 ? 2 : 1);
        }
        for (int node = 0; node < NODES; node += 10) {
            upper.replace(node, 1, node == 0 ? new int[] {10} : new int[] {node - 10, Math.min(NODES - 10, node + 10)});
            if (node % 100 == 0) {
                upper.replace(
                        node,
                        2,
                        node == 0 ? new int[] {100} : new int[] {node - 100, Math.min(NODES - 100, node + 100)});
            }
        }
        Walk walk = walk(false, 734);
        assertEquals(700, walk.descend(rows, upper, 0, 2, 1));
        assertEquals(730, walk.descend(rows, upper, 0, 2, 0));
        assertEquals(730, walk.descend(rows, upper, 1900, 1, 0));
        assertEquals(1900, walk.descend(rows, upper, 1900, 2, 2));
        walk.run(line(false), upper, 1, rows, 500, -1, Breadth.only(3), NODES, null);
        assertArrayEquals(new int[] {730, 740, 720}, nodes(walk.nearest(3)));
    }

    /// Several hubs with 60 neighbours each, so that blocks have two groups and many nodes come at once.
    @Test
    void findsAllNeighboursOfHubs() {
        int hubs = 6;
        int each = 60;
        for (boolean coded : new boolean[] {false, true}) {
            Links links = new Links(2 * EdgeCodes.SLOTS, coded ? codes : null);
            links.reserve(NODES);
            for (int hub = 0; hub < hubs; hub++) {
                for (int i = 0; i < each; i++) {
                    int node = hubs + hub * each + i;
                    link(links, coded, hub, i, node);
                    link(links, coded, node, 0, hub);
                }
                link(links, coded, hub, each, (hub + 1) % hubs);
            }
            Walk walk = new Walk(DIMENSIONS, 2, coded ? codes : null);
            walk.prepare(at(200.25f), Measure.SQUARED_L2, 0);
            int all = hubs + hubs * each;
            run(walk, links, 3, all, null);
            assertArrayEquals(
                    IntStream.range(0, all).toArray(),
                    Arrays.stream(nodes(walk.nearest(all))).sorted().toArray());
            assertEquals(all, walk.computations());
            assertEquals(coded ? all * 2 * EdgeCodes.SLOTS : 0, walk.estimated());
            run(walk, links, 3, 30, null);
            assertArrayEquals(new int[] {200, 201, 199, 202, 198}, nodes(walk.nearest(5)));
        }
    }

    @Test
    void longUpperListsAreComparedWhole() {
        int count = 50;
        upper.reserve(NODES);
        int[] list = IntStream.range(1, count).toArray();
        for (int node = 0; node < count; node++) {
            upper.open(node, 1);
        }
        upper.replace(0, 1, list);
        Walk walk = walk(false, count - 1);
        assertEquals(count - 1, walk.descend(rows, upper, 0, 1, 0));
        Walk another = walk(false, count - 1);
        another.run(line(false), upper, 1, rows, 0, -1, Breadth.only(count), NODES, null);
        assertEquals(count, another.computations());
        assertEquals(count - 1, ScoredNodes.node(another.nearest(1)[0]));
    }

    /// Every distance lies beyond the span of the queue that the start gives.
    @Test
    void aStartMuchNearerThanTheRestMovesTheSpan() {
        for (boolean coded : new boolean[] {false, true}) {
            float[] tiny = at(1e-4f);
            Links links = line(coded);
            Walk walk = new Walk(DIMENSIONS, coded ? 1 : 0, coded ? codes : null);
            walk.prepare(tiny, Measure.SQUARED_L2, 0);
            run(walk, links, 0, 30, null);
            assertArrayEquals(IntStream.range(0, 30).toArray(), nodes(walk.nearest(30)));
            assertTrue(walk.computations() < 200, "computations " + walk.computations());
        }
    }
}
