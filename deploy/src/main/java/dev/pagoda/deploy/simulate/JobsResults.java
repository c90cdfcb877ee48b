package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.sim.JobReport;
import dev.pagoda.gateway.report.Axis;
import dev.pagoda.gateway.report.Plot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/// The reports of a study of jobs as tables for people and for programs.
final class JobsResults {
    /// From this time on hours are told.
    private static final double LONG_SECONDS = 36_000;

    private static final double HOUR = 3600;
    private static final int CURVE_POINTS = 401;

    private final String workload;
    private final Map<String, List<Run>> byPolicy = new LinkedHashMap<>();

    /// @param workload what to call the trace
    JobsResults(String workload) {
        this.workload = workload;
    }

    /// One seed of one policy.
    ///
    /// @param report of the jobs that count
    record Run(long seed, JobReport report) {}

    void add(String policy, Run run) {
        byPolicy.computeIfAbsent(policy, each -> new ArrayList<>()).add(run);
    }

    /// Means over the seeds, with the standard deviation of the mean completion time where there are several.
    List<String> lines() {
        boolean isLong = byPolicy.values().stream()
                .flatMap(List::stream)
                .anyMatch(run -> run.report().completion(0.99) >= LONG_SECONDS);
        double unit = isLong ? HOUR : 1;
        int width = byPolicy.keySet().stream().mapToInt(String::length).max().orElse(0);
        String name = "%-" + Math.max(6, width) + "s";
        List<String> lines = new ArrayList<>();
        lines.add("times in " + (isLong ? "hours" : "seconds") + "; gain: mean completion time of "
                + byPolicy.keySet().iterator().next() + " over this one's");
        lines.add(String.format(
                Locale.ROOT,
                name + "%16s%8s%10s%10s%10s%10s%10s%9s%9s%7s%10s  %s",
                "policy",
                "completion mean",
                "gain",
                "median",
                "p99",
                "makespan",
                "wait mean",
                "wait p99",
                "fairness",
                "p99",
                "Jain",
                "preempted",
                "utilisation"));
        double first = mean(byPolicy.values().iterator().next(), JobReport::meanCompletion);
        byPolicy.forEach((policy, runs) -> {
            double completion = mean(runs, JobReport::meanCompletion);
            lines.add(String.format(
                    Locale.ROOT,
                    name + "%16s%8.2f%10.2f%10.2f%10.2f%10.2f%10.2f%9.2f%9.2f%7.3f%,10.0f  %s",
                    policy,
                    spread(runs, completion, unit),
                    first / completion,
                    mean(runs, report -> report.completion(0.5)) / unit,
                    mean(runs, report -> report.completion(0.99)) / unit,
                    mean(runs, JobReport::makespanSeconds) / unit,
                    mean(runs, JobReport::meanQueueing) / unit,
                    mean(runs, report -> report.queueing(0.99)) / unit,
                    mean(runs, JobReport::meanFairness),
                    mean(runs, report -> report.fairness(0.99)),
                    mean(runs, JobReport::jain),
                    mean(runs, JobReport::preemptions),
                    utilisation(runs)));
        });
        return lines;
    }

    private static String spread(List<Run> runs, double mean, double unit) {
        String figure = String.format(Locale.ROOT, "%.2f", mean / unit);
        if (runs.size() == 1) {
            return figure;
        }
        double squares = runs.stream()
                .mapToDouble(run -> Math.pow(run.report().meanCompletion() - mean, 2))
                .sum();
        return figure + String.format(Locale.ROOT, " ±%.2f", Math.sqrt(squares / (runs.size() - 1)) / unit);
    }

    private static String utilisation(List<Run> runs) {
        List<JobReport.Utilisation> pools = runs.getFirst().report().utilisation();
        List<String> told = new ArrayList<>();
        for (int i = 0; i < pools.size(); i++) {
            int pool = i;
            double share = mean(runs, report -> report.utilisation().get(pool).share());
            told.add(String.format(Locale.ROOT, "%s %.0f %%", pools.get(i).device(), 100 * share));
        }
        return String.join(", ", told);
    }

    private static double mean(List<Run> runs, ToDoubleFunction<JobReport> figure) {
        return runs.stream()
                .mapToDouble(run -> figure.applyAsDouble(run.report()))
                .average()
                .orElseThrow();
    }

    /// A row for each policy and seed; times in seconds.
    String csv() {
        String pools = byPolicy.values().iterator().next().getFirst().report().utilisation().stream()
                .map(each -> ",util_" + each.device())
                .collect(Collectors.joining());
        StringBuilder csv = new StringBuilder("workload,policy,seed,jobs,jct_mean_s,jct_median_s,jct_p99_s,makespan_s,"
                + "wait_mean_s,wait_p99_s,fairness_mean,fairness_p99,jain,preemptions" + pools + "\n");
        byPolicy.forEach((policy, runs) -> runs.forEach(run -> {
            JobReport report = run.report();
            csv.append(String.format(
                    Locale.ROOT,
                    "%s,%s,%d,%d,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.4f,%.4f,%.4f,%d",
                    quoted(workload),
                    policy,
                    run.seed(),
                    report.outcomes().size(),
                    report.meanCompletion(),
                    report.completion(0.5),
                    report.completion(0.99),
                    report.makespanSeconds(),
                    report.meanQueueing(),
                    report.queueing(0.99),
                    report.meanFairness(),
                    report.fairness(0.99),
                    report.jain(),
                    report.preemptions()));
            report.utilisation().forEach(each -> csv.append(String.format(Locale.ROOT, ",%.4f", each.share())));
            csv.append('\n');
        }));
        return csv.toString();
    }

    private static String quoted(String text) {
        return text.contains(",") || text.contains("\"") ? '"' + text.replace("\"", "\"\"") + '"' : text;
    }

    /// The completion times of all seeds together, a curve for each policy: which part of the jobs had ended after how
    /// long.
    String svg() {
        var curves = new ArrayList<Plot.Curve>();
        byPolicy.forEach((policy, runs) -> curves.add(ended(
                policy,
                runs.stream()
                        .flatMapToDouble(run -> Arrays.stream(run.report().completions()))
                        .sorted()
                        .toArray())));
        return new Plot()
                .curves(
                        workload,
                        Axis.log("completion time, s: part of the jobs that took no more"),
                        Axis.within("", 0, 1),
                        curves)
                .draw();
    }

    private static Plot.Curve ended(String policy, double[] sorted) {
        var seconds = new double[CURVE_POINTS];
        var part = new double[CURVE_POINTS];
        for (int i = 0; i < CURVE_POINTS; i++) {
            part[i] = (double) i / (CURVE_POINTS - 1);
            seconds[i] = sorted[(int) Math.min(sorted.length - 1, Math.floor(part[i] * sorted.length))];
        }
        return new Plot.Curve(policy, seconds, part, false);
    }
}
