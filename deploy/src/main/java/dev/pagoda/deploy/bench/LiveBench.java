package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.bench.Judge.Verdict;
import dev.pagoda.deploy.bench.LoadRun.ReadBack;
import dev.pagoda.deploy.bench.SearchLoop.Part;
import dev.pagoda.vectors.hnsw.HnswIndex;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// Measures one of our indexes while it changes and writes lines of results, each figure beside its bar at the end.
final class LiveBench {
    private static final int WARM_UP_ROWS = 20_000;

    private final LiveData data;
    private final String mode;
    private final int ef;
    private final long seed;
    private final ReportLines lines;
    private final Judge judge;

    LiveBench(LiveData data, String mode, int ef, long seed, PrintStream out) {
        this.data = data;
        this.mode = mode;
        this.ef = ef;
        this.seed = seed;
        this.lines = new ReportLines(PagodaContender.system(mode), data.name(), out);
        this.judge = new Judge(data);
    }

    private HnswIndex index() {
        return new PagodaContender(mode, seed).empty(data.base(), data.metric());
    }

    void load(int upsertsPerSecond, int seconds, int warmUpSeconds) throws InterruptedException {
        int rows = data.base().length;
        if (warmUpSeconds > 0) {
            lines.progress("warming up with " + Math.min(rows, WARM_UP_ROWS) + " rows");
            LoadRun warmUp = new LoadRun(index(), data, Math.min(rows, WARM_UP_ROWS), ef);
            warmUp.load();
            warmUp.rest(TimeUnit.SECONDS.toNanos(warmUpSeconds));
            warmUp.wear(seed);
            warmUp.replace(upsertsPerSecond, TimeUnit.SECONDS.toNanos(1), seed);
        }
        System.gc();
        LoadRun run = new LoadRun(index(), data, rows, ef);
        lines.progress("loading " + rows + " rows");
        LoadRun.Load load = run.load();
        lines.progress("searching for " + seconds + " s");
        long nanos = TimeUnit.SECONDS.toNanos(seconds);
        SearchLoop.Phase steady = run.rest(nanos);
        run.wear(seed);
        lines.progress("idle, then " + upsertsPerSecond + " upserts a second, then idle, " + seconds + " s each");
        SearchLoop.Phase before = run.rest(nanos);
        LoadRun.Replacements replaced = run.replace(upsertsPerSecond, nanos, seed + 1);
        int leaving = run.leaving();
        SearchLoop.Phase after = run.rest(nanos);
        lines.progress("comparing " + load.searches().samples().size() + " answers with exact ones");
        Verdict[] verdicts = judge.ofLoad(load.searches().samples(), LoadRun.PARTS, Plan.BUILD_THREADS);
        Verdict whole = judge.ofReplacements(steady.samples(), all(rows), new int[0], new int[0]);
        Verdict changing = judge.ofReplacements(
                replaced.searches().samples(), replaced.before(), replaced.put(), replaced.removed());
        report(load, verdicts, steady, whole);
        report(before, replaced, changing, leaving, after);
        bars(load, verdicts, steady, whole);
        bars(before, replaced, changing);
    }

    private static BitSet all(int rows) {
        BitSet all = new BitSet(rows);
        all.set(0, rows);
        return all;
    }

