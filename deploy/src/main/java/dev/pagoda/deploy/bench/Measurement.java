package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Measures every system of a plan on one set, each in a process of its own.
///
/// All systems are built first, one after another, and searched before anything counts. Then each round lets each
/// system go through its breadths in turn, so that what disturbs the machine for a while disturbs all. A breadth
/// counts with its best round.
final class Measurement {
    private static final List<Integer> WARM_UP_BREADTHS = List.of(40, 10, 80);
    private static final double PACED_RECALL = 0.95;
    private static final double PACED_SECONDS = 1;

    private final VectorSet set;
    private final Plan plan;
    private final PrintStream out;
    private final PrintStream progress;

    /// @param out      lines of results
    /// @param progress what is under way
    Measurement(VectorSet set, Plan plan, PrintStream out, PrintStream progress) {
        this.set = set;
        this.plan = plan;
        this.out = out;
        this.progress = progress;
    }

    /// Curves by tag and system, one a run.
    Map<ResultTag, Map<String, List<Curve>>> run() throws InterruptedException {
        Map<ResultTag, Map<String, List<Curve>>> curves = new LinkedHashMap<>();
        for (int run = 1; run <= plan.runs(); run++) {
            if (plan.runs() > 1) {
                line("RUN", Integer.toString(run));
            }
            for (var byTag : runOnce().entrySet()) {
                byTag.getValue()
                        .forEach((system, curve) -> curves.computeIfAbsent(byTag.getKey(), tag -> new LinkedHashMap<>())
                                .computeIfAbsent(system, name -> new ArrayList<>())
                                .add(curve));
            }
        }
        return curves;
    }

