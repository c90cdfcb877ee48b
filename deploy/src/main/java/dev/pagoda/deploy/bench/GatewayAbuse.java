package dev.pagoda.deploy.bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What bad clients cost good ones: the latency of healthy requests alone and while each kind of [Abuse] goes on,
/// alternately, in one run.
final class GatewayAbuse {
    /// A model that is served by default.
    private static final String SIMULATED = "qwen2.5-7b-instruct";
    private static final double MAX_P99_RATIO = 2;
    private static final int CONNECTIONS = 8;
    /// Each connection rests so long between two requests, so that the machine is far from full.
    private static final int PAUSE_MILLIS = 4;
    private static final int WARM_UP_SECONDS = 6;

    private final GatewaySystem system;
    private final int seconds;
    private final PrintStream out;
    private final BenchProgress progress;

    GatewayAbuse(GatewaySystem system, int seconds, PrintStream out, BenchProgress progress) {
        this.system = system;
        this.seconds = seconds;
        this.out = out;
        this.progress = progress;
    }

    void run() throws InterruptedException {
        progress.say("warming up");
        WrkRun.of(system, GatewayFixture.JSON_REQUEST, 64, WARM_UP_SECONDS, 0);
        for (Abuse.Kind kind : Abuse.Kind.values()) {
            progress.say("alone, then with " + kind.label);
            List<Double> alone = new ArrayList<>();
            alone.add(say("alone", healthy()));
            Abuse abuse = Abuse.begin(kind, system, SIMULATED);
            double under;
            Abuse.Outcome outcome;
            try {
                under = say(kind.name().toLowerCase(Locale.ROOT), healthy());
            } finally {
                outcome = abuse.end();
            }
            alone.add(say("alone", healthy()));
            double without = (alone.get(0) + alone.get(1)) / 2;
            out.printf(
                    Locale.ROOT,
                    "ABUSE\t%s\tbegun=%d\trefused=%d\tcut=%d\tp99_alone_ms=%.3f\tp99_ms=%.3f%n",
                    kind.label,
                    outcome.begun(),
                    outcome.refused(),
                    outcome.cut(),
                    without,
                    under);
            GatewayBench.bar(
                    out,
                    "p99 of healthy requests with " + kind.label + " / alone",
                    under / without,
                    MAX_P99_RATIO,
                    false);
        }
    }

    private WrkRun healthy() throws InterruptedException {
        return WrkRun.of(system, GatewayFixture.JSON_REQUEST, CONNECTIONS, seconds, PAUSE_MILLIS);
    }

    private double say(String when, WrkRun run) {
        out.printf(
                Locale.ROOT,
                "HEALTHY\t%s\trequests_per_s=%.0f\tp50_ms=%.3f\tp99_ms=%.3f\terrors=%d%n",
                when,
                run.requestsPerSecond(),
                run.p50Millis(),
                run.p99Millis(),
                run.errors());
        out.flush();
        return run.p99Millis();
    }
}
