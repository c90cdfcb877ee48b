package dev.pagoda.vectors.collection;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.DoubleSupplier;

/// How much of the truth live searches find: a few of them are repeated exactly, one at a time, by workers that have
/// nothing else waiting. Safe from any thread.
public final class RecallMeter {
    private final Workers workers;
    private final double share;
    private final AtomicBoolean checking = new AtomicBoolean();
    private final RecallAverage average = new RecallAverage();

    /// @param share of the searches that are checked, 0 to 1
    public RecallMeter(Workers workers, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException("share " + share + " is not from 0 to 1");
        }
        this.workers = workers;
        this.share = share;
    }

    /// The average recall of the last checks, newer ones weighing more; NaN before the first.
    public double average() {
        return average.value();
    }

    /// Whether a search is to be checked. If so, [#check] must follow.
    boolean wants() {
        return share > 0 && ThreadLocalRandom.current().nextDouble() < share && checking.compareAndSet(false, true);
    }

    /// @param recall finds out; not asked if the workers are busy
    /// @param own    the average of the collection, which learns of it too
    /// @param end    runs in any case, after it
    void check(DoubleSupplier recall, RecallAverage own, Runnable end) {
        Runnable task = () -> {
            try {
                double now = recall.getAsDouble();
                average.add(now);
                own.add(now);
            } finally {
                checking.set(false);
                end.run();
            }
        };
        if (!workers.offer(task)) {
            checking.set(false);
            end.run();
        }
    }
}
