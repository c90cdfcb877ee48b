package dev.pagoda.gateway.study;

import dev.pagoda.gateway.model.RequestModel;
import dev.pagoda.gateway.model.RequestWork;
import dev.pagoda.gateway.report.BenchServe;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/// What a [RequestStudy] found, in the form of vLLM's `bench serve`, for people and for programs.
public final class RequestReport {
    private static final double IDLE_SHARE = .15;

    private final RequestModel model;
    private final List<TimedWork> trace;
    private final RequestStudy.Result result;
    private final Terms terms;

    /// What the devices are and how good an answer must be.
    ///
    /// @param usdPerHour of one device; NaN when unknown
    /// @param watts      of one device that works
    /// @param e2eMillis  within which a request is good, if there is a bound
    public record Terms(int devices, double usdPerHour, double watts, OptionalDouble e2eMillis) {}

    public RequestReport(RequestModel model, List<TimedWork> trace, RequestStudy.Result result, Terms terms) {
        this.model = model;
        this.trace = trace;
        this.result = result;
        this.terms = terms;
    }

    private BenchServe.Measured measured(ToDoubleFunction<RequestStudy.Outcome> figure) {
        var samples = new Samples();
        result.outcomes().forEach(each -> samples.add(figure.applyAsDouble(each)));
        return new BenchServe.Measured(
                samples.mean(), samples.quantile(.5), samples.deviation(), samples.quantile(.9), samples.quantile(.99));
    }

    private double seconds() {
        long begin = trace.isEmpty() ? 0 : trace.getFirst().arrivalNanos();
        return Math.max(1e-9, (result.endNanos() - begin) / 1e9);
    }

    private String unit() {
        return switch (model.kind()) {
            case EMBEDDING, RERANK -> "texts";
            case IMAGE -> "images";
            case SPEECH, TRANSCRIPTION -> "seconds of sound";
        };
    }

    private double units() {
        return trace.stream().mapToDouble(each -> units(each.work())).sum();
    }

    private static double units(RequestWork work) {
        return switch (work) {
            case RequestWork.Texts texts -> texts.tokens().size();
            case RequestWork.Pictures pictures -> pictures.count();
            case RequestWork.Sound sound -> sound.seconds();
        };
    }

    private long tokens() {
        return trace.stream()
                .mapToLong(each -> each.work() instanceof RequestWork.Texts texts
                        ? texts.tokens().stream().mapToLong(token -> token).sum()
                        : 0)
                .sum();
    }

    private double utilisation() {
        return result.busyNanos() / 1e9 / (seconds() * terms.devices());
    }

    private double joules() {
        double idle = seconds() * terms.devices() - result.busyNanos() / 1e9;
        return terms.watts() * (result.busyNanos() / 1e9 + IDLE_SHARE * Math.max(0, idle));
    }

    private double deviceHours() {
        return seconds() * terms.devices() / 3_600;
    }

    private double usd() {
        return deviceHours() * terms.usdPerHour();
    }

    private long good() {
        double bound = terms.e2eMillis().orElse(Double.MAX_VALUE);
        return result.outcomes().stream()
                .filter(each -> each.e2eMillis() <= bound)
                .count();
    }

    private double together() {
        return result.outcomes().stream()
                .mapToInt(RequestStudy.Outcome::together)
                .average()
                .orElse(0);
    }

