package dev.pagoda.workflow.rag;

import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `pagoda bench retrieval`: measures the retrieval of a running platform on judged questions.
///
/// Exit codes: 0 measured; 1 below `--min-recall`; 2 it could not be measured.
@Command(
        name = "retrieval",
        description = {
            "Measure the retrieval of a running platform on judged questions.",
            "A data folder holds corpus.jsonl (or .gz), queries.jsonl and qrels.tsv, as BEIR lays them out."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class RetrievalBench implements Callable<Integer> {
    private static final int MEASURED = 0;
    private static final int BELOW = 1;
    private static final int REFUSED = 2;
    private static final int MAX_CONCURRENCY = 256;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--data", paramLabel = "DIR", required = true, description = "Folder of a judged set; repeatable.")
    private List<Path> data = new ArrayList<>();

    @Option(
            names = "--url",
            paramLabel = "U",
            defaultValue = "http://127.0.0.1:8080",
            description = "The platform (default ${DEFAULT-VALUE}).")
    private String url = "";

    @Option(
            names = "--api-key",
            paramLabel = "K",
            defaultValue = "${env:PAGODA_API_KEY:-}",
            showDefaultValue = Visibility.NEVER,
            description = "Bearer key (default: PAGODA_API_KEY of the environment).")
    private String apiKey = "";

    @Option(
            names = "--concurrency",
            paramLabel = "C",
            defaultValue = "4",
            description = "Questions asked at once (default ${DEFAULT-VALUE}).")
    private int concurrency;

    @Option(
            names = "--min-recall",
            paramLabel = "R",
            defaultValue = "0",
            description = "Exit with 1 when recall@5 of a set is below this (default ${DEFAULT-VALUE}).")
    private double minRecall;

    @Option(names = "--keep", description = "Leave the knowledge bases in place.")
    private boolean keep;

    @Override
    public Integer call() {
        var out = Objects.requireNonNull(spec).commandLine().getOut();
        var err = spec.commandLine().getErr();
        if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
            err.println("--concurrency " + concurrency + " is not within 1 to " + MAX_CONCURRENCY);
            return REFUSED;
        }
        if (apiKey.isBlank()) {
            err.println("there is no API key; give --api-key or set PAGODA_API_KEY");
            return REFUSED;
        }
        try {
            return measure(out);
        } catch (ConnectException nobody) {
            err.println("nobody answers at " + url + "; start the platform with 'pagoda up'");
        } catch (IOException | IllegalArgumentException failed) {
            err.println(failed.getMessage());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            err.println("stopped");
        }
        return REFUSED;
    }

    private int measure(PrintWriter out) throws IOException, InterruptedException {
        var sets = new ArrayList<JudgedSet>();
        for (var folder : data) {
            if (!Files.isDirectory(folder)) {
                throw new IOException("there is no folder " + folder);
            }
            sets.add(JudgedSet.read(folder));
        }
        var evaluation = new RetrievalEvaluation(URI.create(url), apiKey, concurrency);
        out.println("set                docs  chunks  questions  recall@1  recall@5  recall@10   MRR@10"
                + "  ingest s  ask s  p50 ms  p95 ms");
        int exit = MEASURED;
        for (var set : sets) {
            var result = evaluate(evaluation, set);
            out.println(line(set, result));
            out.flush();
            if (result.score().recallAt(5) < minRecall) {
                exit = BELOW;
            }
        }
        if (exit == BELOW) {
            out.println("recall@5 is below " + minRecall);
        }
        return exit;
    }

    private RetrievalEvaluation.Result evaluate(RetrievalEvaluation evaluation, JudgedSet set)
            throws IOException, InterruptedException {
        var name = "bench-" + set.name() + "-" + Long.toHexString(System.nanoTime());
        int steps = set.documents().size() + set.questions().size();
        try (var bar = bar(set.name(), steps)) {
            return evaluation.run(set, name, keep, bar::stepBy, bar::stepBy);
        }
    }

    private static ProgressBar bar(String name, int steps) {
        var builder = new ProgressBarBuilder()
                .setTaskName(name)
                .setInitialMax(steps)
                .setStyle(ProgressBarStyle.ASCII)
                .clearDisplayOnFinish();
        // where nobody watches, a bar would only fill the log
        if (Optional.ofNullable(System.console()).filter(Console::isTerminal).isEmpty()) {
            builder.setConsumer(new DelegatingProgressBarConsumer(_ -> {}, 80));
        }
        return builder.build();
    }

    static String line(JudgedSet set, RetrievalEvaluation.Result result) {
        var score = result.score();
        return String.format(
                Locale.ROOT,
                "%-16s %6d  %6d  %9d  %8.4f  %8.4f  %9.4f  %7.4f  %8.1f  %5.1f  %6.1f  %6.1f",
                set.name(),
                set.documents().size(),
                result.chunks(),
                score.questions(),
                score.recallAt(1),
                score.recallAt(5),
                score.recallAt(10),
                score.meanReciprocalRank(),
                result.ingestSeconds(),
                result.querySeconds(),
                score.millisAt(0.5),
                score.millisAt(0.95));
    }
}
