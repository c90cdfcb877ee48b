package dev.pagoda.gateway.load;

import dev.pagoda.gateway.load.ChunkReading.Usage;
import dev.pagoda.gateway.report.Objective;
import dev.pagoda.gateway.report.Objective.Measure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/// The counts and histograms of one run, in microseconds. One owner, not thread-safe.
///
/// Latencies run from the *intended* time of a request, so a stalled target cannot hide its stall by slowing the client
/// down (coordinated omission), and no correction of the histogram is needed afterwards.
final class LoadStatistics {
    /// The longest latency kept; longer ones count as this.
    static final long MAX_MICROS = 2 * 3_600_000_000L;
    /// Ids kept of requests that did not complete.
    static final int MAX_CUT_IDS = 100_000;
    /// Kinds of errors told apart; further ones are counted together.
    static final int MAX_ERROR_KINDS = 50;

    private static final int DIGITS = 3;

    private final Histogram firstToken = new Histogram(MAX_MICROS, DIGITS);
    private final Histogram interToken = new Histogram(MAX_MICROS, DIGITS);
    private final Histogram perOutputToken = new Histogram(MAX_MICROS, DIGITS);
    private final Histogram total = new Histogram(MAX_MICROS, DIGITS);
    private final Map<String, Long> errors = new TreeMap<>();
    private final List<String> cutIds = new ArrayList<>();
    private long started;
    private long completed;
    private long aborted;
    private long interrupted;
    private long failed;
    private long withoutUsage;
    private long unsent;
    private long promptTokens;
    private long completionTokens;
    private long contentChunks;
    private long good;
    private int mostInFlight;
    private final LoadTimeline timeline = new LoadTimeline();
    private final Optional<Objective> objective;
    private final long startNanos;

    /// @param objective  by which completed requests are good
    /// @param startNanos of the run
    LoadStatistics(Optional<Objective> objective, long startNanos) {
        this.objective = objective;
        this.startNanos = startNanos;
    }

    LoadStatistics() {
        this(Optional.empty(), 0);
    }

    void started() {
        started++;
    }

    /// The same at a time, when so many are in flight.
    void started(long nowNanos, int inFlight) {
        started();
        mostInFlight = Math.max(mostInFlight, inFlight);
        timeline.sent(nowNanos - startNanos);
    }

    /// Notes a gap between two content chunks of one stream.
    void gap(long nanos) {
        record(interToken, nanos);
    }

    /// Notes the first content of a stream.
    void firstContent(Exchange exchange) {
        record(firstToken, exchange.firstContentLatencyNanos());
        timeline.firstToken(exchange.intendedNanos() - startNanos, exchange.firstContentLatencyNanos());
    }

    /// Notes a stream that ended as it should.
    void completed(Exchange exchange, long endNanos) {
        completed++;
        contentChunks += exchange.contentChunks();
        record(total, endNanos - exchange.intendedNanos());
        timeline.ended(endNanos - startNanos, endNanos - exchange.intendedNanos());
        good += isGood(exchange, endNanos) ? 1 : 0;
        long perToken = exchange.nanosPerOutputToken();
        if (perToken >= 0) {
            record(perOutputToken, perToken);
        }
        Usage usage = exchange.reportedUsage();
        if (usage == null) {
            withoutUsage++;
        } else {
            promptTokens += usage.promptTokens();
            completionTokens += usage.completionTokens();
        }
    }

    /// Notes a stream that this client left on purpose.
    void aborted(Exchange exchange) {
        aborted++;
        contentChunks += exchange.contentChunks();
        cut(exchange);
    }

    /// Notes a request that was cut because the run was ended early.
    void interrupted(Exchange exchange) {
        interrupted++;
        cut(exchange);
    }

    /// Notes requests that were due but never left.
    void unsent(long count) {
        unsent += count;
    }

    private boolean isGood(Exchange exchange, long endNanos) {
        return objective.isPresent()
                && exchange.firstContentLatencyNanos() <= 1e6 * objective.get().limitMillis(Measure.TTFT)
                && exchange.nanosPerOutputToken() <= 1e6 * objective.get().limitMillis(Measure.TPOT)
                && endNanos - exchange.intendedNanos() <= 1e6 * objective.get().limitMillis(Measure.E2EL);
    }

    /// Notes a failure.
    void failed(Exchange exchange, String kind) {
        failed++;
        cut(exchange);
        boolean known = errors.containsKey(kind) || errors.size() < MAX_ERROR_KINDS;
        errors.merge(known ? kind : "other", 1L, Long::sum);
    }

    long startedCount() {
        return started;
    }

    /// The figures of the live line.
    LoadProgress progress(double elapsedSeconds, int inFlight, int waiting) {
        return new LoadProgress(
                elapsedSeconds,
                started,
                completed,
                aborted,
                failed,
                inFlight,
                waiting,
                contentChunks,
                firstToken.getTotalCount() == 0 ? 0 : firstToken.getValueAtPercentile(50) / 1_000.0,
                firstToken.getTotalCount() == 0 ? 0 : firstToken.getValueAtPercentile(99) / 1_000.0,
                perOutputToken.getTotalCount() == 0 ? 0 : perOutputToken.getValueAtPercentile(99) / 1_000.0,
                total.getTotalCount() == 0 ? 0 : total.getValueAtPercentile(99) / 1_000.0);
    }

    /// A summary of the run so far.
    LoadReport report(double elapsedSeconds) {
        return new LoadReport(
                elapsedSeconds,
                new LoadReport.Requests(started, completed, aborted, interrupted, failed, withoutUsage, unsent),
                new LoadReport.Tokens(promptTokens, completionTokens, contentChunks),
                Percentiles.of(firstToken),
                Percentiles.of(interToken),
                Percentiles.of(perOutputToken),
                Percentiles.of(total),
                Map.copyOf(errors),
                List.copyOf(cutIds),
                new LoadReport.Objectives(objective, good),
                mostInFlight,
                new LoadTimes(firstToken.copy(), interToken.copy(), perOutputToken.copy(), total.copy(), timeline));
    }

    private void cut(Exchange exchange) {
        if (cutIds.size() < MAX_CUT_IDS) {
            exchange.id().ifPresent(cutIds::add);
        }
    }

    private static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.clamp(nanos / 1_000, 0, MAX_MICROS));
    }
}
