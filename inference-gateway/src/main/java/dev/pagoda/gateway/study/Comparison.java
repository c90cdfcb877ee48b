package dev.pagoda.gateway.study;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// A study's times beside those of a real log, in milliseconds.
///
/// @param rows by measure: TTFT, TPOT, E2E
public record Comparison(Map<String, Row> rows) {
    /// One measure.
    public record Row(Stats log, Stats simulated) {
        public double meanPercent() {
            return percent(log.mean(), simulated.mean());
        }
    }

    /// What is told of one measure.
    public record Stats(double mean, double median, double p90, double p99) {
        static Stats of(Samples samples) {
            return new Stats(samples.mean(), samples.quantile(.5), samples.quantile(.9), samples.quantile(.99));
        }

        Map<String, Double> named() {
            var named = new LinkedHashMap<String, Double>();
            named.put("mean", mean);
            named.put("median", median);
            named.put("p90", p90);
            named.put("p99", p99);
            return named;
        }
    }

    static double percent(double measured, double simulated) {
        return 100 * (simulated / measured - 1);
    }

    public static Comparison of(RequestLog log, ServingResult result) {
        var rows = new LinkedHashMap<String, Row>();
        List<RequestOutcome> complete = result.complete();
        rows.put(
                "TTFT",
                new Row(
                        stats(log.logged(), each -> 1e3 * each.ttftSeconds()),
                        stats(complete, RequestOutcome::ttftMillis)));
        rows.put(
                "TPOT",
                new Row(
                        stats(log.logged(), each -> 1e3 * each.tpotSeconds()),
                        stats(complete, RequestOutcome::tpotMillis)));
        rows.put(
                "E2E",
                new Row(
                        stats(log.logged(), each -> 1e3 * each.e2eSeconds()),
                        stats(complete, RequestOutcome::e2eMillis)));
        return new Comparison(rows);
    }

    private static <T> Stats stats(List<T> all, ToDoubleFunction<T> figure) {
        var samples = new Samples();
        for (T each : all) {
            double value = figure.applyAsDouble(each);
            if (!Double.isNaN(value)) {
                samples.add(value);
            }
        }
        return Stats.of(samples);
    }

    /// A table for people.
    public List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add(String.format(Locale.ROOT, "%-14s %12s %12s %9s", "", "log (ms)", "study (ms)", "diff"));
        rows.forEach((name, row) -> {
            Map<String, Double> simulated = row.simulated().named();
            row.log().named().forEach((label, measured) -> {
                double ours = simulated.getOrDefault(label, Double.NaN);
                lines.add(String.format(
                        Locale.ROOT,
                        "%-14s %12.2f %12.2f %+8.1f%%",
                        name + " " + label,
                        measured,
                        ours,
                        percent(measured, ours)));
            });
        });
        return lines;
    }

    /// The same for programs: `ttft.mean.{log_ms, simulated_ms, diff_percent}` and so on.
    public Map<String, Object> json() {
        var json = new LinkedHashMap<String, Object>();
        rows.forEach((name, row) -> {
            var measures = new LinkedHashMap<String, Object>();
            Map<String, Double> simulated = row.simulated().named();
            row.log().named().forEach((label, measured) -> {
                double ours = simulated.getOrDefault(label, Double.NaN);
                var figures = new LinkedHashMap<String, Double>();
                figures.put("log_ms", measured);
                figures.put("simulated_ms", ours);
                figures.put("diff_percent", percent(measured, ours));
                measures.put(label, figures);
            });
            json.put(name.toLowerCase(Locale.ROOT), measures);
        });
        return json;
    }
}
