package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Whether memory stays where it is: many requests, whole and streamed, and the platform's resident memory after each
/// hundred thousand and where it is, with the slope of a line through what came after the warm-up. What live objects
/// take is asked twice, early and at the end.
final class GatewaySoak {
    private static final int REQUESTS_A_POINT = 100_000;
    private static final double MAX_SLOPE_MEGABYTES = 1;
    /// Part of the requests that is not looked at.
    private static final double WARM_UP = 0.3;
    private static final int SLICE_SECONDS = 2;
    private static final int CONNECTIONS = 64;
    /// One slice in so many is of streams.
    private static final int STREAMED = 4;
    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+(\\d+) kB");

    private final GatewaySystem system;
    private final long pid;
    private final PrintStream out;
    private final BenchProgress progress;
    private final List<Point> points = new ArrayList<>();

    /// @param requests so far
    record Point(double requests, double megabytes) {}

    GatewaySoak(GatewaySystem system, PrintStream out, BenchProgress progress) {
        this.system = system;
        this.pid = system.pids().getFirst();
        this.out = out;
        this.progress = progress;
    }

    void run(long requests) throws InterruptedException {
        double done = 0;
        double told = 0;
        long errors = 0;
        double live = 0;
        double liveAt = 0;
        for (int slice = 0; done < requests; slice++) {
            String body =
                    slice % STREAMED == STREAMED - 1 ? GatewayFixture.STREAM_REQUEST : GatewayFixture.JSON_REQUEST;
            WrkRun run = WrkRun.of(system, body, CONNECTIONS, SLICE_SECONDS, 0);
            done += run.requestsPerSecond() * SLICE_SECONDS;
            errors += run.errors();
            if (slice + 1 == STREAMED) {
                live = MemoryOf.live(pid);
                liveAt = done;
            }
            points.add(new Point(done, resident()));
            progress.say(String.format(Locale.ROOT, "%.0f of %d requests", done, requests));
            if (done - told >= REQUESTS_A_POINT || done >= requests) {
                told = done;
                MemoryOf memory = MemoryOf.process(pid);
                out.printf(
                        Locale.ROOT,
                        "RSS\trequests=%.0f\tmegabytes=%.1f\theap=%.1f\tfiles=%.1f\tothers=%.1f\tobjects=%.1f\terrors=%d%n",
                        done,
                        memory.resident(),
                        memory.heap(),
                        memory.files(),
                        memory.others(),
                        memory.used(),
                        errors);
                out.flush();
            }
        }
        double begin = done * WARM_UP;
        List<Point> settled =
                points.stream().filter(point -> point.requests() >= begin).toList();
        if (settled.size() < 3) {
            throw new StartRefused("so few requests give no slope: " + settled.size() + " points after the warm-up");
        }
        GatewayBench.bar(
                out,
                "resident memory, MB more with each 100,000 requests",
                slope(settled) * REQUESTS_A_POINT,
                MAX_SLOPE_MEGABYTES,
                false);
        double liveAfter = MemoryOf.live(pid);
        out.printf(
                Locale.ROOT,
                "LIVE\tmegabytes=%.1f after %.0f requests\tmegabytes=%.1f after %.0f\tper_100000=%.3f%n",
                live,
                liveAt,
                liveAfter,
                done,
                (liveAfter - live) / (done - liveAt) * REQUESTS_A_POINT);
    }

    /// Megabytes a request, by least squares.
    static double slope(List<Point> points) {
        double meanX = points.stream().mapToDouble(Point::requests).average().orElseThrow();
        double meanY = points.stream().mapToDouble(Point::megabytes).average().orElseThrow();
        double above = 0;
        double below = 0;
        for (Point point : points) {
            above += (point.requests() - meanX) * (point.megabytes() - meanY);
            below += (point.requests() - meanX) * (point.requests() - meanX);
        }
        return above / below;
    }

    private double resident() {
        try {
            Matcher found = RESIDENT.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
            return found.find() ? Double.parseDouble(found.group(1)) / 1_024 : Double.NaN;
        } catch (IOException gone) {
            throw new StartRefused("the platform has ended: " + gone.getMessage(), gone);
        }
    }
}
