package dev.pagoda.vectors.collection;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.pagoda.vectors.filter.SlotSet;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// A reader who looks at an index while the writer changes it.
public final class UnsettledStress {
    private UnsettledStress() {}

    private static boolean has(SlotSet slots, int slot) {
        long[] bits = new long[(slot >>> 6) + 1];
        slots.orInto(bits);
        return ((bits[slot >>> 6] >>> slot) & 1) != 0;
    }

    private static boolean isMarked(Unsettled unsettled, int slot) {
        boolean[] found = {false};
        unsettled.forEach(each -> found[0] |= each == slot);
        return found[0];
    }

    @JCStressTest
    @Outcome(
            id = {"false, false", "false, true", "true, true"},
            expect = ACCEPTABLE)
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "the change is seen without its mark")
    @State
    public static class MarkBeforeBitInPlace {
        private static final int MANY = 5_000;

        private final Unsettled unsettled = new Unsettled();
        private final SlotSet slots = new SlotSet();

        public MarkBeforeBitInPlace() {
            for (int slot = 0; slot < MANY; slot++) {
                slots.add(slot);
            }
        }

        @Actor
        public void writer() {
            unsettled.mark(MANY);
            slots.add(MANY);
        }

        @Actor
        public void reader(ZZ_Result result) {
            result.r1 = has(slots, MANY);
            result.r2 = isMarked(unsettled, MANY);
        }
    }

    @JCStressTest
    @Outcome(
            id = {"false, false", "false, true", "true, true"},
            expect = ACCEPTABLE)
    @Outcome(id = "true, false", expect = FORBIDDEN, desc = "the change is seen without its mark")
    @State
    public static class MarkBeforeListReplaced {
        private final Unsettled unsettled = new Unsettled();
        private final SlotSet slots = new SlotSet();

        public MarkBeforeListReplaced() {
            slots.add(7);
        }

        @Actor
        public void writer() {
            unsettled.mark(3);
            slots.add(3);
        }

        @Actor
        public void reader(ZZ_Result result) {
            result.r1 = has(slots, 3);
            result.r2 = isMarked(unsettled, 3);
        }
    }
}
