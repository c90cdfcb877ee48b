package dev.pagoda.gateway.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.pagoda.gateway.report.BenchServe;
import dev.pagoda.gateway.report.Objective;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What a run measured. Latencies run from the intended send time; rates are over `elapsedSeconds`.
///
/// @param mostInFlight requests at once
/// @param times        in full
/// @param cutIds the target's ids of requests that did not complete here; not printed
record LoadReport(
        double elapsedSeconds,
        Requests requests,
        Tokens tokens,
        Percentiles firstToken,
        Percentiles interToken,
        Percentiles perOutputToken,
        Percentiles total,
        Map<String, Long> errors,
        List<String> cutIds,
        Objectives objectives,
        int mostInFlight,
        LoadTimes times) {

    /// Of all requests that were due, what a run that keeps an objective may lose.
    private static final double LOST_SHARE = .01;

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /// Requests by how they ended: `started = completed + aborted + interrupted + failed` after a run.
    ///
    /// @param withoutUsage completed ones whose stream told no usage
    /// @param unsent       due within the run, but still waiting for a free client when it ended
    record Requests(
            long started,
            long completed,
            long aborted,
            long interrupted,
            long failed,
            long withoutUsage,
            long unsent) {}

    /// Tokens of completed requests as the target counted them, and content chunks of completed and aborted streams.
    record Tokens(long prompt, long completion, long chunks) {}

    /// What was asked of the requests, if anything.
    ///
    /// @param good completed requests within all bounds
    record Objectives(Optional<Objective> asked, long good) {}

    /// Share of the requests that ended or were due that are within all bounds; aborted ones, which left by themselves,
    /// are left out.
    double attainment() {
        long due = requests.completed() + requests.failed() + requests.unsent();
        return due == 0 ? 0 : (double) objectives.good() / due;
    }

    /// Whether the run kept an objective: its percentiles hold, enough requests are within the bounds of each, and
    /// hardly any failed or were left unsent.
    ///
    /// @param wanted share of requests for bounds of each
    boolean holds(Objective objective, double wanted) {
        long lost = requests.failed() + requests.unsent();
        long due = requests.completed() + lost;
        return requests.completed() > 0
                && lost <= LOST_SHARE * due
                && objective.strain(times::millisAt) <= 1
                && (!objective.boundsEach() || attainment() >= wanted);
    }

    double requestsPerSecond() {
        return elapsedSeconds > 0 ? requests.completed() / elapsedSeconds : 0;
    }

    double outputTokensPerSecond() {
        return elapsedSeconds > 0 ? tokens.completion() / elapsedSeconds : 0;
    }

    /// The report as a person reads it.
    String text() {
        var out = new StringBuilder(2048);
        benchServe().forEach(line -> out.append(line).append(System.lineSeparator()));
        out.append(System.lineSeparator());
        String interrupted = requests.interrupted() > 0 ? ", " + count(requests.interrupted()) + " interrupted" : "";
        String untold =
                requests.withoutUsage() > 0 ? ", " + count(requests.withoutUsage()) + " responses told none" : "";
        line(
                out,
                "requests",
                count(requests.completed()) + " completed, " + count(requests.aborted()) + " aborted, "
                        + count(requests.failed()) + " failed" + interrupted + " in " + rate(elapsedSeconds) + " s");
        line(
                out,
                "throughput",
                rate(requestsPerSecond()) + " requests/s, " + rate(outputTokensPerSecond()) + " output tokens/s");
        line(
                out,
                "usage",
                count(tokens.prompt()) + " prompt + " + count(tokens.completion())
                        + " completion tokens in completed responses" + untold);
        if (requests.unsent() > 0) {
            line(out, "unsent", count(requests.unsent()) + " were due but no client was free before the end");
        }
        out.append('\n');
        out.append("%-22s%10s%10s%10s%10s%10s%10s%n"
                .formatted("latency in ms", "mean", "p50", "p90", "p95", "p99", "max"));
        out.append(row("time to first token", firstToken));
        out.append(row("inter-token", interToken));
        out.append(row("per output token", perOutputToken));
        out.append(row("total", total));
        if (!errors.isEmpty()) {
            out.append("\nerrors\n");
            new TreeMap<>(errors).forEach((kind, times) -> out.append("  %8s  %s%n".formatted(count(times), kind)));
        }
        return out.toString();
    }

    /// The block that `vllm bench serve` prints.
    private List<String> benchServe() {
        var lines = new ArrayList<String>();
        lines.add(BenchServe.title(" Serving Benchmark Result ", '='));
        lines.add(BenchServe.row("Successful requests:", requests.completed()));
        lines.add(BenchServe.row("Failed requests:", requests.failed()));
        lines.add(BenchServe.row("Benchmark duration (s):", elapsedSeconds));
        lines.add(BenchServe.row("Total input tokens:", tokens.prompt()));
        lines.add(BenchServe.row("Total generated tokens:", tokens.completion()));
        lines.add(BenchServe.row("Request throughput (req/s):", requestsPerSecond()));
        objectives.asked().ifPresent(asked -> {
            lines.add(BenchServe.row("Request goodput (req/s):", goodPerSecond()));
            lines.add(BenchServe.row("Requests within the SLO (%):", 100 * attainment()));
        });
        lines.add(BenchServe.row("Output token throughput (tok/s):", outputTokensPerSecond()));
        lines.add(BenchServe.row("Total token throughput (tok/s):", tokensPerSecond()));
        lines.add(BenchServe.row("Peak concurrent requests:", mostInFlight));
        BenchServe.block(lines, "Time to First Token", "TTFT", firstToken.measured());
        BenchServe.block(lines, "Time per Output Token (excl. 1st token)", "TPOT", perOutputToken.measured());
        BenchServe.block(lines, "Inter-token Latency", "ITL", interToken.measured());
        BenchServe.block(lines, "End-to-end Latency", "E2EL", total.measured());
        lines.add("=".repeat(BenchServe.WIDTH));
        return lines;
    }

    private double goodPerSecond() {
        return elapsedSeconds > 0 ? objectives.good() / elapsedSeconds : 0;
    }

    private double tokensPerSecond() {
        return elapsedSeconds > 0 ? (tokens.prompt() + tokens.completion()) / elapsedSeconds : 0;
    }

    /// Names and figures as `vllm bench serve --save-result` has them.
    Map<String, Object> benchServeJson() {
        var json = new LinkedHashMap<String, Object>();
        json.put("duration", elapsedSeconds);
        json.put("completed", requests.completed());
        json.put("failed", requests.failed());
        json.put("num_prompts", requests.started());
        json.put("total_input_tokens", tokens.prompt());
        json.put("total_output_tokens", tokens.completion());
        json.put("request_throughput", requestsPerSecond());
        if (objectives.asked().isPresent()) {
            json.put("request_goodput", goodPerSecond());
            json.put("slo", objectives.asked().get().label());
            json.put("slo_attainment", attainment());
        }
        json.put("output_throughput", outputTokensPerSecond());
        json.put("total_token_throughput", tokensPerSecond());
        json.put("max_concurrent_requests", mostInFlight);
        BenchServe.put(json, "ttft", firstToken.measured());
        BenchServe.put(json, "tpot", perOutputToken.measured());
        BenchServe.put(json, "itl", interToken.measured());
        BenchServe.put(json, "e2el", total.measured());
        return json;
    }

    /// The report as a program reads it; latencies in milliseconds.
    ///
    /// @param run what the run was, such as its model
    String json(Map<String, Object> run) {
        ObjectNode root = JSON.valueToTree(run);
        root.setAll((ObjectNode) JSON.valueToTree(benchServeJson()));
        root.put("elapsed_s", elapsedSeconds);
        root.put("requests_per_s", requestsPerSecond());
        root.put("output_tokens_per_s", outputTokensPerSecond());
        root.putObject("requests")
                .put("started", requests.started())
                .put("completed", requests.completed())
                .put("aborted", requests.aborted())
                .put("interrupted", requests.interrupted())
                .put("failed", requests.failed())
                .put("without_usage", requests.withoutUsage())
                .put("unsent", requests.unsent());
        root.putObject("usage")
                .put("prompt_tokens", tokens.prompt())
                .put("completion_tokens", tokens.completion())
                .put("total_tokens", tokens.prompt() + tokens.completion());
        root.put("content_chunks", tokens.chunks());
        put(root, "ttft_ms", firstToken);
        put(root, "itl_ms", interToken);
        put(root, "tpot_ms", perOutputToken);
        put(root, "e2el_ms", total);
        ObjectNode kinds = root.putObject("errors");
        new TreeMap<>(errors).forEach(kinds::put);
        return root.toPrettyString();
    }

    private static void put(ObjectNode root, String name, Percentiles p) {
        root.putObject(name)
                .put("count", p.count())
                .put("mean", p.mean())
                .put("p50", p.p50())
                .put("p90", p.p90())
                .put("p95", p.p95())
                .put("p99", p.p99())
                .put("max", p.max());
    }

    private static void line(StringBuilder out, String name, String text) {
        out.append(String.format(Locale.ROOT, "%-12s%s%n", name, text));
    }

    private static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String rate(double value) {
        return String.format(Locale.ROOT, "%,.1f", value);
    }

    private static String row(String name, Percentiles p) {
        return String.format(
                Locale.ROOT,
                "%-22s%10.2f%10.2f%10.2f%10.2f%10.2f%10.2f%n",
                name,
                p.mean(),
                p.p50(),
                p.p90(),
                p.p95(),
                p.p99(),
                p.max());
    }
}
