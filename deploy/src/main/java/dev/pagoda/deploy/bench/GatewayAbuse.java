package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import dev.pagoda.deploy.bench.Abuse.Kind;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/// What bad clients cost good ones: the latency of healthy requests alone and while each kind of [Abuse] goes on, in
/// slices that take turns, so that a machine that is slower for a while is so for both. Medians of the slices count.
///
/// Streams cost something however they are read, so that slow readers are compared with readers of the same streams
/// too.
final class GatewayAbuse {
    /// A model that is served by default.
    private static final String SIMULATED = "qwen2.5-7b-instruct";
    private static final double MAX_P99_RATIO = 2;
    private static final int CONNECTIONS = 8;
    /// Each connection rests so long between two requests, so that the machine is far from full.
    private static final int PAUSE_MILLIS = 4;
    private static final int WARM_UP_SECONDS = 10;
    /// From the first of the bad clients until the last of them has come, and until what they left is done with.
    private static final int SETTLE_MILLIS = 1_200;
    /// Who dribbles is let go of by then.
    private static final Duration MOST_HELD = Duration.ofSeconds(30);

    private final GatewaySystem system;
    private final int seconds;
    private final int rounds;
    private final PrintStream out;
    private final BenchProgress progress;

    /// @param seconds of a slice
    /// @param rounds  slices of each sort, for each kind
    GatewayAbuse(GatewaySystem system, int seconds, int rounds, PrintStream out, BenchProgress progress) {
        this.system = system;
        this.seconds = seconds;
        this.rounds = rounds;
        this.out = out;
        this.progress = progress;
    }

    /// Slices of healthy requests beside the same company.
    private static final class Slices {
        private final List<Double> p99 = new ArrayList<>();
        private final List<Double> busy = new ArrayList<>();
        private final List<Double> companyBusy = new ArrayList<>();

        double p99() {
            return median(p99);
        }

        private static double median(List<Double> figures) {
            double[] sorted =
                    figures.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            int middle = sorted.length / 2;
            return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    /// @return whether every bad request was refused as the protocol has it
    boolean run(List<Kind> kinds) throws InterruptedException {
        progress.say("warming up");
        WrkRun.of(system, GatewayFixture.JSON_REQUEST, 64, WARM_UP_SECONDS, 0);
        boolean isRight = true;
        for (Kind kind : kinds) {
            isRight &= run(kind);
        }
        return isRight;
    }

    private boolean run(Kind kind) throws InterruptedException {
        progress.say(kind.label);
        var alone = new Slices();
        var under = new Slices();
        var beside = new Slices();
        var abuse = new Abuse(kind, system, SIMULATED);
        CompletableFuture<Duration> held =
                kind.isLetGo() ? held(abuse) : CompletableFuture.completedFuture(Duration.ZERO);
        var outcome = new Abuse.Outcome(0, 0, 0, 0, "");
        // code that only this kind runs is compiled before it counts, which takes ten thousand requests
        slice(abuse, kind, true, new Slices());
        for (int round = 0; round < rounds; round++) {
            slice("alone", alone);
            outcome = slice(abuse, kind, false, under);
            if (kind == Kind.SLOW_READERS) {
                slice(new Abuse(Kind.READERS, system, SIMULATED), Kind.READERS, false, beside);
            }
        }
        double heldSeconds = held.join().toMillis() / 1e3;
        out.printf(
                Locale.ROOT,
                "ABUSE\t%s\tbegun=%d\trefused=%d\twrong=%d\tcut=%d\theld_s=%.1f\tp99_alone_ms=%.3f\tp99_ms=%.3f"
                        + "\tbusy_alone=%.2f\tbusy=%.2f\tclients_busy=%.2f%s%n",
                kind.label,
                outcome.begun(),
                outcome.refused(),
                outcome.wrong(),
                outcome.cut(),
                heldSeconds,
                alone.p99(),
                under.p99(),
                Slices.median(alone.busy),
                Slices.median(under.busy),
                Slices.median(under.companyBusy),
                outcome.firstWrong().isEmpty()
                        ? ""
                        : "\t" + outcome.firstWrong().replaceAll("\\s+", " "));
        bar("p99 of healthy requests with " + kind.label + " / alone", under.p99() / alone.p99());
        if (kind == Kind.SLOW_READERS) {
            bar(
                    "p99 of healthy requests with " + kind.label + " / with " + Kind.READERS.label,
                    under.p99() / beside.p99());
        }
        boolean isRefused = outcome.wrong() == 0
                && heldSeconds < MOST_HELD.toSeconds()
                && (!kind.isAnswered() || (outcome.refused() > 0 && outcome.cut() == 0));
        out.printf("REFUSED\t%s\t%s%n", kind.label, isRefused ? "as the protocol has it" : "otherwise");
        return isRefused;
    }

    private static CompletableFuture<Duration> held(Abuse abuse) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return abuse.held(MOST_HELD);
                    } catch (InterruptedException stopped) {
                        throw new CompletionException(stopped);
                    }
                },
                task -> Thread.ofVirtual().start(task));
    }

    private Abuse.Outcome slice(Abuse abuse, Kind kind, boolean isHurried, Slices slices) throws InterruptedException {
        abuse.begin(isHurried);
        Abuse.Outcome outcome;
        try {
            TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
            slice(kind.name().toLowerCase(Locale.ROOT), slices);
        } finally {
            outcome = abuse.end();
        }
        TimeUnit.MILLISECONDS.sleep(SETTLE_MILLIS);
        return outcome;
    }

    private void slice(String when, Slices slices) throws InterruptedException {
        Duration before = ownProcessorTime();
        double machineBefore = MachineTime.busySeconds();
        WrkRun run = WrkRun.of(system, GatewayFixture.JSON_REQUEST, CONNECTIONS, seconds, PAUSE_MILLIS);
        double companyBusy = ownProcessorTime().minus(before).toNanos() / 1e9 / seconds;
        double machineBusy = (MachineTime.busySeconds() - machineBefore) / seconds;
        double busy = run.cpuMicros() * run.requestsPerSecond() / 1e6;
        slices.p99.add(run.p99Millis());
        slices.busy.add(busy);
        slices.companyBusy.add(companyBusy);
        out.printf(
                Locale.ROOT,
                "HEALTHY\t%s\trequests_per_s=%.0f\tp50_ms=%.3f\tp99_ms=%.3f\terrors=%d\tbusy=%.2f\tclients_busy=%.2f"
                        + "\tmachine_busy=%.2f%n",
                when,
                run.requestsPerSecond(),
                run.p50Millis(),
                run.p99Millis(),
                run.errors(),
                busy,
                companyBusy,
                machineBusy);
        out.flush();
    }

    private static Duration ownProcessorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    private void bar(String what, double ratio) {
        GatewayBench.bar(out, what, ratio, MAX_P99_RATIO, false);
    }

    /// The kinds of abuse that have these names; all when there are none.
    static List<Kind> named(List<String> names) {
        Map<String, Kind> known = new LinkedHashMap<>();
        for (Kind kind : Kind.values()) {
            if (kind != Kind.READERS) {
                known.put(kind.name().toLowerCase(Locale.ROOT).replace('_', '-'), kind);
            }
        }
        for (String name : names) {
            if (!known.containsKey(name)) {
                throw new StartRefused(
                        "--cases has '" + name + "', which is none of " + String.join(", ", known.keySet()));
            }
        }
        if (!names.isEmpty()) {
            known.keySet().retainAll(names);
        }
        return List.copyOf(known.values());
    }
}