    private void report(LoadRun.Load load, Verdict[] verdicts, SearchLoop.Phase steady, Verdict whole) {
        int rows = data.base().length;
        Part quiet = steady.parts().getFirst();
        for (int tenth = 0; tenth < LoadRun.PARTS; tenth++) {
            Part part = load.searches().parts().get(tenth);
            List<String> fields = new ArrayList<>(
                    List.of("tenth=" + (tenth + 1), "live=" + (long) rows * (tenth + 1) / LoadRun.PARTS));
            fields.addAll(searches(part));
            fields.add("recall10=" + ReportLines.format("%.4f", verdicts[tenth].recall()));
            fields.add("p95_to_steady=" + ReportLines.format("%.2f", part.micros(95) / quiet.micros(95)));
            lines.line("LOAD", fields);
        }
        lines.line(
                "LOADED",
                List.of(
                        "ef=" + ef,
                        "rows=" + rows,
                        "wall_s=" + ReportLines.format("%.1f", load.nanos() / 1e9),
                        "puts_per_s=" + ReportLines.format("%.0f", rows * 1e9 / load.nanos()),
                        "read_back=" + readBack(load.readBack())));
        List<String> fields = searches(quiet);
        fields.add("recall10=" + ReportLines.format("%.4f", whole.recall()));
        lines.line("STEADY", fields);
    }

    private void report(
            SearchLoop.Phase before,
            LoadRun.Replacements replaced,
            Verdict changing,
            int leaving,
            SearchLoop.Phase after) {
        lines.line("IDLE", searches(before.parts().getFirst()));
        List<String> fields = searches(replaced.searches().parts().getFirst());
        fields.addAll(List.of(
                "recall10=" + ReportLines.format("%.4f", changing.recall()),
                "ghosts=" + changing.ghosts(),
                "leaving=" + replaced.leaving() + ".." + leaving,
                "upserts=" + replaced.count(),
                "upserts_per_s=" + ReportLines.format("%.1f", replaced.count() * 1e9 / replaced.nanos()),
                "upsert_p50_us=" + micros(replaced.latencies(), 50),
                "upsert_p99_us=" + micros(replaced.latencies(), 99),
                "upsert_max_us=" + micros(replaced.latencies(), 100),
                "read_back=" + readBack(replaced.readBack())));
        lines.line("UPSERTS", fields);
        lines.line("IDLE", searches(after.parts().getFirst()));
    }

    private void bars(LoadRun.Load load, Verdict[] verdicts, SearchLoop.Phase steady, Verdict whole) {
        double quiet = steady.parts().getFirst().micros(95);
        double worst = load.searches().parts().stream()
                .mapToDouble(part -> part.micros(95) / quiet)
                .filter(ratio -> !Double.isNaN(ratio))
                .max()
                .orElse(Double.NaN);
        double least = Arrays.stream(verdicts)
                .mapToDouble(Verdict::recall)
                .filter(recall -> !Double.isNaN(recall))
                .min()
                .orElse(Double.NaN);
        lines.bar("p95 of the worst tenth of the load / steady p95", worst, worst <= 2, "at most 2");
        lines.bar("least recall@10 of a tenth of the load", least, least >= 0.95, "at least 0.95");
        lines.bar("steady recall@10", whole.recall(), whole.recall() >= 0.95, "at least 0.95");
        lines.bar("share of puts found at once", share(load.readBack()), share(load.readBack()) == 1, "1");
    }

    private void bars(SearchLoop.Phase before, LoadRun.Replacements replaced, Verdict changing) {
        double ratio = replaced.searches().parts().getFirst().micros(99)
                / before.parts().getFirst().micros(99);
        lines.bar("p99 during upserts / idle p99", ratio, ratio <= 2, "at most 2");
        lines.bar("recall@10 during upserts", changing.recall(), changing.recall() >= 0.95, "at least 0.95");
        lines.bar("share of upserts found at once", share(replaced.readBack()), share(replaced.readBack()) == 1, "1");
        lines.bar("replaced points found afterwards", (double) changing.ghosts(), changing.ghosts() == 0, "0");
    }

