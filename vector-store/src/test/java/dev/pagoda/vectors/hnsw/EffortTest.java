package dev.pagoda.vectors.hnsw;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

class EffortTest {
    private static final int EF = 100;
    private static final int LEAST = 10;
    private static final double HOP_NANOS = 1_000;

    private static Effort effort(double share, double scanNanos) {
        return new Effort(EF, LEAST, share, HOP_NANOS, scanNanos);
    }

    @Test
    void aWalkThatMeetsOnlyMatchesIsTwoFifthsBroader() {
        Effort effort = effort(0.5, 1e9);
        assertFalse(effort.suffices(139, 0));
        assertTrue(effort.suffices(140, 0));
        assertEquals(EF, effort.breadth());
    }

    @Test
    void aTenthAsManyMatchesTakeLittleMoreThanTwiceAsManyNodes() {
        Effort effort = effort(0.1, 1e9);
        int nodes = 10;
        while (!effort.suffices(nodes / 10, nodes - nodes / 10)) {
            nodes += 10;
        }
        assertEquals(300, nodes, 10);
    }

    @Test
    void aWalkFindsAsManyMatchesAsAreWanted() {
        Effort effort = effort(0.001, 1e9);
        assertFalse(effort.suffices(LEAST - 1, 1_000_000));
        assertTrue(effort.suffices(LEAST, 1_000_000));
    }

    @Test
    void matchesThatBeginWhereTheWalkEndsAreNotTrusted() {
        Effort effort = effort(0.5, 1e9);
        // a quarter, as at 0.25 everywhere
        assertTrue(effort.suffices(60, 180));
        // a tenth takes two and a half times what it would take at 0.1 everywhere
        assertTrue(effort(0.1, 1e9).suffices(33, 297));
        assertFalse(effort.suffices(33, 297));
        assertFalse(effort.suffices(75, 675));
        assertTrue(effort.suffices(76, 684));
    }

    @Test
    void nothingIsWalkedWhereAScanTakesLittle() {
        assertFalse(effort(0.1, 50_000).isWalk());
        assertFalse(effort(0.0001, 90_000).isWalk());
        // at 140 expansions
        assertTrue(effort(1, 160_000).isWalk());
        // more than the walk is expected to take, but not more than a few looks
        assertTrue(effort(0.0001, 1_000_000).isWalk());
    }

    @Test
    void aWalkThatMeetsFewerMatchesThanExpectedGivesWay() {
        Effort effort = effort(0.5, 300_000);
        assertFalse(effort.isHopeless(32, 50, 50));
        assertTrue(effort.isHopeless(32, 0, 100));
        // what was done counts as done
        assertFalse(effort(0.5, 1).isHopeless(260, 100, 300));
        assertTrue(effort(0.5, 1).isHopeless(200, 100, 300));
        // nothing is hopeless that costs less than a scan
        assertFalse(effort(0.5, 1e9).isHopeless(32, 0, 100));
    }

    @Test
    void aWalkGivesWayThatHasCostMoreThanAScanAndThanExpected() {
        // about 176 are expected, and 210 would be enough with the matches met
        assertFalse(effort(0.5, 250_000).isHopeless(240, 200, 500));
        assertTrue(effort(0.5, 250_000).isHopeless(290, 200, 500));
        assertFalse(effort(0.5, 295_000).isHopeless(290, 200, 500));
    }

    @Test
    void aWalkThatMeetsMoreMatchesThanExpectedGoesOn() {
        Effort effort = effort(0.001, 200_000);
        assertTrue(effort.isHopeless(32, 0, 100));
        assertFalse(effort.isHopeless(32, 100, 0));
    }

    @Test
    void scansCostByMatchesHoweverTheFilterTellsThem() {
        Costs costs = new Costs(800, 100, 50, 3);
        double sketched = Effort.scanNanos(100_000, 0.5, costs, true);
        double rows = Effort.scanNanos(100_000, 0.5, costs, false);
        // all sketches, and a fifth of the matches
        assertEquals(300_000 + 500_000, sketched, 20_000);
        assertEquals(2_500_000, rows, 20_000);
        double few = Effort.scanNanos(100_000, 0.0001, costs, true);
        assertEquals(Effort.scanNanos(100_000, 0.0001, costs, false), few);
        assertEquals(100, Effort.matchNanos(127, 1_000, costs, true));
        assertEquals(50, Effort.matchNanos(128, 1_000, costs, false));
    }

    @Test
    void sketchesAreReadWhereTheyPay() {
        Costs costs = new Costs(800, 100, 50, 3);
        // 32 sketches take as long as two rows
        assertEquals(4, costs.leastSketched());
        assertTrue(Effort.isSketched(12_500, 100_000, costs));
        assertFalse(Effort.isSketched(12_499, 100_000, costs));
        // a query has to be prepared
        assertFalse(Effort.isSketched(511, 511, costs));
        assertTrue(Effort.isSketched(512, 512, costs));
        assertEquals(50, Effort.matchNanos(12_499, 100_000, costs, true));
        assertEquals(24 + 10, Effort.matchNanos(12_500, 100_000, costs, true), 1e-9);
    }

    @Test
    void sharesAreKnownOrSampledAmongLiveNodes() {
        NodeBits live = new NodeBits();
        live.reserve(10_000);
        for (int node = 0; node < 10_000; node += 2) {
            live.add(node);
        }
        IntPredicate quarter = node -> node % 8 == 0;
        assertEquals(0.25, Effort.share(NodeSet.of(10_000, quarter), live, 5_000, 10_000), 0.001);
        assertEquals(0.25, Effort.share(quarter, live, 5_000, 10_000), 0.08);
        assertTrue(Effort.share(_ -> false, live, 5_000, 10_000) > 0);
        assertTrue(Effort.share(_ -> true, live, 5_000, 10_000) <= 1);
        assertTrue(Effort.share(NodeSet.of(10_000, _ -> true), live, 5_000, 10_000) <= 1);
    }
}
