package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `pagoda bench gateway`: what the gateway adds to a fixed upstream, beside nginx and a minimal relay, in one run.
///
/// Exit codes: 0 measured; 2 it could not be measured.
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

    @Option(names = "--connections", paramLabel = "C", defaultValue = "64", description = "Requests at once.")
    private int connections;

    @Option(names = "--seconds", paramLabel = "S", defaultValue = "5", description = "Length of each measurement.")
    private int seconds;

    @Option(names = "--rounds", paramLabel = "R", defaultValue = "3", description = "Medians are taken over these.")
    private int rounds;

    @Option(names = "--warm-up", paramLabel = "S", defaultValue = "8", description = "Seconds before the first round.")
    private int warmUpSeconds;

    @Option(
            names = "--abuse",
            description = "Instead: the latency of healthy requests alone and while bad clients do their worst.")
    private boolean abuse;

    @Option(
            names = "--soak",
            paramLabel = "N",
            description = "Instead: the platform's memory over so many requests, 200000 to 100000000.")
    private long soak;

    @Override
    public Integer call() throws InterruptedException {
        within("--connections", connections, 2, 1_024);
        within("--seconds", seconds, 1, 600);
        within("--rounds", rounds, 1, 99);
        within("--warm-up", warmUpSeconds, 1, 600);
        if (soak != 0 && (soak < 200_000 || soak > 100_000_000)) {
            throw new StartRefused("--soak " + soak + " is not from 200000 to 100000000");
        }
        PrintStream out = System.out;
        BenchProgress progress = BenchProgress.onStandardError();
        try (GatewaySystems systems = GatewaySystems.start(progress)) {
            List<GatewaySystem> all = systems.all();
            if (abuse) {
                new GatewayAbuse(named(all, "pagoda"), seconds, out, progress).run();
            }
            if (soak > 0) {
                new GatewaySoak(named(all, "pagoda"), out, progress).run(soak);
            }
            if (abuse || soak > 0) {
                return 0;
            }
            for (Load load : List.of(Load.JSON, Load.EVENTS)) {
                for (GatewaySystem system : all) {
                    progress.say("warming up " + system.name() + ", " + load.label);
                    WrkRun.of(system, load.body, connections, warmUpSeconds, 0);
                }
                measure(load, all, out, progress);
            }
            half(all, out, progress);
        }
        return 0;
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
        double relayCpu = median(runs, "relay", WrkRun::cpuMicros);
        double pagodaCpu = median(runs, "pagoda", WrkRun::cpuMicros);
        double rate = median(runs, "pagoda", WrkRun::requestsPerSecond) * load.eventsPerRequest;
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

    /// At half of what the gateway takes at most: what it adds to the upstream's p99.
    private void half(List<GatewaySystem> all, PrintStream out, BenchProgress progress) throws InterruptedException {
        GatewaySystem direct = named(all, "upstream");
        GatewaySystem pagoda = named(all, "pagoda");
        progress.say("half load");
        double full = WrkRun.of(pagoda, Load.JSON.body, connections, seconds, 0).requestsPerSecond();
        int pauseMillis = Math.max(1, (int) Math.round(connections / (full / 2) * 1_000));
        List<Double> added = new ArrayList<>();
        for (int round = 1; round <= rounds; round++) {
            WrkRun without = WrkRun.of(direct, Load.JSON.body, connections, seconds, pauseMillis);
            WrkRun with = WrkRun.of(pagoda, Load.JSON.body, connections, seconds, pauseMillis);
            added.add(with.p99Millis() - without.p99Millis());
            out.printf(
                    Locale.ROOT,
                    "HALF\tround=%d\trequests_per_s=%.0f\tupstream_p99_ms=%.3f\tpagoda_p99_ms=%.3f%n",
                    round,
                    with.requestsPerSecond(),
                    without.p99Millis(),
                    with.p99Millis());
        }
        bar(out, "added p99 at half load, ms", median(added), MAX_ADDED_P99_MILLIS, false);
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

    private static void within(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new StartRefused(option + " " + value + " is not from " + least + " to " + most);
        }
    }
}
