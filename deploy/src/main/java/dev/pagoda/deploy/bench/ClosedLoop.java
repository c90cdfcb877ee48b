package dev.pagoda.deploy.bench;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/// Calls one after the other on each of some lanes: a lane sends the next when the last is answered.
final class ClosedLoop {
    private static final long LONGEST_NANOS = 3_600_000_000_000L;

    private final Step step;
    private final LongPredicate goesOn;
    private final AtomicLong next = new AtomicLong();
    private final Histogram latencies = new ConcurrentHistogram(LONGEST_NANOS, 3);

    /// One call.
    interface Step {
        /// @param index counts the calls of all lanes
        CompletableFuture<?> call(long index);
    }

    private ClosedLoop(Step step, LongPredicate goesOn) {
        this.step = step;
        this.goesOn = goesOn;
    }

    /// What became of a loop.
    ///
    /// @param latencies of the calls in nanoseconds
    record Outcome(Histogram latencies, long nanos) {
        long calls() {
            return latencies.getTotalCount();
        }

        double perSecond() {
            return calls() * 1e9 / nanos;
        }

        double millisAt(double percentile) {
            return latencies.getValueAtPercentile(percentile) / 1e6;
        }
    }

    /// @param goesOn whether the call of this index is made; once it says no, a lane ends
    /// @return fails as soon as one call has
    static CompletableFuture<Outcome> run(int lanes, Step step, LongPredicate goesOn) {
        ClosedLoop loop = new ClosedLoop(step, goesOn);
        CompletableFuture<?>[] ends = new CompletableFuture<?>[lanes];
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        long begin = System.nanoTime();
        for (int lane = 0; lane < lanes; lane++) {
            CompletableFuture<Void> end = new CompletableFuture<>();
            ends[lane] = end;
            var _ = end.exceptionally(failure -> {
                outcome.completeExceptionally(failure);
                return null;
            });
            loop.go(end);
        }
        var _ = CompletableFuture.allOf(ends)
                .thenRun(() -> outcome.complete(new Outcome(loop.latencies, System.nanoTime() - begin)));
        return outcome;
    }

    private void go(CompletableFuture<Void> end) {
        long index = next.getAndIncrement();
        if (!goesOn.test(index)) {
            end.complete(null);
            return;
        }
        long sent = System.nanoTime();
        var _ = step.call(index).whenComplete((_, failure) -> {
            if (failure != null) {
                end.completeExceptionally(failure);
                return;
            }
            latencies.recordValue(Math.min(LONGEST_NANOS, System.nanoTime() - sent));
            go(end);
        });
    }
}
