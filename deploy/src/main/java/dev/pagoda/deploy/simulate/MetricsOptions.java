package dev.pagoda.deploy.simulate;

import dev.pagoda.deploy.StartRefused;
import dev.pagoda.gateway.study.EngineConfig;
import dev.pagoda.gateway.study.MetricsRecorder;
import dev.pagoda.gateway.study.MetricsRecorder.Extras;
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
    private static final double DEFAULT_SAMPLE = .01;

    @Option(names = "--metrics", paramLabel = "F", description = "Where OpenMetrics with timestamps go.")
    private @Nullable Path file;

    @Option(names = "--metrics-interval", paramLabel = "S", description = "Seconds between two scrapes.")
    private int intervalSeconds = 15;

    @Option(names = "--metrics-start", paramLabel = "TIME", description = "When the trace begins.")
    private String start = "2026-01-01T00:00:00Z";

    @Option(names = "--kv-cache-metrics", description = "As vLLM's: how long KV blocks stay.")
    private boolean kvCacheMetrics;

    @Option(names = "--kv-cache-metrics-sample", paramLabel = "X", description = "As vLLM's (default 0.01).")
    private @Nullable Double blockSample;

    @Option(names = "--enable-mfu-metrics", description = "As vLLM's: operations and memory traffic.")
    private boolean work;

    boolean isWanted() {
        return file != null;
    }

    void refuseUnwritable() {
        ResultFile.refuseUnwritable(file);
    }

    Optional<MetricsRecorder> recorder(String model, ServingPlan plan, EngineConfig config) {
        if (file == null) {
            if (kvCacheMetrics || work || blockSample != null) {
                throw new StartRefused("--kv-cache-metrics, --kv-cache-metrics-sample and --enable-mfu-metrics go with"
                        + " --metrics");
            }
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
        return Optional.of(new MetricsRecorder(model, plan, begin, intervalSeconds * SECOND_NANOS, extras(config)));
    }

    /// As the options say, else as the file with which a vLLM was started.
    private Extras extras(EngineConfig config) {
        double sample = blockSample != null
                ? blockSample
                : config.number("kv_cache_metrics_sample").orElse(DEFAULT_SAMPLE);
        if (!(sample > 0 && sample <= 1)) {
            throw new StartRefused("--kv-cache-metrics-sample " + sample + " is not above 0 and at most 1");
        }
        boolean isSampled = kvCacheMetrics || config.flag("kv_cache_metrics").orElse(false);
        if (blockSample != null && !isSampled) {
            throw new StartRefused("--kv-cache-metrics-sample goes with --kv-cache-metrics");
        }
        return new Extras(
                isSampled ? sample : 0,
                work || config.flag("enable_mfu_metrics").orElse(false));
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
