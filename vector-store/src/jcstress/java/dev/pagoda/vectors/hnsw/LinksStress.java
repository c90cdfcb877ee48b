package dev.pagoda.vectors.hnsw;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.pagoda.vectors.quant.EdgeCodes;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Who sees a link sees what its writer did before: the row, the code of the edge, the links of the node it names.
public final class LinksStress {
    private static final float[] NOTHING = {};
    private static final int GROWN = 40;
    private static final int CLEARED = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
    private static final EdgeCodes CODES = new EdgeCodes(32, 1, false);

    private LinksStress() {}

    @JCStressTest
    @Outcome(
            id = {"false, false", "false, true", "true, true"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a link without the row of its node")
    @State
    public static class StoreAfterTheRow {
        private final Links links = new Links(2, null);
        private boolean row;

        public StoreAfterTheRow() {
            links.reserve(1);
        }

        @Actor
        public void writer() {
            row = true;
            links.store(0, 0, 1, NOTHING, NOTHING);
        }

        @Actor
        public void reader(ZZ_Result result) {
            result.r1 = links.slot(0, 0) == 1;
            result.r2 = row;
        }
    }

    /// A link that is moved and marked still brings the row along.
    @JCStressTest
    @Outcome(
            id = {"false, false", "false, true", "true, true"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a moved link without the row of its node")
    @State
    public static class MoveAndMarkAfterTheRow {
        private final Links links = new Links(2, null);
        private boolean row;

        public MoveAndMarkAfterTheRow() {
            links.reserve(1);
        }

        @Actor
        public void writer() {
            row = true;
            links.store(0, 1, 1, NOTHING, NOTHING);
            links.move(0, 1, 0);
            links.mark(0, 0, 1 | Links.TREE);
        }

        @Actor
        public void reader(ZZ_Result result) {
            result.r1 = (links.slot(0, 0) & Links.NODE) == 1;
            result.r2 = row;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"false, false", "false, true", "true, true"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a link without the code of its edge")
    @State
    public static class StoreAfterTheCode {
        private final Links links = new Links(EdgeCodes.SLOTS, CODES);
        private final float[] centre = new float[CODES.rotatedLength()];
        private final float[] neighbour = new float[CODES.rotatedLength()];

        public StoreAfterTheCode() {
            links.reserve(1);
            neighbour[0] = 1;
        }

        @Actor
        public void writer() {
            links.store(0, 0, 1, centre, neighbour);
        }

        @Actor
        public void reader(ZZ_Result result) {
            int[] block = links.block(0);
            int offset = links.offset(0);
            result.r1 = links.slot(block, offset, 0) == 1;
            result.r2 = block[links.codesOffset(offset, 0)] != CLEARED;
        }
    }

    /// The blocks grow, a new node gets its links, then another is linked to it.
    @JCStressTest
    @Outcome(
            id = {"false, false", "true, true"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a link to a node without links")
    @State
    public static class GrowthBesideReaders {
        private final Links links = new Links(2, null);

        public GrowthBesideReaders() {
            links.reserve(1);
        }

        @Actor
        public void writer() {
            links.reserve(GROWN);
            links.store(GROWN - 1, 0, 0, NOTHING, NOTHING);
            links.store(0, 0, GROWN - 1, NOTHING, NOTHING);
        }

        @Actor
        public void reader(ZZ_Result result) {
            result.r1 = links.slot(0, 0) == GROWN - 1;
            result.r2 = result.r1 && links.slot(GROWN - 1, 0) == 0;
        }
    }

    @JCStressTest
    @Outcome(
            id = {"false, false", "false, true", "true, true"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a list of an upper layer without the rows of its nodes")
    @State
    public static class ListAfterTheRow {
        private final UpperLayers upper = new UpperLayers();
        private boolean row;

        @Actor
        public void writer() {
            upper.open(3, 1);
            row = true;
            upper.replace(3, 1, new int[] {1});
        }

        @Actor
        public void reader(ZZ_Result result) {
            result.r1 = upper.list(3, 1).length == 1;
            result.r2 = row;
        }
    }

    /// The lists grow, a new node gets its layer and list, then another is linked to it.
    @JCStressTest
    @Outcome(
            id = {"false, false", "true, true"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a link to a node without its layer")
    @State
    public static class ListsGrowBesideReaders {
        private final UpperLayers upper = new UpperLayers();

        public ListsGrowBesideReaders() {
            upper.open(0, 1);
        }

        @Actor
        public void writer() {
            upper.reserve(GROWN);
            upper.open(GROWN - 1, 1);
            upper.replace(GROWN - 1, 1, new int[] {0});
            upper.replace(0, 1, new int[] {GROWN - 1});
        }

        @Actor
        public void reader(ZZ_Result result) {
            result.r1 = upper.list(0, 1).length == 1;
            result.r2 = result.r1 && upper.level(GROWN - 1) == 1 && upper.list(GROWN - 1, 1).length == 1;
        }
    }
}