    /// Names and figures as `vllm bench serve --save-result` has them where it has them.
    public Map<String, Object> json() {
        int completed = result.outcomes().size();
        var json = new LinkedHashMap<String, Object>();
        json.put("duration", seconds());
        json.put("completed", completed);
        json.put("failed", trace.size() - completed);
        json.put("total_input_tokens", tokens());
        json.put("kind", model.kind().name().toLowerCase(Locale.ROOT));
        json.put("unit", unit());
        json.put("total_units", units());
        json.put("request_throughput", completed / seconds());
        json.put("unit_throughput", units() / seconds());
        if (terms.e2eMillis().isPresent()) {
            json.put("request_goodput", good() / seconds());
            json.put("slo_attainment", (double) good() / Math.max(1, trace.size()));
        }
        BenchServe.put(json, "queue", measured(RequestStudy.Outcome::waitMillis));
        BenchServe.put(json, "e2el", measured(RequestStudy.Outcome::e2eMillis));
        json.put("mean_requests_together", together());
        json.put("utilisation", utilisation());
        json.put("device_hours", deviceHours());
        json.put("confidence", "estimated +-25 %");
        json.put("energy_joules", joules());
        json.put("energy_joules_per_request", joules() / Math.max(1, completed));
        if (!Double.isNaN(terms.usdPerHour())) {
            json.put("cost_usd", usd());
            json.put("cost_usd_per_request", usd() / Math.max(1, completed));
        }
        return json;
    }

    /// The block that `vllm bench serve` prints, as far as it fits.
    public List<String> lines() {
        int completed = result.outcomes().size();
        var lines = new ArrayList<String>();
        lines.add(BenchServe.title(" Serving Benchmark Result ", '='));
        lines.add(BenchServe.row("Successful requests:", completed));
        lines.add(BenchServe.row("Failed requests:", trace.size() - completed));
        lines.add(BenchServe.row("Benchmark duration (s):", seconds()));
        if (tokens() > 0) {
            lines.add(BenchServe.row("Total input tokens:", tokens()));
        }
        lines.add(BenchServe.row("Total " + unit() + ":", units()));
        lines.add(BenchServe.row("Request throughput (req/s):", completed / seconds()));
        if (terms.e2eMillis().isPresent()) {
            lines.add(BenchServe.row("Request goodput (req/s):", good() / seconds()));
        }
        lines.add(BenchServe.row("Throughput (" + unit() + "/s):", units() / seconds()));
        BenchServe.block(lines, "Wait for a device", "queue", measured(RequestStudy.Outcome::waitMillis));
        BenchServe.block(lines, "End-to-end Latency", "E2EL", measured(RequestStudy.Outcome::e2eMillis));
        lines.add(BenchServe.title("Devices", '-'));
        if (terms.e2eMillis().isPresent()) {
            lines.add(BenchServe.row("Requests within the SLO (%):", 100.0 * good() / Math.max(1, trace.size())));
        }
        lines.add(BenchServe.row("Requests answered together:", together()));
        lines.add(BenchServe.row("Devices at work (%):", 100 * utilisation()));
        lines.add(BenchServe.row("Device-hours:", deviceHours()));
        lines.add(BenchServe.row("Energy per request (J), estimated:", joules() / Math.max(1, completed)));
        if (!Double.isNaN(terms.usdPerHour())) {
            lines.add(BenchServe.row("Cost per 1000 requests (USD):", 1_000 * usd() / Math.max(1, completed)));
        }
        lines.add(String.format(Locale.ROOT, "%-40s %s", "Times are:", "estimated +-25 %"));
        lines.add("=".repeat(BenchServe.WIDTH));
        return lines;
    }

    /// A row for each request, times in seconds since the trace began.
    public String requestsCsv() {
        var csv = new StringBuilder("request,device,together,arrival_s,started_s,ended_s,queue_ms,e2e_ms\n");
        for (RequestStudy.Outcome each : result.outcomes()) {
            csv.append(String.format(
                            Locale.ROOT,
                            "%d,%d,%d,%.6f,%.6f,%.6f,%.3f,%.3f",
                            each.index(),
                            each.device(),
                            each.together(),
                            each.arrivalNanos() / 1e9,
                            each.startNanos() / 1e9,
                            each.endNanos() / 1e9,
                            each.waitMillis(),
                            each.e2eMillis()))
                    .append('\n');
        }
        return csv.toString();
    }
}
