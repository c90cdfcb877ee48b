package dev.pagoda.deploy.simulate;

import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.study.MetricsRecorder;
import dev.pagoda.gateway.study.ServingPlan;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// A study's metrics as a file that Prometheus can backfill.
final class MetricsOptions {
    private static final int MOST_INTERVAL_SECONDS = 3_600;
    private static final long SECOND_NANOS = 1_000_000_000L;

    @Option(names = "--metrics", paramLabel = "F", description = "Where OpenMetrics with timestamps go.")
    private @Nullable Path file;

    @Option(names = "--metrics-interval", paramLabel = "S", description = "Seconds between two scrapes.")
    private int intervalSeconds = 15;

    @Option(names = "--metrics-start", paramLabel = "TIME", description = "When the trace begins.")
    private String start = "2026-01-01T00:00:00Z";

    boolean isWanted() {
        return file != null;
    }

    void refuseUnwritable() {
        ResultFile.refuseUnwritable(file);
    }

    Optional<MetricsRecorder> recorder(String model, ServingPlan plan) {
        if (file == null) {
            return Optional.empty();
        }
        if (intervalSeconds < 1 || intervalSeconds > MOST_INTERVAL_SECONDS) {
            throw new StartRefused(
                    "--metrics-interval " + intervalSeconds + " is not within 1 to " + MOST_INTERVAL_SECONDS);
        }
        long begin;
        try {
            begin = Instant.parse(start).toEpochMilli();
        } catch (DateTimeParseException | ArithmeticException broken) {
            throw new StartRefused("--metrics-start " + start + " is not like 2026-01-01T00:00:00Z", broken);
        }
        return Optional.of(new MetricsRecorder(model, plan, begin, intervalSeconds * SECOND_NANOS));
    }

    void write(MetricsRecorder recorder) {
        if (file == null) {
            return;
        }
        recorder.finish();
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            recorder.history().write(out);
        } catch (IOException unwritable) {
            throw new StartRefused("the metrics cannot be written to " + file.toAbsolutePath(), unwritable);
        }
        System.err.println("metrics: " + file.toAbsolutePath());
    }
}
