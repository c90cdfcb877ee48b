package dev.pagoda.vectors.hnsw;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// What a reader of an epoch can see is not used again before it leaves.
public final class EpochsStress {
    private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int NODE = 1;

    private EpochsStress() {}

    /// A link to a node is cut, and its row written anew when the epochs allow.
    @JCStressTest
    @Outcome(
            id = {"0, 0", "0, 1", "1, 0"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "the row was written under a reader that had seen the link")
    @State
    public static class ReaderAgainstReuse {
        private final Epochs epochs = new Epochs();
        private final int[] links = {NODE};
        private int row;

        @Actor
        public void reader(II_Result result) {
            long entered = epochs.enter();
            result.r1 = (int) INTS.getAcquire(links, 0);
            result.r2 = row;
            epochs.exit(entered);
        }

        @Actor
        public void writer() {
            INTS.setRelease(links, 0, 0);
            long since = epochs.stamp();
            if (isOver(epochs, since)) {
                row = 1;
            }
        }
    }

    /// One thread cuts the link and notes the epoch while another advances, reads and asks whether the node is
    /// released.
    @JCStressTest
    @Outcome(
            id = {"false, false", "false, true", "true, false"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a node was released under a reader that had seen the link")
    @State
    public static class StampBesideAdvance {
        private final Epochs epochs = new Epochs();
        private final int[] links = {NODE};
        private volatile long left;

        @Actor
        public void repair() {
            INTS.setRelease(links, 0, 0);
            left = epochs.stamp() + 1;
        }

        @Actor
        public void reader(ZZ_Result result) {
            boolean advanced = epochs.advance();
            long entered = epochs.enter();
            result.r1 = advanced && (int) INTS.getAcquire(links, 0) == NODE;
            long stamp = left;
            result.r2 = stamp > 0 && isOver(epochs, stamp - 1);
            epochs.exit(entered);
        }
    }

    /// Two threads advance beside each other.
    @JCStressTest
    @Outcome(
            id = {"1, 1", "0, 1", "1, 0", "0, 0"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "the epoch went two beyond a reader")
    @State
    public static class AdvanceAgainstReader {
        private final Epochs epochs = new Epochs();

        @Actor
        public void reader(II_Result result) {
            long entered = epochs.enter();
            result.r1 = (int) (epochs.current() - entered);
            result.r2 = (int) (epochs.current() - entered);
            epochs.exit(entered);
        }

        @Actor
        public void oneWriter() {
            epochs.advance();
            epochs.advance();
        }

        @Actor
        public void otherWriter() {
            epochs.advance();
            epochs.advance();
        }
    }

    /// As [Repair] asks.
    private static boolean isOver(Epochs epochs, long since) {
        while (epochs.current() < since + Epochs.GRACE) {
            if (!epochs.advance()) {
                return false;
            }
        }
        return true;
    }
}
