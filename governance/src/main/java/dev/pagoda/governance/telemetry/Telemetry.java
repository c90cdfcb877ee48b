package dev.pagoda.governance.telemetry;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// The platform's meters and their Prometheus text page.
///
/// Meters with ordinary names go through [#meters()]. Names that Micrometer cannot print (with a colon, or a histogram
/// that ends in `_total`) are written by a module's own text source.
///
/// Safe from any thread.
public final class Telemetry {
    /// `Content-Type` of [#scrape()].
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final List<BiConsumer<StringBuilder, Scrape>> sources = new CopyOnWriteArrayList<>();

    /// How much a scrape is to tell; sources that know no such difference tell the same always.
    ///
    /// @param perCollection whether requests are also told apart by the collection they went to
    /// @param anonymize     whether names that users gave are hidden
    public record Scrape(boolean perCollection, boolean anonymize) {
        public static final Scrape PLAIN = new Scrape(false, false);
    }

    /// Lower-case dotted names, base units; labels from closed sets.
    public MeterRegistry meters() {
        return registry;
    }

    /// Adds lines of Prometheus text, format 0.0.4, each ended by a newline, to every scrape.
    public void addText(Consumer<StringBuilder> source) {
        sources.add((page, _) -> source.accept(page));
    }

    /// Adds lines like the other method, which depend on how much is asked for.
    public void addText(BiConsumer<StringBuilder, Scrape> source) {
        sources.add(source);
    }

    /// The whole page.
    public String scrape() {
        return scrape(Scrape.PLAIN);
    }

    /// The whole page.
    public String scrape(Scrape scrape) {
        StringBuilder page = new StringBuilder(registry.scrape());
        sources.forEach(source -> source.accept(page, scrape));
        return page.toString();
    }
}
