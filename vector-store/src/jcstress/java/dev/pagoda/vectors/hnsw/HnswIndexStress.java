package dev.pagoda.vectors.hnsw;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.ZII_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/// The index at its turning points: the first node, growing, removing, and numbers becoming free.
public final class HnswIndexStress {
    /// So far from node 0 that the index grows.
    private static final int FAR = 1000;

    private static final int LEAVERS = 8;

    /// How often a writer asks for a number, which takes about as long as the repair.
    private static final int ASKED = 200;

    private static final IndexConfig CONFIG =
            new IndexConfig(1, Metric.L2, ElementType.FLOAT32, Layout.COMPACT, new HnswParameters(2, 4, 1));

    private HnswIndexStress() {}

    private static HnswIndex withNodeZero() {
        HnswIndex index = new HnswIndex(CONFIG);
        index.put(0, new float[] {1});
        return index;
    }

    /// Who sees an entry sees a root, and the row of both.
    @JCStressTest
    @Outcome(
            id = {"false, -1, 0", "false, 0, 0", "true, 0, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "an entry without root or row")
    @State
    public static class FirstNode {
        private final HnswIndex index = new HnswIndex(CONFIG);

        @Actor
        public void writer() {
            index.put(0, new float[] {1});
        }

        @Actor
        public void reader(ZII_Result result) {
            result.r1 = index.entry >= 0;
            result.r2 = index.root;
            result.r3 = result.r1 ? (int) index.row((int) index.entry)[0] : 0;
        }
    }

    @JCStressTest
    @Outcome(id = "0, 2", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "one of the two cannot be reached from the root")
    @State
    public static class TwoFirstNodes {
        private final HnswIndex index = new HnswIndex(CONFIG);

        @Actor
        public void one() {
            index.put(0, new float[] {1});
        }

        @Actor
        public void other() {
            index.put(1, new float[] {2});
        }

        @Arbiter
        public void after(II_Result result) {
            result.r1 = index.unreachable();
            result.r2 = index.size();
        }
    }

    @JCStressTest
    @Outcome(
            id = {"true, false", "false, true"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "both or neither got the number")
    @State
    public static class OneOfTwoPuts {
        private final HnswIndex index = new HnswIndex(CONFIG);

        @Actor
        public void one(ZZ_Result result) {
            result.r1 = isTaken(1);
        }

        @Actor
        public void other(ZZ_Result result) {
            result.r2 = isTaken(2);
        }

        private boolean isTaken(float value) {
            try {
                index.put(0, new float[] {value});
                return true;
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
    }

    /// A node is found whole or not at all.
    @JCStressTest
    @Outcome(
            id = {"0", "1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a node was found before its row was there")
    @State
    public static class PutBesideSearch {
        private final HnswIndex index = new HnswIndex(CONFIG);

        @Actor
        public void writer() {
            index.put(0, new float[] {1});
        }

        @Actor
        public void reader(I_Result result) {
            Neighbours found = index.search(new float[] {1}, 1, 1, null, false).neighbours();
            result.r1 = found.nodes().length == 1 && found.scores()[0] != 0 ? -1 : found.nodes().length;
        }
    }

    /// Another thread's node makes the index grow while one is removed.
    @JCStressTest
    @Outcome(id = "false", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a removed node is live again")
    @State
    public static class RemoveBesideGrowth {
        private final HnswIndex index = withNodeZero();

        @Actor
        public void remover() {
            index.remove(0);
        }

        @Actor
        public void writer() {
            index.put(FAR, new float[] {2});
        }

        @Arbiter
        public void after(Z_Result result) {
            result.r1 = index.isLive(0);
        }
    }

    /// A node leaves while a search that can have seen it goes on.
    @JCStressTest
    @Outcome(id = "false", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a number was free under a search that began before its node left")
    @State
    public static class RepairBesideSearch {
        private final HnswIndex index = new HnswIndex(CONFIG);

        public RepairBesideSearch() {
            for (int node = 0; node < LEAVERS; node++) {
                index.put(node, new float[] {node});
            }
            for (int node = 0; node < LEAVERS; node++) {
                index.remove(node);
            }
            index.epochs.enter();
        }

        @Actor
        public void repairer() {
            index.repair();
        }

        @Actor
        public void writer(Z_Result result) {
            for (int i = 0; i < ASKED; i++) {
                result.r1 |= index.isReusable(0);
            }
        }

        @Arbiter
        public void after(Z_Result result) {
            result.r1 |= index.isReusable(0);
        }
    }

    /// Two nodes at one place are put side by side into a graph with layers; both levels are above 0.
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a node cannot be reached, or no marked link leads to it")
    @State
    public static class TwoNearNodes {
        private static final int[] HIGH = highNodes();

        private final HnswIndex index = new HnswIndex(CONFIG);

        public TwoNearNodes() {
            for (int i = 0; i < HIGH.length - 2; i++) {
                index.put(HIGH[i], new float[] {i});
            }
        }

        @Actor
        public void one() {
            index.put(HIGH[HIGH.length - 2], new float[] {1});
        }

        @Actor
        public void other() {
            index.put(HIGH[HIGH.length - 1], new float[] {1});
        }

        @Arbiter
        public void after(II_Result result) {
            result.r1 = index.unreachable();
            for (int node : HIGH) {
                if (node != index.root && !isMarked(node)) {
                    result.r2++;
                }
            }
        }

        private boolean isMarked(int node) {
            for (int owner : HIGH) {
                for (int slot = 0; slot < index.links.slots(); slot++) {
                    int link = index.links.slot(owner, slot);
                    if ((link & Links.TREE) != 0 && (link & Links.NODE) == node) {
                        return true;
                    }
                }
            }
            return false;
        }

        /// The first nodes that have upper layers.
        private static int[] highNodes() {
            HnswIndex probe = new HnswIndex(CONFIG);
            int[] high = new int[5];
            int count = 0;
            for (int node = 0; count < high.length; node++) {
                probe.put(node, new float[] {node});
                if (probe.upper.level(node) > 0) {
                    high[count++] = node;
                }
            }
            return high;
        }
    }
}