    private Map<ResultTag, Map<String, Curve>> runOnce() throws InterruptedException {
        Path scratch = temporaryFolder();
        // indexes in files are large; the systems end by themselves when we do
        Runtime.getRuntime().addShutdownHook(new Thread(() -> DataMaker.remove(scratch)));
        List<ChildSystem> systems = new ArrayList<>();
        try {
            for (String name : plan.systems()) {
                ChildSystem system = start(name, scratch);
                systems.add(system);
                build(system);
            }
            systems.forEach(this::warmUp);
            var best = new LinkedHashMap<ResultTag, Map<String, TreeMap<Integer, Curve.Point>>>();
            for (int round = 1; round <= plan.rounds(); round++) {
                for (ChildSystem system : systems) {
                    progress.println("round " + round + " of " + plan.rounds() + ": " + system.name());
                    for (ResultTag tag : set.truths().keySet()) {
                        sweep(
                                system,
                                tag,
                                best.computeIfAbsent(tag, any -> new LinkedHashMap<>())
                                        .computeIfAbsent(system.name(), any -> new TreeMap<>()));
                    }
                }
            }
            Map<ResultTag, Map<String, Curve>> curves = new LinkedHashMap<>();
            best.forEach((tag, bySystem) -> bySystem.forEach((system, points) -> {
                Curve curve = new Curve(List.copyOf(points.values()));
                report(system, tag, curve);
                curves.computeIfAbsent(tag, any -> new LinkedHashMap<>()).put(system, curve);
            }));
            if (plan.queryThreads() > 1) {
                pace(systems, curves.getOrDefault(ResultTag.ALL, Map.of()));
            }
            return curves;
        } finally {
            systems.forEach(ChildSystem::close);
            DataMaker.remove(scratch);
        }
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("pagoda-bench");
        } catch (IOException unwritable) {
            throw new StartRefused("no temporary folder can be made: " + unwritable.getMessage(), unwritable);
        }
    }

    private ChildSystem start(String name, Path scratch) throws InterruptedException {
        Path log = scratch.resolve(name + ".log");
        if (name.equals("hnswlib")) {
            progress.println("compiling " + name);
            return new ChildSystem(
                    name, List.of(HnswlibDriver.compile(plan.hnswlib(), scratch).toString()), log);
        }
        try {
            Path own = Files.createDirectory(scratch.resolve(name));
            List<String> arguments = List.of(name, own.toString(), Long.toString(plan.seed()));
            return new ChildSystem(
                    name, ChildJvm.command(set.rawBytes(), plan.jvmOptions(), ContenderLoop.class, arguments), log);
        } catch (IOException unwritable) {
            throw new StartRefused(scratch + " is no folder to write to", unwritable);
        }
    }

    private void build(ChildSystem system) {
        ChildSystem.Loaded loaded = system.load(set);
        progress.println("building " + system.name() + ", " + loaded.rows() + " rows (" + loaded.about() + ")");
        ChildSystem.BuildCost cost = system.build(Plan.BUILD_THREADS);
        line(
                "BUILD",
                system.name(),
                set.name(),
                "threads=" + cost.threads(),
                "wall_s=" + seconds(cost.wallNanos()),
                "process_cpu_s=" + seconds(cost.cpuNanos()),
                "bytes_per_vec=" + format("%.1f", (double) cost.bytes() / set.rows()));
    }

    /// Searches as later, until that has taken long enough for compilers and caches to have settled.
    private void warmUp(ChildSystem system) {
        progress.println("warming up " + system.name());
        for (ResultTag tag : set.truths().keySet()) {
            long share = plan.warmUp().toNanos() / set.truths().size();
            long taken = 0;
            for (int pass = 0; pass == 0 || taken < share; pass++) {
                taken += system.search(tag, WARM_UP_BREADTHS.get(pass % WARM_UP_BREADTHS.size()))
                        .cpuNanos();
            }
        }
    }

    private void sweep(ChildSystem system, ResultTag tag, Map<Integer, Curve.Point> best) {
        // untimed: another system had the caches before
        system.search(tag, plan.breadths().getFirst());
        for (int ef : plan.breadths()) {
            ChildSystem.Pass pass = system.search(tag, ef);
            double recall = set.recall(tag, pass.ids());
            Curve.Point point = new Curve.Point(ef, recall, set.queries() * 1e9 / pass.cpuNanos());
            best.merge(ef, point, (a, b) -> a.qps() >= b.qps() ? a : b);
            if (recall >= Plan.ENOUGH) {
                return;
            }
        }
    }

    private void report(String system, ResultTag tag, Curve curve) {
        for (Curve.Point point : curve.points()) {
            line(
                    "RESULT",
                    system,
                    set.name(),
                    tag.name(),
                    Integer.toString(point.ef()),
                    format("%.4f", point.recall()),
                    format("%.1f", point.qps()));
        }
    }

    /// Speed by the clock of one thread and of several, at the least breadth that finds 95 of 100.
    private void pace(List<ChildSystem> systems, Map<String, Curve> curves) {
        for (ChildSystem system : systems) {
            List<Curve.Point> points =
                    curves.getOrDefault(system.name(), new Curve(List.of())).points();
            Curve.Point point = points.stream()
                    .filter(each -> each.recall() >= PACED_RECALL)
                    .findFirst()
                    .orElse(points.getLast());
            int passes = (int) Math.max(1, Math.ceil(PACED_SECONDS * point.qps() / set.queries()));
            double one = 0;
            double several = 0;
            for (int round = 0; round < plan.rounds(); round++) {
                one = Math.max(one, paced(system, 1, point.ef(), passes));
                several = Math.max(several, paced(system, plan.queryThreads(), point.ef(), passes));
            }
            line(
                    "THREADS",
                    system.name(),
                    set.name(),
                    "ef=" + point.ef(),
                    "recall10=" + format("%.4f", point.recall()),
                    "qps_1=" + format("%.1f", one),
                    "qps_" + plan.queryThreads() + "=" + format("%.1f", several),
                    "ratio=" + format("%.2f", several / one));
        }
    }

    private double paced(ChildSystem system, int threads, int ef, int passes) {
        return 1e9 * threads * passes * set.queries() / system.pace(threads, ef, passes);
    }

    private static String seconds(long nanos) {
        return format("%.1f", nanos / 1e9);
    }

    private static String format(String form, double value) {
        return String.format(Locale.ROOT, form, value);
    }

    private void line(String... fields) {
        out.println(String.join("\t", fields));
        out.flush();
    }
}
