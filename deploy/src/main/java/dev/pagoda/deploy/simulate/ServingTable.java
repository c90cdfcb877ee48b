package dev.pagoda.deploy.simulate;

import dev.pagoda.gateway.report.Axis;
import dev.pagoda.gateway.report.Plot;
import dev.pagoda.gateway.study.ServingReport;
import dev.pagoda.gateway.study.ServingResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Serving studies of one trace beside each other: what each policy attains, and for how many device-hours. A row is on
/// the Pareto front when no other attains as much for less, or more for as much.
final class ServingTable {
    private final List<Row> rows = new ArrayList<>();

    /// @param attainment share of requests within the objective
    private record Row(
            String policy,
            String autoscaler,
            double attainment,
            double deviceHours,
            int coldStarts,
            int hotStarts,
            int held,
            int mostEngines,
            double meanTtft,
            double p99Ttft,
            double meanTpot,
            double hitRate,
            double bestHitRate) {
        boolean isBeatenBy(Row other) {
            return other.attainment >= attainment
                    && other.deviceHours <= deviceHours
                    && (other.attainment > attainment || other.deviceHours < deviceHours);
        }
    }

    void add(ServingResult result, ServingReport report) {
        Map<String, Object> figures = report.json();
        rows.add(new Row(
                result.plan().routing().label(),
                result.plan().fleet().scaling().label(),
                report.attainment(),
                report.deviceHours(),
                result.fleet().coldStarts(),
                result.fleet().hotStarts(),
                result.fleet().held(),
                result.fleet().most(),
                number(figures, "mean_ttft_ms"),
                number(figures, "p99_ttft_ms"),
                number(figures, "mean_tpot_ms"),
                result.totals().hitRate(),
                result.bestHitRate()));
    }

    private static double number(Map<String, Object> figures, String name) {
        return figures.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    private boolean isOnFront(Row row) {
        return rows.stream().noneMatch(row::isBeatenBy);
    }

    /// @param objective as users write it
    List<String> lines(String objective) {
        var lines = new ArrayList<String>();
        lines.add("objective " + objective + "; * on the Pareto front of attainment and device-hours");
        lines.add(String.format(
                Locale.ROOT,
                "  %-16s %-16s %7s %8s %9s %6s %6s %6s %5s %10s %10s %9s %7s %7s",
                "policy",
                "autoscaler",
                "SLO %",
                "device-h",
                "good/d-h",
                "cold",
                "hot",
                "held",
                "most",
                "TTFT ms",
                "p99 TTFT",
                "TPOT ms",
                "hit %",
                "best %"));
        for (Row row : rows) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s %-16s %-16s %7.2f %8.3f %9.3f %6d %6d %6d %5d %10.1f %10.1f %9.2f %7.2f %7.2f",
                    isOnFront(row) ? "*" : " ",
                    row.policy,
                    row.autoscaler,
                    100 * row.attainment,
                    row.deviceHours,
                    row.attainment / row.deviceHours,
                    row.coldStarts,
                    row.hotStarts,
                    row.held,
                    row.mostEngines,
                    row.meanTtft,
                    row.p99Ttft,
                    row.meanTpot,
                    100 * row.hitRate,
                    100 * row.bestHitRate));
        }
        return lines;
    }

    String csv() {
        var csv =
                new StringBuilder("policy,autoscaler,slo_attainment,device_hours,cold_starts,hot_starts,requests_held,"
                        + "max_engines,mean_ttft_ms,p99_ttft_ms,mean_tpot_ms,prefix_cache_hit_rate,"
                        + "prefix_cache_best_hit_rate,on_front\n");
        for (Row row : rows) {
            csv.append(String.format(
                            Locale.ROOT,
                            "%s,\"%s\",%.6f,%.6f,%d,%d,%d,%d,%.3f,%.3f,%.3f,%.6f,%.6f,%b",
                            row.policy,
                            row.autoscaler,
                            row.attainment,
                            row.deviceHours,
                            row.coldStarts,
                            row.hotStarts,
                            row.held,
                            row.mostEngines,
                            row.meanTtft,
                            row.p99Ttft,
                            row.meanTpot,
                            row.hitRate,
                            row.bestHitRate,
                            isOnFront(row)))
                    .append('\n');
        }
        return csv.toString();
    }

    /// Attainment over device-hours.
    String picture() {
        boolean onePolicy = rows.stream().map(Row::policy).distinct().count() == 1;
        boolean oneScaler = rows.stream().map(Row::autoscaler).distinct().count() == 1;
        var points = new ArrayList<Plot.Point>();
        for (Row row : rows) {
            String name = onePolicy ? row.autoscaler : oneScaler ? row.policy : row.policy + " " + row.autoscaler;
            points.add(new Plot.Point(name, row.deviceHours, 100 * row.attainment, isOnFront(row)));
        }
        return new Plot()
                .points("Requests within the objective, %", Axis.fromZero("device-hours"), Axis.fitted(""), points)
                .draw();
    }
}
