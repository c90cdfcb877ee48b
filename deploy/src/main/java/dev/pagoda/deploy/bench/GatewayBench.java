package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda bench gateway`: what the gateway adds to a fixed upstream, beside nginx and a minimal relay, in one run.
///
/// Exit codes: 0 measured; 1 a bad request was not refused as its protocol has it; 2 it could not be measured.
@Command(
        name = "gateway",
        description = "What the gateway adds to an upstream, beside nginx and a minimal relay.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
public final class GatewayBench implements Callable<Integer> {
    private static final double MAX_CPU_RATIO_JSON = 2;
    private static final double MAX_CPU_RATIO_EVENT = 1;
    private static final double LEAST_REQUESTS = 20_000;
    private static final double LEAST_EVENTS = 150_000;
    private static final double MAX_ADDED_P99_MILLIS = 1;
    private static final int MOST_WARM_UPS = 5;
    /// Part of a processor.
    private static final double RESTING = 0.05;
    /// As Linux shortens their names.
    private static final Set<String> COMPILERS = Set.of("C1 CompilerThre", "C2 CompilerThre");
    private static final String HALF = "half";
    private static final List<String> PARTS = List.of(Load.JSON.label, Load.EVENTS.label, HALF);
    private static final String UPSTREAM = GatewayChild.UPSTREAM;
    private static final String PAGODA = "pagoda";
    /// Those of the platform that ran most.
    private static final int THREADS_SHOWN = 8;

    @Option(names = "--connections", paramLabel = "C", defaultValue = "64", description = "Requests at once.")
    private int connections;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "5", description = "Length of each measurement.")
    private int seconds;

    @Option(names = "--rounds", paramLabel = "R", defaultValue = "3", description = "Medians are taken over these.")
    private int rounds;

    @Option(
            names = "--warm-up",
            paramLabel = "S",
            defaultValue = "8",
            description = "Seconds before the first round, at least.")
    private int warmUpSeconds;

    @Option(
            names = "--parts",
            paramLabel = "LIST",
            split = ",",
            defaultValue = "json,sse,half",
            description = "What is measured: json, sse, half.")
    private List<String> parts = List.of();

    @Option(
            names = "--abuse",
            description = "Instead: the latency of healthy requests alone and while bad clients do their worst.")
    private boolean abuse;

    @Option(
            names = "--cases",
            paramLabel = "LIST",
            split = ",",
            description = "Of --abuse, such as slow-readers,smuggling; all by default.")
    private List<String> cases = List.of();

    @Option(
            names = "--slice",
            paramLabel = "S",
            defaultValue = "2",
            description = "Seconds for which --abuse measures alone, then with a case, by turns.")
    private int sliceSeconds;

    @Option(
            names = "--soak",
            paramLabel = "N",
            description = "Instead: the platform's memory over so many requests, 200000 to 100000000.")
    private long soak;

    @Override
    public Integer call() throws InterruptedException {
        OptionBounds.require("--connections", connections, 2, 1_024);
        OptionBounds.require("--seconds", seconds, 1, 600);
        OptionBounds.require("--rounds", rounds, 1, 99);
        OptionBounds.require("--warm-up", warmUpSeconds, 1, 600);
        OptionBounds.require("--slice", sliceSeconds, 1, 600);
        List<Abuse.Kind> asked = GatewayAbuse.named(cases);
        if (soak != 0) {
            OptionBounds.require("--soak", soak, 200_000, 100_000_000);
        }
        for (String part : parts) {
            if (!PARTS.contains(part)) {
                throw new StartRefused("--parts has '" + part + "', which is none of " + String.join(", ", PARTS));
            }
        }
        PrintStream out = System.out;
        BenchProgress progress = BenchProgress.onStandardError();
        try (GatewaySystems systems = GatewaySystems.start(progress)) {
            List<GatewaySystem> all = systems.all();
            if (abuse && !new GatewayAbuse(named(all, PAGODA), sliceSeconds, rounds, out, progress).run(asked)) {
                return 1;
            }
            if (soak > 0) {
                new GatewaySoak(named(all, PAGODA), out, progress).run(soak);
            }
            if (abuse || soak > 0) {
                return 0;
            }
            if (parts.contains(Load.JSON.label) || parts.contains(HALF)) {
                warmUp(Load.JSON, all, progress);
            }
            if (parts.contains(Load.JSON.label)) {
                measure(Load.JSON, all, out, progress);
            }
            if (parts.contains(HALF)) {
                half(all, out, progress);
            }
            if (parts.contains(Load.EVENTS.label)) {
                warmUp(Load.EVENTS, all, progress);
                measure(Load.EVENTS, all, out, progress);
            }
        }
        return 0;
    }

    /// Until compilers rest, but at most [#MOST_WARM_UPS] times as long as asked: a JVM that still compiles has other
    /// costs than one that has run for a minute.
    private void warmUp(Load load, List<GatewaySystem> all, BenchProgress progress) throws InterruptedException {
        for (GatewaySystem system : all) {
            progress.say("warming up " + system.name() + ", " + load.label);
            double compiling = 1;
            for (int i = 0; i < MOST_WARM_UPS && compiling > RESTING; i++) {
                WrkRun run = WrkRun.of(system, load.body, connections, warmUpSeconds, 0);
                compiling = run.threads().stream()
                                .filter(share -> COMPILERS.contains(share.name()))
                                .mapToLong(ThreadTimes.Share::runNanos)
                                .sum()
                        / (warmUpSeconds * 1e9);
            }
        }
    }

    /// What is asked for.
    enum Load {
        JSON("json", GatewayFixture.JSON_REQUEST, 1),
        EVENTS("sse", GatewayFixture.STREAM_REQUEST, GatewayFixture.EVENTS);

        final String label;
        final String body;
        final int eventsPerRequest;

        Load(String label, String body, int eventsPerRequest) {
            this.label = label;
            this.body = body;
            this.eventsPerRequest = eventsPerRequest;
        }
    }

    private void measure(Load load, List<GatewaySystem> all, PrintStream out, BenchProgress progress)
            throws InterruptedException {
        Map<String, List<WrkRun>> runs = new LinkedHashMap<>();
        for (int round = 1; round <= rounds; round++) {
            for (GatewaySystem system : all) {
                progress.say(load.label + ", round " + round + " of " + rounds + ": " + system.name());
                WrkRun run = WrkRun.of(system, load.body, connections, seconds, 0);
                runs.computeIfAbsent(system.name(), none -> new ArrayList<>()).add(run);
                out.printf(
                        Locale.ROOT,
                        "RESULT\t%s\t%s\tround=%d\t%s_per_s=%.0f\tcpu_us=%.2f\tp50_ms=%.3f\tp99_ms=%.3f\terrors=%d%n",
                        system.name(),
                        load.label,
                        round,
                        load == Load.JSON ? "requests" : "events",
                        run.requestsPerSecond() * load.eventsPerRequest,
                        run.cpuMicros() / load.eventsPerRequest,
                        run.p50Millis(),
                        run.p99Millis(),
                        run.errors());
                out.flush();
            }
        }
        threads(runs, out);
        double relayCpu = median(runs, GatewayChild.RELAY, WrkRun::cpuMicros);
        double pagodaCpu = median(runs, PAGODA, WrkRun::cpuMicros);
        double rate = median(runs, PAGODA, WrkRun::requestsPerSecond) * load.eventsPerRequest;
        for (String name : runs.keySet()) {
            out.printf(
                    Locale.ROOT,
                    "MEDIAN\t%s\t%s\t%s_per_s=%.0f\tcpu_us=%.2f%n",
                    name,
                    load.label,
                    load == Load.JSON ? "requests" : "events",
                    median(runs, name, WrkRun::requestsPerSecond) * load.eventsPerRequest,
                    median(runs, name, WrkRun::cpuMicros) / load.eventsPerRequest);
        }
        if (load == Load.JSON) {
            bar(out, "CPU of a JSON request / the relay's", pagodaCpu / relayCpu, MAX_CPU_RATIO_JSON, false);
            bar(out, "JSON requests/s", rate, LEAST_REQUESTS, true);
        } else {
            bar(out, "CPU of an event / the relay's", pagodaCpu / relayCpu, MAX_CPU_RATIO_EVENT, false);
            bar(out, "events/s", rate, LEAST_EVENTS, true);
        }
    }

    /// At half of what the gateway takes at most: what each system adds to the upstream's p99.
    private void half(List<GatewaySystem> all, PrintStream out, BenchProgress progress) throws InterruptedException {
        progress.say("half load");
        double full = WrkRun.of(named(all, PAGODA), Load.JSON.body, connections, seconds, 0)
                .requestsPerSecond();
        int pauseMillis = Math.max(1, (int) Math.round(connections / (full / 2) * 1_000));
        Map<String, List<WrkRun>> runs = new LinkedHashMap<>();
        for (int round = 1; round <= rounds; round++) {
            for (GatewaySystem system : all) {
                progress.say("half load, round " + round + " of " + rounds + ": " + system.name());
                WrkRun run = WrkRun.of(system, Load.JSON.body, connections, seconds, pauseMillis);
                runs.computeIfAbsent(system.name(), none -> new ArrayList<>()).add(run);
                out.printf(
                        Locale.ROOT,
                        "HALF\t%s\tround=%d\trequests_per_s=%.0f\tcpu_us=%.2f\twaited_us=%.2f\tp50_ms=%.3f\tp99_ms=%.3f%n",
                        system.name(),
                        round,
                        run.requestsPerSecond(),
                        run.cpuMicros(),
                        run.waitedMicros(),
                        run.p50Millis(),
                        run.p99Millis());
            }
        }
        threads(runs, out);
        double direct = 0;
        for (String name : runs.keySet()) {
            double p99 = median(runs, name, WrkRun::p99Millis);
            direct = name.equals(UPSTREAM) ? p99 : direct;
            out.printf(Locale.ROOT, "ADDED\t%s\tp99_ms=%.3f\tadded_p99_ms=%.3f%n", name, p99, p99 - direct);
        }
        bar(
                out,
                "added p99 at half load, ms",
                median(runs, PAGODA, WrkRun::p99Millis) - direct,
                MAX_ADDED_P99_MILLIS,
                false);
    }

    /// What the platform's threads had of the processors in the last round.
    private static void threads(Map<String, List<WrkRun>> runs, PrintStream out) {
        WrkRun last = Objects.requireNonNull(runs.get(PAGODA)).getLast();
        for (ThreadTimes.Share share :
                last.threads().stream().limit(THREADS_SHOWN).toList()) {
            out.printf(
                    Locale.ROOT,
                    "THREADS\t%s\t%s\trun_us=%.2f\twaited_us=%.2f%n",
                    PAGODA,
                    share.name(),
                    share.runNanos() / 1e3 / last.requests(),
                    share.waitedNanos() / 1e3 / last.requests());
        }
    }

    static void bar(PrintStream out, String what, double figure, double bar, boolean isLeast) {
        boolean isMet = isLeast ? figure >= bar : figure <= bar;
        out.printf(
                Locale.ROOT,
                "BAR\t%s\t%.3f\t%s %.0f\t%s%n",
                what,
                figure,
                isLeast ? "at least" : "at most",
                bar,
                isMet ? "met" : "missed");
        out.flush();
    }

    private static GatewaySystem named(List<GatewaySystem> all, String name) {
        return all.stream()
                .filter(system -> system.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static double median(Map<String, List<WrkRun>> runs, String name, ToDoubleFunction<WrkRun> figure) {
        return median(Objects.requireNonNull(runs.get(name)).stream()
                .map(figure::applyAsDouble)
                .toList());
    }

    private static double median(List<Double> figures) {
        List<Double> sorted = figures.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
