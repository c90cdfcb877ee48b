package dev.pagoda.deploy.simulate;

import dev.pagoda.gateway.report.Axis;
import dev.pagoda.gateway.report.Objective;
import dev.pagoda.gateway.report.Plot;
import dev.pagoda.gateway.study.CapacityCandidate;
import dev.pagoda.gateway.study.CapacityResult;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What a search for capacity found, for people and for programs.
final class CapacityTable {
    /// Fleets that cost more times the best are left out of the picture.
    private static final double DRAWN_COST = 3;

    private final CapacityResult result;
    private final Objective objective;
    private final double attainment;
    private final int requests;
    private final Map<String, String> unfit;

    /// @param unfit why offers cannot serve the trace at all, by their names
    CapacityTable(
            CapacityResult result, Objective objective, double attainment, int requests, Map<String, String> unfit) {
        this.result = result;
        this.objective = objective;
        this.attainment = attainment;
        this.requests = requests;
        this.unfit = Collections.unmodifiableMap(new LinkedHashMap<>(unfit));
    }

    List<String> lines() {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT,
                "%d requests within %s%s; + enough, * on the Pareto front of attainment and price",
                requests,
                objective.label(),
                objective.boundsEach() ? String.format(Locale.ROOT, " for %.2f %% of them", 100 * attainment) : ""));
        lines.add(String.format(
                Locale.ROOT,
                "   %-28s %7s %9s %12s %10s %8s %10s %10s",
                "fleet",
                "devices",
                "USD/h",
                "USD/1M out",
                "J/request",
                "SLO %",
                "p99 TTFT",
                "p99 TPOT"));
        for (CapacityCandidate each : byPrice()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s%s %-28s %7d %9.2f %12.3f %10.1f %8.2f %10.1f %10.2f",
                    each.isEnough() ? "+" : " ",
                    result.isOnFront(each) ? "*" : " ",
                    each.name(),
                    each.devices(),
                    each.usdPerHour(),
                    each.figure("cost_usd_per_million_output_tokens"),
                    each.figure("energy_joules_per_request"),
                    100 * each.attainment(),
                    each.figure("p99_ttft_ms"),
                    each.figure("p99_tpot_ms")));
        }
        var byReason = new LinkedHashMap<String, List<String>>();
        result.passed()
                .forEach(each -> byReason.computeIfAbsent(each.reason(), reason -> new ArrayList<>())
                        .add(each.offer().name()));
        if (!byReason.isEmpty() || !unfit.isEmpty()) {
            lines.add("");
            lines.add("passed by");
            byReason.forEach((reason, names) -> lines.add("  " + reason + ": " + String.join(", ", names)));
            if (!unfit.isEmpty()) {
                lines.add("  the model or the longest request does not fit: " + String.join(", ", unfit.keySet()));
            }
        }
        result.best().ifPresent(best -> {
            lines.add("");
            lines.add(String.format(
                    Locale.ROOT,
                    "best: %s, %.2f USD/h, %.3f USD per 1M output tokens, %.2f %% of the requests within the bounds"
                            + " (times: %s)",
                    best.name(),
                    best.usdPerHour(),
                    best.figure("cost_usd_per_million_output_tokens"),
                    100 * best.attainment(),
                    best.figures().get("confidence")));
        });
        return lines;
    }

    /// The sentence for when nothing is enough.
    String shortfall(int mostEngines) {
        String sentence = "no fleet of up to " + mostEngines + " engines keeps " + objective.label();
        Optional<CapacityCandidate> nearest = result.nearest();
        if (nearest.isEmpty()) {
            List<CapacityResult.Passed> passed = result.passed();
            return sentence
                    + (passed.isEmpty()
                            ? ""
                            : ": " + passed.getFirst().offer().name() + ": "
                                    + passed.getFirst().reason());
        }
        CapacityCandidate near = nearest.get();
        return String.format(
                Locale.ROOT,
                "%s; the nearest is %s for %.2f USD/h: %.2f %% of the requests within the bounds%s",
                sentence,
                near.name(),
                near.usdPerHour(),
                100 * near.attainment(),
                objective.hasPercentiles()
                        ? String.format(Locale.ROOT, ", the worst percentile %.2f times what is asked", near.strain())
                        : "");
    }

    private List<CapacityCandidate> byPrice() {
        return result.candidates().stream()
                .sorted(Comparator.comparingDouble(CapacityCandidate::usdPerHour)
                        .thenComparing(CapacityCandidate::name))
                .toList();
    }

    Map<String, Object> json() {
        var json = new LinkedHashMap<String, Object>();
        json.put("objective", objective.label());
        json.put("attainment", attainment);
        json.put("requests", requests);
        json.put("best", result.best().map(this::json).orElse(null));
        json.put("nearest", result.nearest().map(this::json).orElse(null));
        json.put("candidates", byPrice().stream().map(this::json).toList());
        var passed = new ArrayList<Map<String, String>>();
        for (CapacityResult.Passed each : result.passed()) {
            var row = new LinkedHashMap<String, String>();
            row.put("offer", each.offer().name());
            row.put("reason", each.reason());
            passed.add(row);
        }
        json.put("passed", passed);
        json.put("unfit", unfit);
        return json;
    }

    private Map<String, Object> json(CapacityCandidate each) {
        var json = new LinkedHashMap<String, Object>();
        json.put("fleet", each.name());
        json.put("offer", each.offer().name());
        json.put("engines", each.engines());
        json.put("devices", each.devices());
        json.put("usd_per_hour", each.usdPerHour());
        json.put("enough", each.isEnough());
        json.put("on_front", result.isOnFront(each));
        json.put("slo_attainment", each.attainment());
        if (objective.hasPercentiles()) {
            json.put("percentile_strain", each.strain());
        }
        json.putAll(each.figures());
        return json;
    }

    String csv() {
        var csv = new StringBuilder("fleet,offer,engines,devices,usd_per_hour,enough,on_front,slo_attainment,"
                + "percentile_strain,usd_per_million_output_tokens,energy_joules_per_request,mean_ttft_ms,p99_ttft_ms,"
                + "mean_tpot_ms,p99_tpot_ms,request_throughput,output_throughput\n");
        for (CapacityCandidate each : byPrice()) {
            csv.append(String.format(
                            Locale.ROOT,
                            "%s,%s,%d,%d,%.4f,%b,%b,%.6f,%.6f,%.6f,%.3f,%.3f,%.3f,%.3f,%.3f,%.6f,%.3f",
                            each.name(),
                            each.offer().name(),
                            each.engines(),
                            each.devices(),
                            each.usdPerHour(),
                            each.isEnough(),
                            result.isOnFront(each),
                            each.attainment(),
                            each.strain(),
                            each.figure("cost_usd_per_million_output_tokens"),
                            each.figure("energy_joules_per_request"),
                            each.figure("mean_ttft_ms"),
                            each.figure("p99_ttft_ms"),
                            each.figure("mean_tpot_ms"),
                            each.figure("p99_tpot_ms"),
                            each.figure("request_throughput"),
                            each.figure("output_throughput")))
                    .append('\n');
        }
        return csv.toString();
    }

    /// Attainment over price.
    String picture() {
        double most =
                DRAWN_COST * result.best().map(CapacityCandidate::usdPerHour).orElse(Double.MAX_VALUE / DRAWN_COST);
        List<Plot.Point> points = result.candidates().stream()
                .filter(each -> each.usdPerHour() <= most)
                .map(each ->
                        new Plot.Point(each.name(), each.usdPerHour(), 100 * each.attainment(), result.isOnFront(each)))
                .toList();
        return new Plot()
                .points("Requests within the objective, %", Axis.fromZero("USD an hour"), Axis.fitted(""), points)
                .draw();
    }
}
