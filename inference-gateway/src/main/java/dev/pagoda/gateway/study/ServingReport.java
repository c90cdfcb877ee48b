package dev.pagoda.gateway.study;

import dev.pagoda.gateway.report.BenchServe;
import dev.pagoda.gateway.report.Objective;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/// A study's result in the words of vLLM's `bench serve`, for people and for programs.
public final class ServingReport {
    private final ServingResult result;
    private final Optional<Slo> slo;
    private final Bill bill;
    private final Samples ttft;
    private final Samples tpot;
    private final Samples e2e;
    private final long promptTokens;
    private final long outputTokens;

    /// What a request must keep to be good.
    public record Slo(double ttftMillis, double tpotMillis, double e2eMillis) {
        public Slo {
            if (!(ttftMillis > 0) || !(tpotMillis > 0) || !(e2eMillis > 0)) {
                throw new IllegalArgumentException("an objective of ttft " + ttftMillis + " ms, tpot " + tpotMillis
                        + " ms and e2el " + e2eMillis + " ms is not above 0");
            }
        }

        public Slo(double ttftMillis, double tpotMillis) {
            this(ttftMillis, tpotMillis, Double.MAX_VALUE);
        }

        /// The bounds of an objective, each request's and those of percentiles alike; times between single tokens
        /// belong to no request.
        public static Slo of(Objective objective) {
            return new Slo(
                    objective.limitMillis(Objective.Measure.TTFT),
                    objective.limitMillis(Objective.Measure.TPOT),
                    objective.limitMillis(Objective.Measure.E2EL));
        }

        boolean isKeptBy(RequestOutcome each) {
            return each.isComplete()
                    && each.ttftMillis() <= ttftMillis
                    && each.e2eMillis() <= e2eMillis
                    && (each.outputTokens() < 2 || each.tpotMillis() <= tpotMillis);
        }
    }

    /// What devices cost.
    ///
    /// @param devices             of one engine
    /// @param usdPerHour          of one device; NaN when unknown
    /// @param idleJoulesPerSecond of the devices of one engine
    public record Bill(int devices, double usdPerHour, double idleJoulesPerSecond) {}

    public ServingReport(ServingResult result, Optional<Slo> slo, Bill bill) {
        this.result = result;
        this.slo = slo;
        this.bill = bill;
        List<RequestOutcome> complete = result.complete();
        this.ttft = samples(complete, RequestOutcome::ttftMillis);
        this.tpot = samples(complete, RequestOutcome::tpotMillis);
        this.e2e = samples(complete, RequestOutcome::e2eMillis);
        this.promptTokens =
                complete.stream().mapToLong(RequestOutcome::promptTokens).sum();
        this.outputTokens =
                complete.stream().mapToLong(RequestOutcome::outputTokens).sum();
    }

    private static Samples samples(List<RequestOutcome> all, ToDoubleFunction<RequestOutcome> figure) {
        var samples = new Samples();
        for (RequestOutcome each : all) {
            double value = figure.applyAsDouble(each);
            if (!Double.isNaN(value)) {
                samples.add(value);
            }
        }
        return samples;
    }

    /// Names and figures as `vllm bench serve --save-result` has them, then what a simulation knows beside.
    public Map<String, Object> json() {
        double seconds = Math.max(1e-9, result.durationSeconds());
        int completed = result.complete().size();
        var json = new LinkedHashMap<String, Object>();
        json.put("duration", seconds);
        json.put("completed", completed);
        json.put("failed", result.outcomes().size() - completed);
        json.put("total_input_tokens", promptTokens);
        json.put("total_output_tokens", outputTokens);
        json.put("request_throughput", completed / seconds);
        if (slo.isPresent()) {
            json.put("request_goodput", good() / seconds);
        }
        json.put("output_throughput", outputTokens / seconds);
        json.put("total_token_throughput", (promptTokens + outputTokens) / seconds);
        json.put("max_output_tokens_per_s", peakTokensPerSecond());
        json.put("max_concurrent_requests", peakRequests());
        put(json, "ttft", ttft);
        put(json, "tpot", tpot);
        put(json, "itl", result.interTokenMillis());
        put(json, "e2el", e2e);
        if (slo.isPresent()) {
            json.put(
                    "slo_attainment",
                    (double) good() / Math.max(1, result.outcomes().size()));
        }
        json.put("steps", result.totals().steps());
        json.put("preemptions", result.totals().preemptions());
        json.put("prefix_cache_hit_rate", result.totals().hitRate());
        json.put("prefix_cache_best_hit_rate", result.bestHitRate());
        if (result.transfers().count() > 0) {
            json.put("kv_transfers", result.transfers().count());
            json.put("kv_transfer_bytes", result.transfers().bytes());
            json.put("mean_kv_transfer_ms", result.transfers().meanMillis());
        }
        Disaggregation split = result.plan().split();
        if (split != null) {
            json.put("kv_link_bytes_per_second", split.bytesPerSecond());
            json.put("kv_link_latency_us", split.latencyNanos() / 1e3);
            json.put("kv_link_confidence", split.source());
        }
        json.put("engine_hours", result.fleet().engineSeconds() / 3_600);
        json.put("device_hours", deviceHours());
        if (!result.plan().fleet().isFixed()) {
            json.put("autoscaler", result.plan().fleet().scaling().label());
            json.put("cold_starts", result.fleet().coldStarts());
            json.put("hot_starts", result.fleet().hotStarts());
            json.put("requests_held", result.fleet().held());
            json.put("max_engines", result.fleet().most());
        }
        json.put("confidence", confidence());
        json.put("energy_joules", joules());
        json.put("energy_joules_per_request", joules() / Math.max(1, completed));
        json.put("energy_confidence", "estimated: idle share assumed, the rest fitted to an A100");
        if (!Double.isNaN(bill.usdPerHour())) {
            json.put("cost_usd", usd());
            json.put("cost_usd_per_request", usd() / Math.max(1, completed));
            json.put("cost_usd_per_million_output_tokens", usd() * 1e6 / Math.max(1, outputTokens));
        }
        return json;
    }

