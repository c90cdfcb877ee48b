package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.sim.PlacementCurve;
import dev.pagoda.gateway.report.Axis;
import dev.pagoda.gateway.report.Plot;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// The curves of a study as tables for people and for programs.
final class PlacementResults {
    private static final List<Integer> ALLOCATION_AT = List.of(80, 90, 95, 100, 130);
    private static final List<Integer> FRAGMENTS_AT = List.of(20, 40, 60, 80, 100, 130);

    private final String workload;
    private final Map<String, List<Run>> byPolicy = new LinkedHashMap<>();

    /// @param workload what to call the trace
    PlacementResults(String workload) {
        this.workload = workload;
    }

    /// One seed of one policy.
    record Run(PlacementCurve curve, double podsPerSecond) {}

    void add(Run run) {
        byPolicy.computeIfAbsent(run.curve().policy(), name -> new ArrayList<>())
                .add(run);
    }

    /// Means, with standard deviations where there are several seeds.
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add("allocated GPU in % of the cluster, after so much had arrived: mean and standard deviation");
        lines.addAll(table(ALLOCATION_AT, PlacementCurve::allocated, true));
        lines.add("");
        lines.add("expected fragments in % of the cluster's GPU, after so much had arrived: mean");
        lines.addAll(table(FRAGMENTS_AT, PlacementCurve::fragmented, false));
        lines.add("");
        lines.add("speed, with the fragments counted after each pod");
        byPolicy.forEach((policy, runs) -> lines.add(String.format(
                Locale.ROOT,
                "%-15s%,10.0f pods/s, %s of %s pods placed",
                policy,
                mean(runs, Run::podsPerSecond),
                whole(mean(runs, run -> run.curve().placed())),
                whole(mean(runs, run -> run.curve().pods())))));
        return lines;
    }

    private static String whole(double mean) {
        return String.format(Locale.ROOT, "%,.0f", mean);
    }

    private List<String> table(List<Integer> percents, Function<PlacementCurve, double[]> curve, boolean isSpread) {
        List<String> lines = new ArrayList<>();
        StringBuilder title = new StringBuilder(String.format(Locale.ROOT, "%-15s", "policy"));
        percents.forEach(
                percent -> title.append(String.format(Locale.ROOT, isSpread ? "%13s" : "%8s", percent + " %")));
        lines.add(title.toString());
        byPolicy.forEach((policy, runs) -> {
            StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-15s", policy));
            for (int percent : percents) {
                ToDoubleFunction<Run> at = run -> curve.apply(run.curve())[percent];
                double mean = mean(runs, at);
                String figure = Double.isNaN(mean) ? "-" : String.format(Locale.ROOT, "%.2f", mean);
                String spread = isSpread && runs.size() > 1 && !Double.isNaN(mean)
                        ? String.format(Locale.ROOT, " ±%.2f", deviation(runs, at, mean))
                        : "";
                line.append(String.format(Locale.ROOT, isSpread ? "%13s" : "%8s", figure + spread));
            }
            lines.add(line.toString());
        });
        return lines;
    }

    /// A row for each policy and seed; empty cells where less arrived.
    String csv() {
        StringBuilder csv = new StringBuilder("workload,policy,seed");
        ALLOCATION_AT.forEach(percent -> csv.append(",alloc_").append(percent));
        FRAGMENTS_AT.forEach(percent -> csv.append(",frag_").append(percent));
        csv.append(",pods_per_s\n");
        byPolicy.forEach((policy, runs) -> runs.forEach(run -> {
            csv.append(quoted(workload))
                    .append(',')
                    .append(policy)
                    .append(',')
                    .append(run.curve().seed());
            ALLOCATION_AT.forEach(percent -> cell(csv, run.curve().allocated()[percent]));
            FRAGMENTS_AT.forEach(percent -> cell(csv, run.curve().fragmented()[percent]));
            csv.append(String.format(Locale.ROOT, ",%.0f\n", run.podsPerSecond()));
        }));
        return csv.toString();
    }

    private static void cell(StringBuilder csv, double value) {
        csv.append(',');
        if (!Double.isNaN(value)) {
            csv.append(String.format(Locale.ROOT, "%.4f", value));
        }
    }

    private static String quoted(String text) {
        return text.contains(",") || text.contains("\"") ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }

    /// Two panels: allocation and fragments over what has arrived, means over the seeds.
    String svg() {
        var plot = new Plot();
        panel(plot, workload + ": allocated GPU, %", PlacementCurve::allocated);
        panel(plot, workload + ": fragments, % of the cluster's GPU", PlacementCurve::fragmented);
        return plot.draw();
    }

    private void panel(Plot plot, String title, Function<PlacementCurve, double[]> curve) {
        var means = new ArrayList<Plot.Curve>();
        byPolicy.forEach((policy, runs) -> {
            double[] mean = new double[PlacementCurve.MOST_PERCENT + 1];
            for (int percent = 0; percent < mean.length; percent++) {
                int at = percent;
                mean[percent] = mean(runs, run -> curve.apply(run.curve())[at]);
            }
            means.add(Plot.Curve.of(policy, mean));
        });
        plot.curves(title, Axis.fromZero("arrived GPU demand, % of the cluster"), Axis.fromZero(""), means);
    }

    private static double mean(List<Run> runs, ToDoubleFunction<Run> figure) {
        return runs.stream().mapToDouble(figure).average().orElse(Double.NaN);
    }

    private static double deviation(List<Run> runs, ToDoubleFunction<Run> figure, double mean) {
        double squares = runs.stream()
                .mapToDouble(run -> Math.pow(figure.applyAsDouble(run) - mean, 2))
                .sum();
        return Math.sqrt(squares / (runs.size() - 1));
    }
}
