package dev.pagoda.deploy.bench;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// How punctually tokens came: gaps between them beside those of the engines' own schedule, and how long after its
/// time by the schedule each was there.
final class Punctuality {
    private static final long MOST_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final Histogram gaps = new Histogram(MOST_NANOS, 3);
    private final Histogram dueGaps = new Histogram(MOST_NANOS, 3);
    private final Histogram late = new Histogram(MOST_NANOS, 3);
    private int unmatched;
    private long early;

    /// What came from one time to before another.
    ///
    /// @param times when each event with text came
    /// @param dues  empty when nobody knows
    void add(List<Long> times, Optional<StreamSchedule.Dues> dues, long fromNanos, long toNanos) {
        if (dues.isEmpty() || dues.get().count() != times.size()) {
            unmatched++;
            return;
        }
        StreamSchedule.Dues due = dues.get();
        for (int i = 1; i < times.size(); i++) {
            long at = times.get(i);
            if (at < fromNanos || at >= toNanos) {
                continue;
            }
            gaps.recordValue(at - times.get(i - 1));
            early += at < due.first(i) ? 1 : 0;
            late.recordValue(Math.max(0, at - due.first(i)));
            dueGaps.recordValue(Math.max(0, due.first(i) - due.last(i - 1)));
            if (due.last(i) > due.first(i)) {
                dueGaps.recordValue(due.last(i) - due.first(i));
            }
        }
    }

    /// Streams whose events are not those of the schedule.
    int unmatched() {
        return unmatched;
    }

    /// Events that were there before their time: none, if schedule and clocks are what they are taken for.
    long early() {
        return early;
    }

    double gapMillis(double percentile) {
        return gaps.getValueAtPercentile(percentile) / 1e6;
    }

    double dueGapMillis(double percentile) {
        return dueGaps.getValueAtPercentile(percentile) / 1e6;
    }

    double lateMillis(double percentile) {
        return late.getValueAtPercentile(percentile) / 1e6;
    }
}