    private static void put(Map<String, Object> json, String name, Samples samples) {
        BenchServe.put(json, name, measured(samples));
    }

    private static BenchServe.Measured measured(Samples samples) {
        return new BenchServe.Measured(
                samples.mean(), samples.quantile(.5), samples.deviation(), samples.quantile(.9), samples.quantile(.99));
    }

    private double peakTokensPerSecond() {
        return result.ticks().stream()
                .mapToDouble(ServingResult.Tick::tokensPerSecond)
                .max()
                .orElse(0);
    }

    private int peakRequests() {
        return result.ticks().stream()
                .mapToInt(each -> each.running() + each.waiting())
                .max()
                .orElse(0);
    }

    private long good() {
        return slo.map(each -> result.outcomes().stream().filter(each::isKeptBy).count())
                .orElse(0L);
    }

    private double joules() {
        return result.totals().activeJoules()
                + bill.idleJoulesPerSecond() * result.fleet().engineSeconds();
    }

    private double usd() {
        return deviceHours() * bill.usdPerHour();
    }

    /// Time that engines held devices.
    public double deviceHours() {
        return bill.devices() * result.fleet().engineSeconds() / 3_600;
    }

    /// Share of all requests that kept the objective; 0 when there is none.
    public double attainment() {
        return (double) good() / Math.max(1, result.outcomes().size());
    }

    /// The time at a percentile.
    ///
    /// @param percent 0 to 100
    public double millisAt(Objective.Measure measure, double percent) {
        Samples samples = switch (measure) {
            case TTFT -> ttft;
            case TPOT -> tpot;
            case ITL -> result.interTokenMillis();
            case E2EL -> e2e;
        };
        return samples.quantile(percent / 100);
    }

    private String confidence() {
        return switch (result.confidence()) {
            case MEASURED -> "measured operators";
            case FITTED -> "fitted coefficients";
            case ESTIMATED -> "estimated +-25 %";
        };
    }

