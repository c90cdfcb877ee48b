package dev.pagoda.vectors.hnsw;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/// A caller has every part whole, whatever a helper has claimed of them.
public final class SharedPartsStress {
    private SharedPartsStress() {}

    /// A helper that comes while its caller works, waits for it, or has gone.
    @JCStressTest
    @Outcome(id = "123, 0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN, desc = "a part is lost or was seen half made, or a helper that has left is counted")
    @State
    public static class CallerBesideHelper {
        private static final int LOOKS = 1_000;

        private final SharedParts.Processors processors = new SharedParts.Processors(2, this::invite);
        private volatile @Nullable Runnable invited;

        private void invite(Runnable task) {
            invited = task;
        }

        @Actor
        public void caller(II_Result result) {
            List<int[]> parts = processors.run(3, () -> 1, part -> new int[] {part + 1});
            result.r1 = 100 * parts.get(0)[0] + 10 * parts.get(1)[0] + parts.get(2)[0];
        }

        @Actor
        public void helper() {
            for (int look = 0; look < LOOKS; look++) {
                Runnable task = invited;
                if (task != null) {
                    invited = null;
                    task.run();
                    return;
                }
                Thread.onSpinWait();
            }
        }

        @Arbiter
        public void end(II_Result result) {
            Runnable task = invited;
            if (task != null) {
                task.run();
            }
            result.r2 = processors.busy();
        }
    }
}
