package dev.pagoda.gateway.openai;

import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// What the relay takes of its own, and what the servers behind it take. Safe from any thread.
public final class RelayMeters {
    private static final Duration[] BUCKETS = {
        Duration.ofNanos(20_000),
        Duration.ofNanos(50_000),
        Duration.ofNanos(100_000),
        Duration.ofNanos(200_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(100),
    };

    private final MeterRegistry meters;
    private final Timer overhead;
    private final Map<String, Timer> upstreams = new ConcurrentHashMap<>();
    private final DistributionSummary attempts;

    public RelayMeters(MeterRegistry meters) {
        this.meters = meters;
        this.overhead = Timer.builder("gateway.overhead")
                .description("Time of a request in the gateway's own code, engines and other servers excluded")
                .serviceLevelObjectives(BUCKETS)
                .register(meters);
        this.attempts = DistributionSummary.builder("pagoda.gateway.upstream.attempts")
                .description("Requests to other servers for one of a client")
                .register(meters);
    }

    /// @param upstream who answered, empty for nobody
    void ended(String upstream, long ownNanos, long othersNanos, int requests) {
        overhead.record(ownNanos, TimeUnit.NANOSECONDS);
        attempts.record(requests);
        upstreams.computeIfAbsent(upstream, this::timer).record(othersNanos, TimeUnit.NANOSECONDS);
    }

    private Timer timer(String upstream) {
        return Timer.builder("pagoda.gateway.upstream")
                .description("Time from the first request to another server to the end of the answer")
                .tag("upstream", upstream.isEmpty() ? "none" : upstream)
                .register(meters);
    }
}
