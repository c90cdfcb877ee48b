package dev.pagoda.gateway.load;

import dev.pagoda.gateway.load.ChunkReading.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    void started() {
        started++;
    }

    /// Notes a gap between two content chunks of one stream.
    void gap(long nanos) {
        record(interToken, nanos);
    }

    /// Notes the first content of a stream.
    void firstContent(Exchange exchange) {
        record(firstToken, exchange.firstContentLatencyNanos());
    }

    /// Notes a stream that ended as it should.
    void completed(Exchange exchange, long endNanos) {
        completed++;
        contentChunks += exchange.contentChunks();
        record(total, endNanos - exchange.intendedNanos());
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
                List.copyOf(cutIds));
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
