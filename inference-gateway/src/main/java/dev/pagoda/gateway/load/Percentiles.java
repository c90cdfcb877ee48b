package dev.pagoda.gateway.load;

import dev.pagoda.gateway.report.BenchServe;
import org.HdrHistogram.Histogram;

/// A distribution's summary in milliseconds; all zero when `count` is.
record Percentiles(
        long count, double mean, double p50, double p90, double p95, double p99, double max, double deviation) {
    private static final double MICROS_PER_MILLI = 1_000;

    /// @param histogram of microseconds
    static Percentiles of(Histogram histogram) {
        if (histogram.getTotalCount() == 0) {
            return new Percentiles(0, 0, 0, 0, 0, 0, 0, 0);
        }
        return new Percentiles(
                histogram.getTotalCount(),
                histogram.getMean() / MICROS_PER_MILLI,
                histogram.getValueAtPercentile(50) / MICROS_PER_MILLI,
                histogram.getValueAtPercentile(90) / MICROS_PER_MILLI,
                histogram.getValueAtPercentile(95) / MICROS_PER_MILLI,
                histogram.getValueAtPercentile(99) / MICROS_PER_MILLI,
                histogram.getMaxValue() / MICROS_PER_MILLI,
                histogram.getStdDeviation() / MICROS_PER_MILLI);
    }

    BenchServe.Measured measured() {
        return new BenchServe.Measured(mean, p50, deviation, p90, p99);
    }
}