    void churn(int rounds) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        List<ChurnRun.State> states = new ArrayList<>();
        ChurnRun.State last = churned(rounds, random, states);
        lines.progress("building afresh");
        ChurnRun fresh = new ChurnRun(index(), data, ef, Plan.BUILD_THREADS);
        long filled = fresh.fill();
        ChurnRun.State state = fresh.state();
        List<String> fields = state(state);
        fields.add("insert_s=" + ReportLines.format("%.1f", filled / 1e9));
        lines.line("FRESH", fields);
        int unreachable =
                states.stream().mapToInt(ChurnRun.State::unreachable).max().orElse(0);
        double lost = state.verdict().recall() - last.verdict().recall();
        double bytes = (double) last.bytes() / state.bytes();
        lines.bar("most unreachable live points", unreachable, unreachable == 0, "0");
        lines.bar("recall@10 below a fresh build", lost, lost <= 0.01, "at most 0.01");
        lines.bar("memory / fresh build", bytes, bytes <= 1.1, "at most 1.1");
    }

    /// @param states gets what the index was like with half of the points and with all, round after round
    private ChurnRun.State churned(int rounds, SplittableRandom random, List<ChurnRun.State> states)
            throws InterruptedException {
        ChurnRun run = new ChurnRun(index(), data, ef, Plan.BUILD_THREADS);
        lines.progress("building");
        long filled = run.fill();
        ChurnRun.State state = run.state();
        List<String> first = new ArrayList<>(List.of("round=0"));
        first.addAll(state(state));
        first.add("insert_s=" + ReportLines.format("%.1f", filled / 1e9));
        lines.line("CHURN", first);
        for (int round = 1; round <= rounds; round++) {
            lines.progress("round " + round + " of " + rounds);
            long begin = System.nanoTime();
            int[] removed = run.removeHalf(random);
            long removing = System.nanoTime() - begin;
            ChurnRun.State half = run.state();
            long putting = run.put(removed);
            state = run.state();
            states.addAll(List.of(half, state));
            List<String> fields = new ArrayList<>(List.of("round=" + round));
            fields.addAll(state(state));
            fields.addAll(List.of(
                    "insert_s=" + ReportLines.format("%.1f", putting / 1e9),
                    "remove_s=" + ReportLines.format("%.1f", removing / 1e9),
                    "half_unreachable=" + half.unreachable(),
                    "half_recall10=" + ReportLines.format("%.4f", half.verdict().recall())));
            lines.line("CHURN", fields);
        }
        return state;
    }

    private List<String> state(ChurnRun.State state) {
        return new ArrayList<>(List.of(
                "ef=" + ef,
                "live=" + state.live(),
                "numbers=" + state.numbers(),
                "leaving=" + state.leaving(),
                "unreachable=" + state.unreachable(),
                "recall10=" + ReportLines.format("%.4f", state.verdict().recall()),
                "bytes_per_vec=" + ReportLines.format("%.1f", (double) state.bytes() / state.live()),
                "p50_us=" + micros(state.latencies(), 50),
                "p95_us=" + micros(state.latencies(), 95)));
    }

    private static List<String> searches(Part part) {
        return new ArrayList<>(List.of(
                "searches=" + part.latencies().getTotalCount(),
                "p50_us=" + ReportLines.format("%.1f", part.micros(50)),
                "p95_us=" + ReportLines.format("%.1f", part.micros(95)),
                "p99_us=" + ReportLines.format("%.1f", part.micros(99)),
                "max_us=" + ReportLines.format("%.1f", part.most()),
                "cpu_p95_us=" + ReportLines.format("%.1f", part.workMicros(95)),
                "cpu_p99_us=" + ReportLines.format("%.1f", part.workMicros(99)),
                "collections=" + part.disturbance().collections(),
                "collection_ms=" + part.disturbance().collectionMillis(),
                "waited_ms=" + part.disturbance().waitedNanos() / 1_000_000));
    }

    private static String micros(Histogram latencies, double percentile) {
        return ReportLines.format("%.1f", latencies.getValueAtPercentile(percentile) / 1e3);
    }

    private static String readBack(ReadBack reads) {
        return reads.found() + "/" + reads.asked();
    }

    private static double share(ReadBack reads) {
        return reads.asked() == 0 ? Double.NaN : (double) reads.found() / reads.asked();
    }
}
