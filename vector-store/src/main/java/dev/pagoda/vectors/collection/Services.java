package dev.pagoda.vectors.collection;

import dev.pagoda.governance.bus.Call;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/// The catalogue behind bounded pools: how ports and routes reach it.
///
/// @param searchers run what reads
/// @param writers   run what writes
/// @param recall    checks some of the queries
/// @param usage     counts what each principal asks for
public record Services(
        Catalogue catalogue, Workers searchers, Workers writers, Meters meters, RecallMeter recall, UsageMeter usage) {

    /// What is measured of each call.
    ///
    /// @param queries time of a query, waiting included
    /// @param writes  time of a write until it is on disk, waiting included
    /// @param requests by endpoint
    public record Meters(Timer queries, Timer writes, Counter points, Requests requests) {
        public static Meters of(MeterRegistry registry) {
            return new Meters(
                    timer(registry, "pagoda.vectors.query", "Time of a query, waiting included"),
                    timer(registry, "pagoda.vectors.write", "Time of a write until it is on disk, waiting included"),
                    Counter.builder("pagoda.vectors.points.written")
                            .description("Points stored, updates included")
                            .register(registry),
                    new Requests());
        }

        private static Timer timer(MeterRegistry registry, String name, String description) {
            return Timer.builder(name)
                    .description(description)
                    .publishPercentileHistogram()
                    .minimumExpectedValue(Duration.ofNanos(100_000))
                    .maximumExpectedValue(Duration.ofSeconds(30))
                    .register(registry);
        }
    }

    /// What ranks points.
    public Queries queries() {
        return new Queries(catalogue, recall);
    }

    public <T> CompletableFuture<T> read(Call call, Supplier<T> task) {
        return searchers.run(call, task);
    }

    /// A read that counts as a query; one that asks several says so by [#alsoQueried].
    public <T> CompletableFuture<T> query(Call call, Supplier<T> task) {
        long start = System.nanoTime();
        return searchers.run(call, task).whenComplete((done, failure) -> {
            meters.queries().record(Duration.ofNanos(System.nanoTime() - start));
            if (failure == null) {
                usage.queried(call.principal(), 1);
            }
        });
    }

    /// Counts the queries of a call beyond its first.
    public void alsoQueried(Call call, int more) {
        usage.queried(call.principal(), more);
    }

    /// Counts points that a call has stored.
    public void stored(Call call, long points) {
        meters.points().increment((double) points);
        usage.stored(call.principal(), points);
    }

    /// A write, answered when it is on disk. An empty one is answered at once.
    public <T> CompletableFuture<T> write(
            Call call, Supplier<Optional<Written>> task, Function<Optional<Long>, T> answer) {
        long start = System.nanoTime();
        return writers.run(call, task)
                .thenCompose(written -> written.map(each -> each.durable().thenApply(Optional::of))
                        .orElseGet(() -> CompletableFuture.completedFuture(Optional.empty())))
                .thenApply(answer)
                .whenComplete((done, failure) -> meters.writes().record(Duration.ofNanos(System.nanoTime() - start)));
    }
}
