package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// Waits for what tells nobody that it has happened, such as a port that begins to listen: asks again and again, but
/// not for ever.
final class BoundedWait {
    private BoundedWait() {}

    /// What is asked. An exception ends the wait.
    interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /// @param pause   between two questions
    /// @param refusal what is said when the time is over
    /// @throws StartRefused if the condition does not hold in time
    static void until(Condition condition, Duration pause, Duration most, Supplier<String> refusal)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) {
                throw new StartRefused(refusal.get());
            }
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        }
    }
}
