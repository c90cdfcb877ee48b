package dev.pagoda.vectors.hnsw;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// One piece of work in numbered parts, which the calling thread does and processors help with that are idle.
///
/// Parts are claimed one by one. The caller claims until none is left, so it does everything itself where nobody comes.
/// What helpers have begun by then it does again unless they finish at once: one that has lost its processor holds up
/// nobody. Therefore a part may be done twice, and must come to the same each time and change nothing but its result.
///
/// Helpers run in the common pool. There are never more of them, together with those on their way, the callers and
/// whoever else searches, than processors; one leaves when others come or its caller has gone.
///
/// **Concurrency.** Safe from any thread. The caller sees what went into a result.
final class SharedParts<T> {
    /// Looks at a part that a helper has begun, some ten microseconds in all.
    private static final int PATIENCE = 500;

    private final Processors processors;
    private final IntSupplier searching;
    private final IntFunction<T> work;
    private final AtomicReferenceArray<@Nullable T> results;
    private final AtomicInteger next = new AtomicInteger();

    private SharedParts(Processors processors, int parts, IntSupplier searching, IntFunction<T> work) {
        this.processors = processors;
        this.searching = searching;
        this.work = work;
        this.results = new AtomicReferenceArray<>(parts);
    }

    /// Processors, and how many threads are at such work.
    static final class Processors {
        /// Those of this machine.
        static final Processors ALL = new Processors(
                ForkJoinPool.getCommonPoolParallelism() > 0
                        ? Runtime.getRuntime().availableProcessors()
                        : 1,
                task -> ForkJoinPool.commonPool().execute(task));

        private final int count;
        private final Helping helping;

        /// Callers, helpers and helpers on their way.
        private final AtomicInteger busy = new AtomicInteger();

        /// @param helping runs a task in another thread at some time, or throws a [RejectedExecutionException]
        Processors(int count, Helping helping) {
            this.count = count;
            this.helping = helping;
        }

        /// Does parts 0 to `parts - 1`, in any order and side by side.
        ///
        /// @param searching threads that search now, the caller among them
        /// @param work      of a part, the same whenever it is done
        /// @return results by part
        /// @throws RuntimeException of a part that the caller does; one that a helper fails at it does again
        <T> List<T> run(int parts, IntSupplier searching, IntFunction<T> work) {
            SharedParts<T> shared = new SharedParts<>(this, parts, searching, work);
            busy.incrementAndGet();
            try {
                int wanted = Math.min(count - Math.max(1, searching.getAsInt()), parts - 1);
                while (wanted > 0 && invite(shared)) {
                    wanted--;
                }
                return shared.finish();
            } finally {
                shared.close();
                busy.decrementAndGet();
            }
        }

        /// @return whether a helper is on its way
        private boolean invite(SharedParts<?> shared) {
            if (busy.incrementAndGet() <= count) {
                try {
                    helping.execute(() -> help(shared));
                    return true;
                } catch (RejectedExecutionException full) {
                    busy.decrementAndGet();
                    return false;
                }
            }
            busy.decrementAndGet();
            return false;
        }

        private void help(SharedParts<?> shared) {
            try {
                shared.claim(true);
            } catch (RuntimeException failed) {
                // the caller does the part again and meets the failure itself
                shared.close();
            } finally {
                busy.decrementAndGet();
            }
        }

        int busy() {
            return busy.get();
        }
    }

    /// As an executor, so that tests can hold helpers back.
    interface Helping {
        void execute(Runnable task);
    }

    private void claim(boolean isHelper) {
        while (!isHelper || !isCrowded()) {
            int part = next.getAndIncrement();
            if (part >= results.length()) {
                return;
            }
            // release: pairs with the acquire in finish()
            results.setRelease(part, work.apply(part));
        }
    }

    private boolean isCrowded() {
        return Math.max(processors.busy(), searching.getAsInt() + 1) > processors.count;
    }

    private List<T> finish() {
        claim(false);
        List<T> all = new ArrayList<>(results.length());
        int patience = PATIENCE;
        for (int part = 0; part < results.length(); part++) {
            T result = results.getAcquire(part);
            while (result == null && patience-- > 0) {
                Thread.onSpinWait();
                result = results.getAcquire(part);
            }
            all.add(result == null ? work.apply(part) : result);
        }
        return all;
    }

    /// Nobody begins a part any more.
    private void close() {
        next.set(results.length());
    }
}
