package dev.pagoda.deploy.bench;

import dev.pagoda.compute.api.Change;
import dev.pagoda.compute.api.Forecast;
import dev.pagoda.compute.api.JobPhase;
import dev.pagoda.compute.placement.Policies;
import dev.pagoda.compute.queue.Scheduler;
import dev.pagoda.compute.trace.OpenbNode;
import dev.pagoda.compute.trace.OpenbPod;
import dev.pagoda.compute.trace.TraceFault;
import dev.pagoda.compute.trace.TraceText;
import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda bench compute`: how soon the scheduler answers at the scale of Alibaba's cluster: a gang as the first
/// thing that a fresh JVM places, and what more nodes would do to a cluster of which more is asked than it has.
///
/// Exit codes: 0 measured; 2 it could not be measured.
@Command(
        name = "compute",
        description = "How soon the scheduler answers at the scale of a published cluster.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class ComputeBench implements Callable<Integer> {
    private static final String SYSTEM = "pagoda";
    private static final double GANG_BAR_MILLIS = 100;
    private static final double WHAT_IF_BAR_MILLIS = 1_000;
    private static final int CHILD_SECONDS = 120;
    private static final int MAX_GANG = 65_536;
    /// A cluster's text and arrays fit the heap that every child has.
    private static final long RAW_BYTES = 1 << 20;

    @Option(names = "--nodes", paramLabel = "F", description = "openb's list of nodes.")
    private @Nullable Path nodes;

    @Option(names = "--pods", paramLabel = "F", description = "openb's list of pods.")
    private @Nullable Path pods;

    @Option(names = "--repeats", paramLabel = "N", defaultValue = "7", description = "Of each measurement.")
    private int repeats;

    @Option(names = "--gang", paramLabel = "N", defaultValue = "512", description = "Devices of the gang.")
    private int gang;

    @Option(names = "--inflation", paramLabel = "X", defaultValue = "1.3", description = "GPUs asked for.")
    private double inflation;

    @Option(names = "--more", paramLabel = "N", defaultValue = "10", description = "Nodes that would be added.")
    private int more;

    @Option(names = "--horizon", paramLabel = "S", defaultValue = "0", description = "Seconds to look ahead.")
    private double horizonSeconds;

    @Option(names = "--policy", paramLabel = "NAME", defaultValue = "Pagoda", description = "Of placement.")
    private String policy = "";

    @Option(names = "--seed", paramLabel = "S", defaultValue = "42", description = "Of the order of pods.")
    private long seed;

    @Override
    public Integer call() throws InterruptedException {
        if (nodes == null || pods == null) {
            throw new StartRefused("bench compute needs --nodes and --pods; see ./pagoda bench --help");
        }
        OptionBounds.require("--repeats", repeats, 1, 1_000);
        OptionBounds.require("--gang", gang, 1, MAX_GANG);
        OptionBounds.require("--more", more, 1, 65_536);
        OptionBounds.require("--inflation", inflation, 0.01, 10);
        OptionBounds.require("--horizon", horizonSeconds, 0, 31_536_000);
        OpenbScheduler openb = read(nodes, pods);
        PrintStream out = System.out;
        out.println("MACHINE\t" + load());
        out.println("CLUSTER\tnodes=" + openb.nodes().size() + "\tgpus="
                + openb.nodes().stream().mapToInt(OpenbNode::gpus).sum() + "\tpolicy=" + policy);
        var lines = new ReportLines(SYSTEM, "openb", out);
        BenchProgress progress = BenchProgress.onStandardError();
        gangs(lines, progress, nodes, pods);
        whatIfs(openb, lines, progress);
        out.println("MACHINE\t" + load());
        return 0;
    }

    private OpenbScheduler read(Path nodeFile, Path podFile) {
        try {
            Policies.canonical(policy);
            return new OpenbScheduler(OpenbNode.read(TraceText.read(nodeFile)), OpenbPod.read(TraceText.read(podFile)));
        } catch (TraceFault | IllegalArgumentException broken) {
            throw new StartRefused(String.valueOf(broken.getMessage()), broken);
        }
    }

    private void gangs(ReportLines lines, BenchProgress progress, Path nodeFile, Path podFile)
            throws InterruptedException {
        List<Double> wall = new ArrayList<>();
        List<Double> cpu = new ArrayList<>();
        int placed = gang;
        List<String> command = ChildJvm.command(
                RAW_BYTES,
                List.of(),
                GangChild.class,
                List.of(nodeFile.toString(), podFile.toString(), policy, Integer.toString(gang)));
        try (BenchProgress.Bar bar = progress.bar("gangs", repeats)) {
            for (int i = 0; i < repeats; i++) {
                String[] fields = child(command);
                wall.add(Long.parseLong(fields[0]) / 1e6);
                cpu.add(Long.parseLong(fields[1]) / 1e6);
                placed = Math.min(placed, Integer.parseInt(fields[2]));
                bar.stepBy(1);
            }
        }
        lines.line(
                "GANG",
                List.of("devices=" + gang, "placed=" + placed, "wall_ms " + spread(wall), "cpu_ms " + spread(cpu)));
        double median = median(wall);
        lines.bar(
                "a cold gang of " + gang + ", median ms",
                placed < gang ? Double.NaN : median,
                placed == gang && median < GANG_BAR_MILLIS,
                "< " + (int) GANG_BAR_MILLIS);
    }

    private static String[] child(List<String> command) throws InterruptedException {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            boolean isOver = process.waitFor(CHILD_SECONDS, TimeUnit.SECONDS);
            if (!isOver) {
                process.destroyForcibly();
            }
            String[] fields = answer.split("\t", -1);
            if (!isOver || process.exitValue() != 0 || fields.length != 3) {
                throw new StartRefused("the process that places the gang failed");
            }
            return fields;
        } catch (IOException failed) {
            throw new StartRefused("a process cannot be started: " + failed.getMessage(), failed);
        }
    }

    private void whatIfs(OpenbScheduler openb, ReportLines lines, BenchProgress progress) {
        progress.say("filling the cluster");
        Scheduler scheduler = openb.idle(policy);
        long before = System.nanoTime();
        int submitted = openb.fill(scheduler, inflation, seed);
        double fillSeconds = (System.nanoTime() - before) / 1e9;
        long pending = scheduler.jobs().stream()
                .filter(job -> job.phase() == JobPhase.PENDING)
                .count();
        long running = scheduler.jobs().size() - pending;
        lines.line(
                "FILL",
                List.of(
                        "running=" + running,
                        "pending=" + pending,
                        String.format(
                                Locale.ROOT,
                                "seconds=%.2f\tms_per_submit=%.2f",
                                fillSeconds,
                                fillSeconds * 1e3 / submitted)));
        List<Change> changes = List.of(new Change.AddNodes(more, openb.usualNode()));
        List<Double> wall = new ArrayList<>();
        List<Double> cpu = new ArrayList<>();
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        int starts = 0;
        for (int i = 0; i < repeats; i++) {
            long cpuBefore = threads.getCurrentThreadCpuTime();
            long start = System.nanoTime();
            Forecast forecast = scheduler.whatIf(changes, Math.round(horizonSeconds * 1e6));
            wall.add((System.nanoTime() - start) / 1e6);
            cpu.add((threads.getCurrentThreadCpuTime() - cpuBefore) / 1e6);
            starts = forecast.summary().wouldStartNow();
        }
        lines.line(
                "WHAT_IF",
                List.of(
                        "nodes=+" + more,
                        "horizon_s=" + horizonSeconds,
                        "would_start_now=" + starts,
                        String.format(Locale.ROOT, "first_ms=%.1f", wall.getFirst()),
                        "wall_ms " + spread(wall),
                        "cpu_ms " + spread(cpu)));
        double worst = wall.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
        lines.bar(
                "what if +" + more + " nodes, worst ms",
                worst,
                worst < WHAT_IF_BAR_MILLIS,
                "< " + (int) WHAT_IF_BAR_MILLIS);
    }

    private static double median(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    private static String spread(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        return String.format(
                Locale.ROOT, "median=%.1f least=%.1f most=%.1f", median(figures), sorted.getFirst(), sorted.getLast());
    }

    /// What else the machine does falsifies what is measured, so it stands beside it.
    private static String load() {
        var system = ManagementFactory.getOperatingSystemMXBean();
        return String.format(
                Locale.ROOT,
                "processors=%d\tload_average=%.2f",
                system.getAvailableProcessors(),
                system.getSystemLoadAverage());
    }
}
