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
/// hundred thousand, with the slope of a line through what came after the warm-up.
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
    private final PrintStream out;
    private final BenchProgress progress;
    private final List<Point> points = new ArrayList<>();

    /// @param requests so far
    record Point(double requests, double megabytes) {}

    GatewaySoak(GatewaySystem system, PrintStream out, BenchProgress progress) {
        this.system = system;
        this.out = out;
        this.progress = progress;
    }

    void run(long requests) throws InterruptedException {
        double done = 0;
        double told = 0;
        long errors = 0;
        for (int slice = 0; done < requests; slice++) {
            String body =
                    slice % STREAMED == STREAMED - 1 ? GatewayFixture.STREAM_REQUEST : GatewayFixture.JSON_REQUEST;
            WrkRun run = WrkRun.of(system, body, CONNECTIONS, SLICE_SECONDS, 0);
            done += run.requestsPerSecond() * SLICE_SECONDS;
            errors += run.errors();
            points.add(new Point(done, resident()));
            progress.say(String.format(Locale.ROOT, "%.0f of %d requests", done, requests));
            if (done - told >= REQUESTS_A_POINT || done >= requests) {
                told = done;
                out.printf(
                        Locale.ROOT,
                        "RSS\trequests=%.0f\tmegabytes=%.1f\terrors=%d%n",
                        done,
                        points.getLast().megabytes(),
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
        double sum = 0;
        for (long pid : system.pids()) {
            try {
                Matcher found = RESIDENT.matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
                if (found.find()) {
                    sum += Double.parseDouble(found.group(1)) / 1_024;
                }
            } catch (IOException gone) {
                throw new StartRefused("the platform has ended: " + gone.getMessage(), gone);
            }
        }
        return sum;
    }
}
