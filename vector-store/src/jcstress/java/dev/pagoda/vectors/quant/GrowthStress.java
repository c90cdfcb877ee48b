package dev.pagoda.vectors.quant;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.pagoda.vectors.kernel.Grid;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// Tables that grow while rows are read: what was written before is there, and so is what is written afterwards
/// for who learns of it.
public final class GrowthStress {
    private static final Grid GRID = new Grid(1, 4);
    private static final int GROWN = 40;
    private static final float VALUE = 7;

    private GrowthStress() {}

    @JCStressTest
    @Outcome(
            id = {"7, 0", "7, 9"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a row was lost")
    @State
    public static class IntsGrow {
        private final IntTable table = new IntTable(GRID);
        private volatile boolean written;

        public IntsGrow() {
            table.reserve(1);
            table.array(0)[GRID.offset(0)] = 7;
        }

        @Actor
        public void writer() {
            table.reserve(GROWN);
            table.array(GROWN - 1)[GRID.offset(GROWN - 1)] = 9;
            written = true;
        }

        @Actor
        public void reader(II_Result result) {
            result.r2 = written ? table.array(GROWN - 1)[GRID.offset(GROWN - 1)] : 0;
            result.r1 = table.array(0)[GRID.offset(0)];
        }
    }

    /// Every array that a reader can see is whole.
    @JCStressTest
    @Outcome(
            id = {"1, 16", "3, 48"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "an array is missing or too small")
    @State
    public static class ArraysGrow {
        private final IntTable table = new IntTable(GRID);

        public ArraysGrow() {
            table.reserve(1);
        }

        @Actor
        public void writer() {
            table.reserve(GROWN);
        }

        @Actor
        public void reader(II_Result result) {
            int[][] arrays = table.arrays();
            result.r1 = arrays.length;
            for (int[] array : arrays) {
                result.r2 += array == null ? -1000 : array.length - Grid.PAD;
            }
        }
    }

    @JCStressTest
    @Outcome(id = "7", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a row was lost")
    @State
    public static class SplitRowsGrow {
        private final Rows rows = withRowZero(new SplitRows(1));

        @Actor
        public void writer() {
            grow(rows);
        }

        @Actor
        public void reader(I_Result result) {
            result.r1 = rowZero(rows);
        }
    }

    @JCStressTest
    @Outcome(id = "7", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a row was lost")
    @State
    public static class HalfRowsGrow {
        private final Rows rows = withRowZero(new HalfRows(1));

        @Actor
        public void writer() {
            grow(rows);
        }

        @Actor
        public void reader(I_Result result) {
            result.r1 = rowZero(rows);
        }
    }

    @JCStressTest
    @Outcome(id = "7", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a row was lost")
    @State
    public static class ByteRowsGrow {
        private final Rows rows = withRowZero(ByteRows.whole(1));

        @Actor
        public void writer() {
            grow(rows);
        }

        @Actor
        public void reader(I_Result result) {
            result.r1 = rowZero(rows);
        }
    }

    private static Rows withRowZero(Rows rows) {
        rows.reserve(1);
        rows.put(0, new float[] {VALUE});
        return rows;
    }

    private static void grow(Rows rows) {
        rows.reserve(GROWN);
        rows.put(GROWN - 1, new float[] {VALUE + 1});
    }

    private static int rowZero(Rows rows) {
        float[] values = new float[1];
        rows.get(0, values);
        return (int) values[0];
    }
}