    /// The block that `vllm bench serve` prints, then what a simulation knows beside.
    public List<String> lines() {
        double seconds = Math.max(1e-9, result.durationSeconds());
        int completed = result.complete().size();
        var lines = new ArrayList<String>();
        lines.add(title(" Serving Benchmark Result ", '='));
        lines.add(row("Successful requests:", completed));
        lines.add(row("Failed requests:", result.outcomes().size() - completed));
        lines.add(row("Benchmark duration (s):", seconds));
        lines.add(row("Total input tokens:", promptTokens));
        lines.add(row("Total generated tokens:", outputTokens));
        lines.add(row("Request throughput (req/s):", completed / seconds));
        if (slo.isPresent()) {
            lines.add(row("Request goodput (req/s):", good() / seconds));
        }
        lines.add(row("Output token throughput (tok/s):", outputTokens / seconds));
        lines.add(row("Peak output token throughput (tok/s):", peakTokensPerSecond()));
        lines.add(row("Peak concurrent requests:", (double) peakRequests()));
        lines.add(row("Total token throughput (tok/s):", (promptTokens + outputTokens) / seconds));
        block(lines, "Time to First Token", "TTFT", ttft);
        block(lines, "Time per Output Token (excl. 1st token)", "TPOT", tpot);
        block(lines, "Inter-token Latency", "ITL", result.interTokenMillis());
        block(lines, "End-to-end Latency", "E2EL", e2e);
        lines.add(title("Engines", '-'));
        if (slo.isPresent()) {
            lines.add(row(
                    "Requests within the SLO (%):",
                    100.0 * good() / Math.max(1, result.outcomes().size())));
        }
        lines.add(row("Steps:", result.totals().steps()));
        lines.add(row("Preemptions:", result.totals().preemptions()));
        lines.add(row("Prefix cache hit rate (%):", 100 * result.totals().hitRate()));
        lines.add(row("Best hit rate of an endless cache (%):", 100 * result.bestHitRate()));
        Disaggregation split = result.plan().split();
        if (split != null) {
            lines.add(row("Mean KV transfer (ms):", result.transfers().meanMillis()));
            lines.add(row("KV link (GB/s):", split.bytesPerSecond() / 1e9));
            lines.add(row("KV link latency (us):", split.latencyNanos() / 1e3));
            lines.add(String.format(Locale.ROOT, "%-40s %s", "KV link is from:", split.source()));
        }
        lines.add(row("Device-hours:", deviceHours()));
        if (!result.plan().fleet().isFixed()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%-40s %s",
                    "Autoscaler:",
                    result.plan().fleet().scaling().label()));
            lines.add(row("Cold starts:", result.fleet().coldStarts()));
            lines.add(
                    row("Starts on nodes that had the weights:", result.fleet().hotStarts()));
            lines.add(row("Requests held for a first engine:", result.fleet().held()));
            lines.add(row("Most engines:", result.fleet().most()));
        }
        lines.add(row("Energy per request (J), estimated:", joules() / Math.max(1, completed)));
        if (!Double.isNaN(bill.usdPerHour())) {
            lines.add(row("Cost per 1000 requests (USD):", 1_000 * usd() / Math.max(1, completed)));
        }
        lines.add(String.format(Locale.ROOT, "%-40s %s", "Times are from:", confidence()));
        lines.add("=".repeat(BenchServe.WIDTH));
        return lines;
    }

    private static void block(List<String> lines, String title, String name, Samples samples) {
        BenchServe.block(lines, title, name, measured(samples));
    }

    private static String title(String text, char line) {
        return BenchServe.title(text, line);
    }

    private static String row(String label, double value) {
        return BenchServe.row(label, value);
    }

    private static String row(String label, long value) {
        return BenchServe.row(label, value);
    }

    /// A row for each request, times in seconds since the trace began.
    public String requestsCsv() {
        var csv = new StringBuilder("request,engine,prompt_tokens,cached_tokens,output_tokens,preemptions,arrival_s,"
                + "scheduled_s,first_token_s,last_token_s,ttft_ms,tpot_ms,e2e_ms\n");
        for (RequestOutcome each : result.outcomes()) {
            csv.append(String.format(
                    Locale.ROOT,
                    "%d,%d,%d,%d,%d,%d,%.6f",
                    each.index(),
                    each.engine(),
                    each.promptTokens(),
                    each.cachedTokens(),
                    each.outputTokens(),
                    each.preemptions(),
                    each.arrivalNanos() / 1e9));
            if (each.isComplete()) {
                csv.append(String.format(
                        Locale.ROOT,
                        ",%.6f,%.6f,%.6f,%.3f,%s,%.3f%n",
                        each.scheduledNanos() / 1e9,
                        each.firstNanos() / 1e9,
                        each.lastNanos() / 1e9,
                        each.ttftMillis(),
                        each.outputTokens() < 2 ? "" : String.format(Locale.ROOT, "%.3f", each.tpotMillis()),
                        each.e2eMillis()));
            } else {
                csv.append(",,,,,,\n");
            }
        }
        return csv.toString().replace(System.lineSeparator(), "\n");
    }

    /// A row for each tick: queue depth, batch, KV cache and rate over time.
    public String ticksCsv() {
        var csv = new StringBuilder("time_s,running,waiting,kv_usage,tokens_per_s,engines,ready\n");
        for (ServingResult.Tick each : result.ticks()) {
            csv.append(String.format(
                            Locale.ROOT,
                            "%.3f,%d,%d,%.4f,%.1f,%d,%d",
                            each.atNanos() / 1e9,
                            each.running(),
                            each.waiting(),
                            each.kvUsage(),
                            each.tokensPerSecond(),
                            each.engines(),
                            each.ready()))
                    .append('\n');
        }
        return csv.toString();
    }
}
