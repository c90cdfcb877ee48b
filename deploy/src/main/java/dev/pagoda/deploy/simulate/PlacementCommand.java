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
import picocli.CommandLine.Mixin;
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

    @Mixin
    private ResultFiles files = new ResultFiles();

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
        files.refuseUnwritable();
        PlacementStudy study = study(nodes, pods);
        PrintStream out = System.out;
        out.printf(
                Locale.ROOT,
                "%s on %s: inflation %s, seeds %s%n%n",
                ResultFile.title(pods),
                ResultFile.title(nodes),
                inflation,
                seeds);
        PlacementResults results = run(study, names, drawn, ResultFile.title(pods));
        results.lines().forEach(out::println);
        files.write(results::csv, results::svg, out);
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
}
