package dev.pagoda.vectors.hnsw;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZZ_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Changes of one word by two threads, and reading while the set grows.
public final class NodeBitsStress {
    private static final int GROWN = 1000;
    private static final int MISSING = -1;

    private NodeBitsStress() {}

    @JCStressTest
    @Outcome(id = "true, true, false", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a change of a neighbouring bit was lost")
    @State
    public static class ChangesOfOneWord {
        private final NodeBits bits = new NodeBits();

        public ChangesOfOneWord() {
            bits.add(4);
        }

        @Actor
        public void one() {
            bits.add(3);
            bits.remove(4);
        }

        @Actor
        public void other() {
            bits.add(5);
        }

        @Arbiter
        public void after(ZZZ_Result result) {
            result.r1 = bits.has(3);
            result.r2 = bits.has(5);
            result.r3 = bits.has(4);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"true, false", "false, true"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "both or neither added the node")
    @State
    public static class OneOfTwoAdds {
        private final NodeBits bits = new NodeBits();

        @Actor
        public void one(ZZ_Result result) {
            result.r1 = bits.add(63);
        }

        @Actor
        public void other(ZZ_Result result) {
            result.r2 = bits.add(63);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"true, false", "false, true"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "both or neither removed the node")
    @State
    public static class OneOfTwoRemoves {
        private final NodeBits bits = new NodeBits();

        public OneOfTwoRemoves() {
            bits.add(63);
        }

        @Actor
        public void one(ZZ_Result result) {
            result.r1 = bits.remove(63);
        }

        @Actor
        public void other(ZZ_Result result) {
            result.r2 = bits.remove(63);
        }
    }

    /// The row is written before the node is added.
    @JCStressTest
    @Outcome(
            id = {"false, -1, 0", "false, -1, 1", "false, 7, 1", "true, 7, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a node of the set has no row yet, or left the set")
    @State
    public static class AddedAfterTheRow {
        private final NodeBits bits = new NodeBits();
        private int row;

        @Actor
        public void writer() {
            row = 1;
            bits.add(7);
        }

        @Actor
        public void reader(ZII_Result result) {
            result.r1 = bits.has(7);
            result.r2 = bits.next(0);
            result.r3 = row;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"5, 70", "70, 70", "5, 5"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a node that stays was passed over, or one that left came back")
    @State
    public static class NextBesideRemove {
        private final NodeBits bits = new NodeBits();

        public NextBesideRemove() {
            bits.reserve(128);
            bits.add(5);
            bits.add(70);
        }

        @Actor
        public void writer() {
            bits.remove(5);
        }

        @Actor
        public void reader(II_Result result) {
            result.r1 = bits.next(0);
            result.r2 = bits.next(0);
        }
    }

    /// What was in the set is there while it grows; what is added afterwards has its row.
    @JCStressTest
    @Outcome(
            id = {"true, 0", "true, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a node was missing, or was there without its row")
    @State
    public static class GrowthBesideReaders {
        private final NodeBits bits = new NodeBits();
        private int row;

        public GrowthBesideReaders() {
            bits.add(5);
        }

        @Actor
        public void writer() {
            bits.reserve(GROWN);
            row = 1;
            bits.add(GROWN - 1);
        }

        @Actor
        public void reader(ZI_Result result) {
            boolean hasNew = bits.has(GROWN - 1);
            int seen = row;
            result.r1 = bits.has(5) && bits.next(0) == 5;
            result.r2 = hasNew && seen == 0 ? MISSING : seen;
        }
    }
}
