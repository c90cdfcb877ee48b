package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.bench.FilterRun.Latencies;
import dev.pagoda.deploy.bench.FilterRun.Outcome;
import dev.pagoda.deploy.bench.FilterRun.Verdict;
import dev.pagoda.vectors.hnsw.NodeSet;
import dev.pagoda.vectors.hnsw.SearchResult;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/// Measures one of our indexes under filters and writes lines of results, each figure beside its bar at the end.
final class FilterBench {
    /// Of the rows that a filter accepts.
    private static final double[] SHARES = {0.5, 0.1, 0.01, 0.001, 0.0001};

    private static final double LEAST_RECALL = 0.97;
    private static final double MOST_RATIO = 3;

    private final LiveData data;
    private final int ef;
    private final FilterSets filters;
    private final PagodaContender contender;
    private final ReportLines lines;

    FilterBench(LiveData data, String mode, int ef, long seed, PrintStream out) {
        this.data = data;
        this.ef = ef;
        this.filters = new FilterSets(data, seed);
        this.contender = new PagodaContender(mode, seed);
        this.lines = new ReportLines(PagodaContender.system(mode), data.name(), out);
    }

    /// What searches under filters of one kind and share were like.
    private record Cell(Outcome outcome, Verdict verdict) {
        double ratio() {
            return outcome.latencies().wallMicros(99) / outcome.unfiltered().wallMicros(99);
        }

        double cpuRatio() {
            return outcome.latencies().cpuMicros(99) / outcome.unfiltered().cpuMicros(99);
        }
    }

    /// @param passes        over the queries of each kind and share
    /// @param warmUpSeconds of CPU time
    void run(int passes, int warmUpSeconds) throws InterruptedException {
        lines.progress("building with " + data.base().length + " rows");
        contender.build(data.base(), data.metric(), Plan.BUILD_THREADS);
        FilterRun run = new FilterRun(contender.index(), data.queries(), ef);
        lines.progress("choosing the rows that filters accept");
        Map<FilterKind, NodeSet[][]> sets = new EnumMap<>(FilterKind.class);
        for (FilterKind kind : FilterKind.values()) {
            sets.put(kind, filters.of(kind, SHARES));
        }
        System.gc();
        lines.progress("warming up for " + warmUpSeconds + " s");
        run.warmUp(
                sets.values().stream().flatMap(Arrays::stream).toArray(NodeSet[][]::new),
                TimeUnit.SECONDS.toNanos(warmUpSeconds));
        lines.progress("searching");
        Outcome free = run.unfiltered(Math.min(FilterKind.RANDOM.queries(), data.queries().length), passes);
        report("none", 1, data.base().length, new Cell(free, run.judged(free.results(), null)));
        Map<FilterKind, List<Cell>> cells = new EnumMap<>(FilterKind.class);
        sets.forEach((kind, byShare) -> cells.put(kind, cells(run, kind, byShare, passes)));
        cells.forEach(this::bars);
        long tooShort = cells.values().stream()
                .flatMap(List::stream)
                .mapToLong(cell -> cell.verdict().tooShort())
                .sum();
        lines.bar("answers with too few rows", (double) tooShort, tooShort == 0, "0");
    }

    private List<Cell> cells(FilterRun run, FilterKind kind, NodeSet[][] byShare, int passes) {
        List<Cell> cells = new ArrayList<>();
        for (int i = 0; i < SHARES.length; i++) {
            NodeSet[] sets = byShare[i];
            Outcome outcome = run.filtered(sets, passes);
            Cell cell = new Cell(outcome, run.judged(outcome.results(), sets));
            double matches =
                    Arrays.stream(sets).mapToInt(NodeSet::size).average().orElseThrow();
            report(kind.label(), SHARES[i], matches, cell);
            cells.add(cell);
        }
        return cells;
    }

    private void report(String kind, double share, double matches, Cell cell) {
        Latencies latencies = cell.outcome().latencies();
        SearchResult[] results = cell.outcome().results();
        lines.line(
                "FILTER",
                List.of(
                        "kind=" + kind,
                        "share="
                                + BigDecimal.valueOf(share).stripTrailingZeros().toPlainString(),
                        "ef=" + ef,
                        "queries=" + results.length,
                        "matches=" + ReportLines.format("%.1f", matches),
                        "recall10=" + ReportLines.format("%.4f", cell.verdict().recall()),
                        "p50_us=" + ReportLines.format("%.1f", latencies.wallMicros(50)),
                        "p99_us=" + ReportLines.format("%.1f", latencies.wallMicros(99)),
                        "ratio_to_unfiltered=" + ReportLines.format("%.2f", cell.ratio()),
                        "cpu_p50_us=" + ReportLines.format("%.1f", latencies.cpuMicros(50)),
                        "cpu_p99_us=" + ReportLines.format("%.1f", latencies.cpuMicros(99)),
                        "cpu_ratio_to_unfiltered=" + ReportLines.format("%.2f", cell.cpuRatio()),
                        "plans=" + plans(results),
                        "hops=" + mean(results, SearchResult::expansions),
                        "estimated=" + mean(results, SearchResult::estimated),
                        "computed=" + mean(results, SearchResult::computations)));
    }

    /// How often each plan was chosen.
    private static String plans(SearchResult[] results) {
        Map<String, Long> counts = Arrays.stream(results)
                .collect(Collectors.groupingBy(
                        result -> result.plan().name().toLowerCase(Locale.ROOT), TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .map(plan -> plan.getKey() + ":" + plan.getValue())
                .collect(Collectors.joining(","));
    }

    private static String mean(SearchResult[] results, ToIntFunction<SearchResult> figure) {
        return ReportLines.format(
                "%.1f", Arrays.stream(results).mapToInt(figure).average().orElseThrow());
    }

    /// The worst of all shares.
    private void bars(FilterKind kind, List<Cell> cells) {
        // the greatest of the negatives, since a share without any match has no recall
        double recall = -worst(cells, cell -> -cell.verdict().recall());
        double ratio = worst(cells, Cell::ratio);
        double cpuRatio = worst(cells, Cell::cpuRatio);
        String what = kind.label() + " filters: ";
        lines.bar(what + "least recall@10", recall, recall >= LEAST_RECALL, "at least " + LEAST_RECALL);
        lines.bar(what + "p99 / unfiltered p99", ratio, ratio <= MOST_RATIO, "at most 3");
        lines.bar(what + "p99 / unfiltered p99 by CPU time", cpuRatio, cpuRatio <= MOST_RATIO, "at most 3");
    }

    private static double worst(List<Cell> cells, ToDoubleFunction<Cell> figure) {
        return cells.stream()
                .mapToDouble(figure)
                .filter(value -> !Double.isNaN(value))
                .max()
                .orElse(Double.NaN);
    }
}
