package dev.pagoda.gateway.load;

import dev.pagoda.gateway.report.Axis;
import dev.pagoda.gateway.report.Objective.Measure;
import dev.pagoda.gateway.report.Plot;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;

/// The times of a run in full: their distributions, and how they went.
///
/// @param firstToken as all of them in microseconds; owned by the record
record LoadTimes(
        Histogram firstToken, Histogram interToken, Histogram perOutputToken, Histogram total, LoadTimeline timeline) {
    private static final double MICROS_PER_MILLI = 1_000;
    private static final int CURVE_POINTS = 201;

    /// The time at a percentile, 0 when there is none.
    ///
    /// @param percent 0 to 100
    double millisAt(Measure measure, double percent) {
        Histogram histogram = switch (measure) {
            case TTFT -> firstToken;
            case TPOT -> perOutputToken;
            case ITL -> interToken;
            case E2EL -> total;
        };
        return histogram.getTotalCount() == 0 ? 0 : histogram.getValueAtPercentile(percent) / MICROS_PER_MILLI;
    }

    /// Three panels: requests over time, times to the first token over time, and the distributions.
    String svg() {
        int seconds = timeline.seconds();
        Axis time = Axis.fromZero("seconds");
        return new Plot()
                .curves(
                        "Requests a second",
                        time,
                        Axis.fromZero(""),
                        List.of(
                                over("sent", each -> (double) each.sent / seconds),
                                over("completed", each -> (double) each.ended / seconds)))
                .curves(
                        "Time to first token, ms, by when it was meant to leave",
                        time,
                        Axis.log(""),
                        List.of(
                                over("p50", each -> at(each.firstToken, 50)),
                                over("p99", each -> at(each.firstToken, 99))))
                .curves(
                        "Part of the requests that took no more, %",
                        Axis.log("milliseconds"),
                        Axis.within("", 0, 100),
                        List.of(
                                spread("first token", firstToken),
                                spread("per output token", perOutputToken),
                                spread("total", total)))
                .draw();
    }

    private Plot.Curve over(String name, ToDoubleFunction<LoadTimeline.Interval> figure) {
        List<LoadTimeline.Interval> intervals = timeline.intervals();
        var x = new double[intervals.size()];
        var y = new double[intervals.size()];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i + .5) * timeline.seconds();
            y[i] = figure.applyAsDouble(intervals.get(i));
        }
        return new Plot.Curve(name, x, y, false);
    }

    private static double at(Histogram histogram, double percent) {
        return histogram.getTotalCount() == 0 ? Double.NaN : histogram.getValueAtPercentile(percent) / MICROS_PER_MILLI;
    }

    private static Plot.Curve spread(String name, Histogram histogram) {
        var percents = new ArrayList<Double>();
        for (int i = 0; histogram.getTotalCount() > 0 && i < CURVE_POINTS; i++) {
            percents.add(100.0 * i / (CURVE_POINTS - 1));
        }
        double[] y = percents.stream().mapToDouble(each -> each).toArray();
        double[] x = percents.stream().mapToDouble(each -> at(histogram, each)).toArray();
        return new Plot.Curve(name, x, y, false);
    }
}
