package dev.pagoda.gateway.load;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/// A run over time, in intervals of a second that become longer when there are many. One owner, not thread-safe.
final class LoadTimeline {
    private static final int MOST_INTERVALS = 240;
    private static final int DIGITS = 2;
    private static final long MAX_MICROS = LoadStatistics.MAX_MICROS;

    /// What fell into one interval.
    static final class Interval {
        long sent;
        long ended;
        final Histogram firstToken = new Histogram(MAX_MICROS, DIGITS);
        final Histogram total = new Histogram(MAX_MICROS, DIGITS);

        private void add(Interval later) {
            sent += later.sent;
            ended += later.ended;
            firstToken.add(later.firstToken);
            total.add(later.total);
        }
    }

    private final List<Interval> intervals = new ArrayList<>();
    private int seconds = 1;

    void sent(long atNanos) {
        at(atNanos).sent++;
    }

    /// A first token that was due from the time on.
    void firstToken(long atNanos, long latencyNanos) {
        at(atNanos).firstToken.recordValue(Math.clamp(latencyNanos / 1_000, 0, MAX_MICROS));
    }

    void ended(long atNanos, long latencyNanos) {
        Interval interval = at(atNanos);
        interval.ended++;
        interval.total.recordValue(Math.clamp(latencyNanos / 1_000, 0, MAX_MICROS));
    }

    private Interval at(long nanos) {
        long second = Math.max(0, nanos / 1_000_000_000L);
        while (second / seconds >= MOST_INTERVALS) {
            halve();
        }
        int index = (int) (second / seconds);
        while (intervals.size() <= index) {
            intervals.add(new Interval());
        }
        return intervals.get(index);
    }

    private void halve() {
        for (int i = 0; 2 * i < intervals.size(); i++) {
            Interval first = intervals.get(2 * i);
            if (2 * i + 1 < intervals.size()) {
                first.add(intervals.get(2 * i + 1));
            }
            intervals.set(i, first);
        }
        int left = (intervals.size() + 1) / 2;
        intervals.subList(left, intervals.size()).clear();
        seconds *= 2;
    }

    /// In order of time; read only.
    List<Interval> intervals() {
        return intervals;
    }

    /// Of each interval.
    int seconds() {
        return seconds;
    }
}
