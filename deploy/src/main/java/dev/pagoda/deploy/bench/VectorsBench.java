package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda bench vectors`: measures the vector index and its peers on one set, or makes the sets.
@Command(
        name = "vectors",
        description = "Measure the vector index and its peers under the same conditions.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class VectorsBench implements Callable<Integer> {
    @Option(names = "--data", paramLabel = "DIR", description = "Folder of the set.")
    private @Nullable Path data;

    @Option(names = "--name", paramLabel = "NAME", description = "The set: NAME_base.fvecs and so on.")
    private @Nullable String name;

    @Option(names = "--metric", paramLabel = "M", description = "l2 or ip.")
    private @Nullable String metric;

    @Option(
            names = "--peers",
            split = ",",
            paramLabel = "PEER",
            defaultValue = "hnswlib,jvector,lucene",
            description = "Whom to measure beside ours; none for nobody.")
    private List<String> peers = List.of();

    @Option(names = "--modes", split = ",", paramLabel = "MODE", description = "Modes of our own index.")
    private List<String> modes = List.of(PagodaContender.MODES.getFirst());

    @Option(names = "--rounds", paramLabel = "N", defaultValue = "3", description = "The best of so many counts.")
    private int rounds;

    @Option(names = "--runs", paramLabel = "N", defaultValue = "1", description = "Build and measure so often.")
    private int runs;

    @Option(names = "--ef", split = ",", paramLabel = "EF", description = "Breadths of search.")
    private List<Integer> breadths = Plan.BREADTHS;

    @Option(names = "--query-threads", paramLabel = "N", defaultValue = "1", description = "Also measure N threads.")
    private int queryThreads;

    @Option(names = "--warm-up", paramLabel = "S", defaultValue = "6", description = "Seconds of search before.")
    private int warmUpSeconds;

    @Option(names = "--svg", paramLabel = "FILE", description = "Where the picture goes.")
    private @Nullable Path svg;

    @Option(names = "--hnswlib", paramLabel = "DIR", description = "Folder of hnswlib's headers.")
    private Path hnswlib = HnswlibDriver.INCLUDE;

    @Option(names = "--jvm-options", paramLabel = "O", defaultValue = "", description = "For every system of the JVM.")
    private String jvmOptions = "";

    @Option(names = "--load", description = "Measure searches while our index is loaded and its points replaced.")
    private boolean load;

    @Option(names = "--churn", paramLabel = "ROUNDS", description = "Remove half and put it again so often.")
    private @Nullable Integer churn;

    @Option(names = "--filters", description = "Measure searches of our index under filters of many kinds.")
    private boolean filters;

    @Option(names = "--shuffle", description = "Put the rows in a random order (--load, --churn, --filters).")
    private boolean shuffle;

    @Option(names = "--upserts", paramLabel = "N", description = "Points replaced a second (--load).")
    private int upsertsPerSecond = LivePlan.UPSERTS_PER_SECOND;

    @Option(names = "--seconds", paramLabel = "S", description = "Seconds of each phase after the load (--load).")
    private int seconds = LivePlan.SECONDS;

    @Option(names = "--make-data", paramLabel = "DIR", description = "Make the sets in this folder and stop.")
    private @Nullable Path makeData;

    @Option(names = "--sets", split = ",", paramLabel = "SET", description = "Which sets to make (default all).")
    private List<String> sets = DataMaker.SETS;

    @Option(names = "--size", paramLabel = "N", description = "Rows of the base of each set made.")
    private @Nullable Integer size;

    @Option(names = "--dimensions", paramLabel = "N", description = "Dimensions of the clustered set.")
    private int dimensions = ClusteredSet.DIMENSIONS;

    @Option(names = "--queries", paramLabel = "N", defaultValue = "1000", description = "Queries of each set made.")
    private int queries;

    @Option(names = "--seed", paramLabel = "S", defaultValue = "1", description = "Seed of what is made or built.")
    private long seed;

    @Option(names = "--texts", paramLabel = "DIR", defaultValue = "../shared/data/rag", description = "Texts to embed.")
    private Path texts = Path.of("");

    @Override
    public Integer call() throws InterruptedException {
        PrintStream out = System.out;
        if (makeData != null) {
            OptionalInt rows = size == null ? OptionalInt.empty() : OptionalInt.of(size);
            new DataMaker(makeData, rows, dimensions, queries, seed, texts, Plan.BUILD_THREADS).make(sets, out);
            return 0;
        }
        if (data == null || name == null || metric == null) {
            throw new StartRefused(
                    "bench vectors needs --data, --name and --metric, or --make-data; see ./pagoda bench --help");
        }
        VectorSet set = VectorSet.open(data, name, Metric.named(metric));
        List<String> options = Stream.of(jvmOptions.split(" ", -1))
                .filter(each -> !each.isEmpty())
                .toList();
        if (filters) {
            if (load || churn != null) {
                throw new StartRefused("--filters measures an index that does not change, so not --load or --churn");
            }
            FilterPlan plan = new FilterPlan(
                    shuffle, modes, FilterPlan.onlyBreadth(breadths), rounds, warmUpSeconds, seed, options);
            new FilterMeasurement(set, data, plan, out, System.err).run();
            return 0;
        }
        if (load || churn != null) {
            LivePlan plan = new LivePlan(
                    load,
                    churn == null ? OptionalInt.empty() : OptionalInt.of(churn),
                    shuffle,
                    modes,
                    LivePlan.onlyBreadth(breadths),
                    upsertsPerSecond,
                    seconds,
                    warmUpSeconds,
                    seed,
                    options);
            new LiveMeasurement(set, data, plan, out, System.err).run();
            return 0;
        }
        Plan plan = new Plan(
                modes,
                peers.equals(List.of("none")) ? List.of() : peers,
                breadths,
                rounds,
                runs,
                queryThreads,
                Duration.ofSeconds(warmUpSeconds),
                seed,
                hnswlib,
                options);
        measure(set, plan, out);
        return 0;
    }

    private void measure(VectorSet set, Plan plan, PrintStream out) throws InterruptedException {
        Path picture = svg == null ? Path.of("bench-" + set.name() + ".svg") : svg;
        Map<ResultTag, Map<String, List<Curve>>> curves = new Measurement(set, plan, out, System.err).run();
        SpeedTable table = new SpeedTable(plan.ours(), plan.peers());
        curves.forEach((tag, bySystem) -> {
            out.println();
            table.lines(set.name(), tag, bySystem).forEach(out::println);
        });
        try {
            Files.writeString(picture, SpeedTable.picture(set.name(), curves));
            out.println();
            out.println("picture: " + picture.toAbsolutePath());
        } catch (IOException unwritable) {
            throw new StartRefused("the picture cannot be written to " + picture.toAbsolutePath(), unwritable);
        }
    }
}
