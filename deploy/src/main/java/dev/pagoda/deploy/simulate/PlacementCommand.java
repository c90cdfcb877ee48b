package dev.pagoda.deploy.simulate;

import dev.pagoda.compute.placement.Policies;
import dev.pagoda.compute.sim.PlacementCurve;
import dev.pagoda.compute.sim.PlacementStudy;
import dev.pagoda.compute.trace.OpenbNode;
import dev.pagoda.compute.trace.OpenbPod;
import dev.pagoda.compute.trace.TraceFault;
import dev.pagoda.compute.trace.TraceText;
import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.bench.BenchProgress;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda simulate placement`: how full and how fragmented a cluster becomes under each policy.
@Command(
        name = "placement",
        description = "Fill a cluster with the pods of a trace, under one policy after another.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class PlacementCommand implements Callable<Integer> {
    @Option(names = "--nodes", paramLabel = "F", description = "openb's list of nodes.")
    private @Nullable Path nodes;

    @Option(names = "--pods", paramLabel = "F", description = "openb's list of pods.")
    private @Nullable Path pods;

    @Option(names = "--policy", split = ",", paramLabel = "NAME", description = "Policies, or all.")
    private List<String> policies = List.of("Pagoda");

    @Option(names = "--inflation", paramLabel = "X", description = "GPUs that arrive, as a multiple of the cluster's.")
    private double inflation = 1.3;

    @Option(names = "--seeds", paramLabel = "LIST", description = "For example 42-51.")
    private String seeds = "42-51";

    @Option(names = "--csv", paramLabel = "F", description = "Where a row for each policy and seed goes.")
    private @Nullable Path csv;

    @Option(names = "--svg", paramLabel = "F", description = "Where the picture goes.")
    private @Nullable Path svg;

    @Override
    public Integer call() {
        if (nodes == null || pods == null) {
            throw new StartRefused("simulate placement needs --nodes and --pods; see ./pagoda simulate --help");
        }
        if (!(inflation > 0 && inflation <= PlacementStudy.MAX_INFLATION)) {
            throw new StartRefused(
                    "--inflation " + inflation + " is not above 0 and at most " + PlacementStudy.MAX_INFLATION);
        }
        List<Long> drawn = Seeds.parse(seeds);
        List<String> names = names();
        ResultFile.refuseUnwritable(csv);
        ResultFile.refuseUnwritable(svg);
        PlacementStudy study = study(nodes, pods);
        PrintStream out = System.out;
        out.printf(
                Locale.ROOT, "%s on %s: inflation %s, seeds %s%n%n", workload(pods), workload(nodes), inflation, seeds);
        PlacementResults results = run(study, names, drawn, workload(pods));
        results.lines().forEach(out::println);
        ResultFile.write(csv, results.csv(), "table", out);
        ResultFile.write(svg, results.svg(), "picture", out);
        return 0;
    }

    private List<String> names() {
        if (policies.equals(List.of("all"))) {
            return Policies.names();
        }
        try {
            return policies.stream().map(Policies::canonical).distinct().toList();
        } catch (IllegalArgumentException unknown) {
            throw new StartRefused(String.valueOf(unknown.getMessage()), unknown);
        }
    }

    private PlacementStudy study(Path nodeFile, Path podFile) {
        try {
            return new PlacementStudy(
                    OpenbNode.read(TraceText.read(nodeFile)), OpenbPod.read(TraceText.read(podFile)), inflation);
        } catch (TraceFault | IllegalArgumentException broken) {
            throw new StartRefused(String.valueOf(broken.getMessage()), broken);
        }
    }

    private static PlacementResults run(PlacementStudy study, List<String> names, List<Long> seeds, String workload) {
        PlacementResults results = new PlacementResults(workload);
        // A first run at full speed of the compiler, so that the figures of the first seed compare with the
        // others.
        study.run(names.getFirst(), seeds.getFirst(), arrived -> {});
        BenchProgress progress = BenchProgress.onStandardError();
        for (String name : names) {
            try (BenchProgress.Bar bar = progress.bar(name, seeds.size())) {
                for (long seed : seeds) {
                    long start = System.nanoTime();
                    PlacementCurve curve = study.run(name, seed, arrived -> {});
                    double seconds = (System.nanoTime() - start) / 1e9;
                    results.add(new PlacementResults.Run(curve, curve.pods() / seconds));
                    bar.stepBy(1);
                }
            }
        }
        return results;
    }

    /// The name of a file without its ending.
    private static String workload(Path file) {
        String name = String.valueOf(file.getFileName());
        int end = name.lastIndexOf('.');
        return end > 0 ? name.substring(0, end) : name;
    }
}
