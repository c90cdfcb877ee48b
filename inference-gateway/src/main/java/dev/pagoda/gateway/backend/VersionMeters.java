package dev.pagoda.gateway.backend;

import dev.pagoda.gateway.backend.ChatSession.Ended;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// How each version of each model answers: by what one tells whether a new one is as good as the old.
///
/// Belongs to the deployments' context. The labels are those of registered versions.
final class VersionMeters {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2_500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
    };

    private final MeterRegistry meters;
    private final Map<String, Of> byReference = new HashMap<>();

    private record Of(Map<String, Counter> outcomes, Timer firstToken, Timer total) {}

    VersionMeters(MeterRegistry meters) {
        this.meters = meters;
    }

    /// A request has ended.
    ///
    /// @param ended of a `name:version`
    void ended(Ended ended) {
        Of of = byReference.computeIfAbsent(ended.reference(), this::of);
        of.outcomes
                .computeIfAbsent(
                        ended.outcome().name().toLowerCase(Locale.ROOT),
                        outcome -> Counter.builder("pagoda.gateway.version.requests")
                                .description("Requests of a version by how they ended")
                                .tags(tags(ended.reference()).and("outcome", outcome))
                                .register(meters))
                .increment();
        if (ended.firstTokenNanos() >= 0) {
            of.firstToken.record(Duration.ofNanos(ended.firstTokenNanos()));
        }
        of.total.record(Duration.ofNanos(ended.totalNanos()));
    }

    private Of of(String reference) {
        return new Of(
                new HashMap<>(),
                timer("pagoda.gateway.version.first.token", "From a request's arrival to its first token", reference),
                timer("pagoda.gateway.version.request", "From a request's arrival to its end", reference));
    }

    private Timer timer(String name, String description, String reference) {
        return Timer.builder(name)
                .description(description)
                .tags(tags(reference))
                .serviceLevelObjectives(BUCKETS)
                .register(meters);
    }

    private static Tags tags(String reference) {
        int colon = reference.lastIndexOf(':');
        return Tags.of("model", reference.substring(0, colon), "version", reference.substring(colon + 1));
    }
}
