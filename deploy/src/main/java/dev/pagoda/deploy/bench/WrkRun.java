package dev.pagoda.deploy.bench;

import dev.pagoda.deploy.StartRefused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One run of wrk (https://github.com/wg/wrk), a closed loop over HTTP/1.1, against one server.
///
/// @param cpuMicros time on a processor of the server's processes, user and system, by answered request
/// @param errors    answers that were none, or had another status than 2xx
/// @param threads   of the server, and what they had of the processors
record WrkRun(
        double requestsPerSecond,
        double cpuMicros,
        double p50Millis,
        double p99Millis,
        long errors,
        long requests,
        List<ThreadTimes.Share> threads) {
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
    private static final Pattern DONE = Pattern.compile("(\\d+) requests in ");
    private static final Pattern LATENCY = Pattern.compile("(50|99)%\\s+([0-9.]+)(us|ms|s|m)\\b");
    private static final Pattern STATUS = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Pattern SOCKET =
            Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");
    /// Linux counts processor time in these (`getconf CLK_TCK`).
    private static final double MICROS_PER_TICK = 10_000;

    /// @param pauseMillis that each connection waits before each request; 0 for none
    static WrkRun of(GatewaySystem system, String body, int connections, int seconds, int pauseMillis)
            throws InterruptedException {
        try {
            Path script = Files.createTempFile("pagoda-wrk", ".lua");
            try {
                Files.writeString(script, script(system, body, pauseMillis));
                ThreadTimes threads = ThreadTimes.of(system.pids());
                long before = ticks(system);
                Process wrk = new ProcessBuilder(
                                "wrk",
                                "-t1",
                                "-c" + connections,
                                "-d" + seconds + "s",
                                "--latency",
                                "-s",
                                script.toString(),
                                "http://127.0.0.1:" + system.port() + "/v1/chat/completions")
                        .redirectErrorStream(true)
                        .start();
                String said = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                if (wrk.waitFor() != 0) {
                    throw new StartRefused("wrk failed: " + said.strip());
                }
                long ticks = ticks(system) - before;
                return read(said, ticks, ThreadTimes.of(system.pids()).since(threads));
            } finally {
                Files.deleteIfExists(script);
            }
        } catch (IOException missing) {
            throw new StartRefused(
                    "wrk cannot be run: " + missing.getMessage() + "; Debian has it as package wrk", missing);
        }
    }

    /// Time in which threads of the server were ready and had no processor, by answered request.
    double waitedMicros() {
        return threads.stream().mapToLong(ThreadTimes.Share::waitedNanos).sum() / 1e3 / requests;
    }

    private static String script(GatewaySystem system, String body, int pauseMillis) {
        var script = new StringBuilder("wrk.method = \"POST\"\nwrk.body = [==[" + body + "]==]\n");
        script.append("wrk.headers[\"Content-Type\"] = \"application/json\"\n");
        system.headers().forEach((name, value) -> script.append("wrk.headers[\"" + name + "\"] = \"" + value + "\"\n"));
        if (pauseMillis > 0) {
            // evenly spread, so that the connections do not march in step
            script.append("function delay() return math.random(0, " + 2 * pauseMillis + ") end\n");
        }
        return script.toString();
    }

    private static WrkRun read(String said, long ticks, List<ThreadTimes.Share> threads) {
        long requests = Math.max(1, (long) number(DONE, said));
        double p50 = Double.NaN;
        double p99 = Double.NaN;
        Matcher latency = LATENCY.matcher(said);
        while (latency.find()) {
            double millis = Double.parseDouble(latency.group(2))
                    * switch (latency.group(3)) {
                        case "us" -> 0.001;
                        case "s" -> 1_000;
                        case "m" -> 60_000;
                        default -> 1;
                    };
            if (latency.group(1).equals("50")) {
                p50 = millis;
            } else {
                p99 = millis;
            }
        }
        long errors = 0;
        Matcher status = STATUS.matcher(said);
        if (status.find()) {
            errors += Long.parseLong(status.group(1));
        }
        Matcher socket = SOCKET.matcher(said);
        if (socket.find()) {
            for (int i = 1; i <= 4; i++) {
                errors += Long.parseLong(socket.group(i));
            }
        }
        return new WrkRun(number(RATE, said), ticks * MICROS_PER_TICK / requests, p50, p99, errors, requests, threads);
    }

    private static double number(Pattern pattern, String said) {
        Matcher found = pattern.matcher(said);
        if (!found.find()) {
            throw new StartRefused("wrk said nothing of " + pattern + ": " + said.strip());
        }
        return Double.parseDouble(found.group(1));
    }

    private static long ticks(GatewaySystem system) throws IOException {
        long ticks = 0;
        for (long pid : system.pids()) {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            List<String> fields =
                    List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
            ticks += Long.parseLong(fields.get(11)) + Long.parseLong(fields.get(12));
        }
        return ticks;
    }
}
