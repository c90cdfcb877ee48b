package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.bench.QdrantRun.Load;
import dev.pagoda.deploy.bench.QdrantRun.Result;
import dev.pagoda.deploy.bench.QdrantRun.Searches;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The table, the RESULT lines and the BAR lines of what was measured over each wire.
final class QdrantReport {
    private static final int BAR_POINTS = 100_000;
    private static final int BAR_DIMENSIONS = 384;
    private static final int BAR_CONNECTIONS = 8;
    private static final double LEAST_SHARE = 0.4;

    private final QdrantData data;
    private final QdrantRun.Settings settings;
    private final PrintStream out;

    QdrantReport(QdrantData data, QdrantRun.Settings settings, PrintStream out) {
        this.data = data;
        this.settings = settings;
        this.out = out;
    }

    /// @param results by wire
    void print(Map<String, Result> results) {
        results.forEach(this::lines);
        out.println();
        out.println("wire  what            per s    p50 ms    p95 ms    p99 ms  recall@10");
        results.forEach((wire, result) -> {
            Load load = result.load();
            row(wire, "upserts", upsertsPerSecond(load), load.upserts(), Double.NaN);
            result.searches()
                    .forEach((tag, searches) -> row(
                            wire,
                            "search " + tag.name(),
                            searches.asked().perSecond(),
                            searches.asked(),
                            searches.recall()));
        });
        out.println("upserts are points a second, their latencies those of batches of " + settings.batch());
        results.forEach(this::bars);
        Result engine = results.get(EngineWire.LABEL);
        if (engine != null) {
            results.forEach((wire, result) -> share(wire, result, engine));
        }
        out.flush();
    }

    private double upsertsPerSecond(Load load) {
        return data.base().length * 1e9 / load.upserts().nanos();
    }

    private void row(String wire, String what, double perSecond, ClosedLoop.Outcome outcome, double recall) {
        out.printf(
                Locale.ROOT,
                "%-4s  %-10s  %9.1f  %8.2f  %8.2f  %8.2f  %9s%n",
                wire,
                what,
                perSecond,
                outcome.millisAt(50),
                outcome.millisAt(95),
                outcome.millisAt(99),
                ReportLines.format("%.4f", recall));
    }

    private void lines(String wire, Result result) {
        ReportLines lines = new ReportLines(wire, data.name(), out);
        Load load = result.load();
        lines.line(
                "RESULT",
                List.of(
                        "load",
                        "points=" + data.base().length,
                        "dimensions=" + data.dimensions(),
                        "distance=" + data.distance().label(),
                        "connections=" + settings.connections(),
                        "batch=" + settings.batch(),
                        "upserts_per_s=" + ReportLines.format("%.1f", upsertsPerSecond(load)),
                        "loaded_s=" + ReportLines.format("%.2f", load.upserts().nanos() / 1e9),
                        "indexed_s=" + ReportLines.format("%.2f", load.indexedNanos() / 1e9),
                        "indexed_vectors=" + load.indexedVectors(),
                        latencies(load.upserts())));
        result.searches()
                .forEach((tag, searches) -> lines.line(
                        "RESULT",
                        List.of(
                                tag.name(),
                                "connections=" + settings.connections(),
                                "searches=" + searches.asked().calls(),
                                "searches_per_s="
                                        + ReportLines.format(
                                                "%.1f", searches.asked().perSecond()),
                                latencies(searches.asked()),
                                "recall10=" + ReportLines.format("%.4f", searches.recall()))));
    }

    private static String latencies(ClosedLoop.Outcome outcome) {
        return "p50_ms=" + ReportLines.format("%.3f", outcome.millisAt(50))
                + "\tp95_ms=" + ReportLines.format("%.3f", outcome.millisAt(95))
                + "\tp99_ms=" + ReportLines.format("%.3f", outcome.millisAt(99));
    }

    /// What is left of the index's own rate behind a wire.
    private void share(String wire, Result result, Result engine) {
        Searches behind = result.searches().get(ResultTag.ALL);
        Searches alone = engine.searches().get(ResultTag.ALL);
        if (behind != null && alone != null && !wire.equals(EngineWire.LABEL)) {
            double share = behind.asked().perSecond() / alone.asked().perSecond();
            new ReportLines(wire, data.name(), out)
                    .bar("searches/s of the engine's own", share, share >= LEAST_SHARE, "at least " + LEAST_SHARE);
        }
    }

    /// What is asked of us holds for one size only.
    private void bars(String wire, Result result) {
        Searches all = result.searches().get(ResultTag.ALL);
        if (all == null
                || wire.equals(EngineWire.LABEL)
                || data.base().length != BAR_POINTS
                || data.dimensions() != BAR_DIMENSIONS
                || settings.connections() != BAR_CONNECTIONS) {
            return;
        }
        ReportLines lines = new ReportLines(wire, data.name(), out);
        double indexed = result.load().indexedNanos() / 1e9;
        double rate = all.asked().perSecond();
        double worst = all.asked().millisAt(99);
        lines.bar("loaded and indexed, s", indexed, indexed <= 100, "at most 100");
        lines.bar("searches/s", rate, rate >= 800, "at least 800");
        lines.bar("p99 of searches, ms", worst, worst <= 10, "at most 10");
        lines.bar("recall@10", all.recall(), all.recall() >= 0.95, "at least 0.95");
    }
}
