package dev.pagoda.vectors;

import dev.pagoda.vectors.collection.Catalogue;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.RecallMeter;
import dev.pagoda.vectors.collection.Services;
import dev.pagoda.vectors.collection.Workers;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.function.ToLongFunction;

/// What the store tells about itself.
final class StoreMeters {
    /// Collections that are told apart; the others are in the sum only.
    private static final int MAX_TOLD = 1_000;

    private StoreMeters() {}

    /// Registers a gauge for each collection whose recall is known, and forgets those that are gone.
    ///
    /// @param gauge of [#recallByCollection]
    static void tellRecall(MultiGauge gauge, Catalogue catalogue) {
        gauge.register(
                catalogue.list().stream()
                        .filter(collection -> !Double.isNaN(collection.recall()))
                        .limit(MAX_TOLD)
                        .map(collection -> MultiGauge.Row.of(
                                Tags.of("tenant", collection.tenant(), "collection", collection.name()),
                                collection,
                                Collection::recall))
                        .toList(),
                true);
    }

    static MultiGauge recallByCollection(MeterRegistry meters) {
        return MultiGauge.builder("pagoda.vectors.collection.recall")
                .description("Share of the true nearest that searches without filter find, of a sample")
                .register(meters);
    }

    static void register(MeterRegistry meters, Services services) {
        Catalogue catalogue = services.catalogue();
        Workers searchers = services.searchers();
        Workers writers = services.writers();
        Gauge.builder("pagoda.vectors.collections", catalogue, c -> c.list().size())
                .description("Collections of all tenants")
                .register(meters);
        Gauge.builder("pagoda.vectors.points", catalogue, c -> sum(c, Collection::points))
                .description("Points in all collections")
                .register(meters);
        Gauge.builder("pagoda.vectors.memory", catalogue, c -> sum(c, Collection::bytes))
                .baseUnit("bytes")
                .description("Estimated memory of vectors, links and postings")
                .register(meters);
        Gauge.builder("pagoda.vectors.log.replay", catalogue, Catalogue::journalBytes)
                .baseUnit("bytes")
                .description("Log that a restart would replay")
                .register(meters);
        FunctionCounter.builder("pagoda.vectors.log.fsyncs", catalogue, Catalogue::forces)
                .description("Times the log was forced to disk")
                .register(meters);
        Gauge.builder("pagoda.vectors.recall", services.recall(), RecallMeter::average)
                .description("Share of the true nearest that searches without filter find, of a sample")
                .register(meters);
        Gauge.builder("pagoda.vectors.queue", searchers, Workers::waiting)
                .tag("pool", "search")
                .description("Tasks that wait for a thread")
                .register(meters);
        Gauge.builder("pagoda.vectors.queue", writers, Workers::waiting)
                .tag("pool", "write")
                .description("Tasks that wait for a thread")
                .register(meters);
    }

    private static double sum(Catalogue catalogue, ToLongFunction<Collection> figure) {
        return catalogue.list().stream().mapToLong(figure).sum();
    }
}
