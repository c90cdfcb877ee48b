package dev.pagoda.vectors.qdrant;

import dev.pagoda.governance.bus.Refused;
import dev.pagoda.governance.telemetry.Telemetry.Scrape;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.ProcessMemory;
import dev.pagoda.vectors.collection.Quotas;
import dev.pagoda.vectors.collection.Requests;
import dev.pagoda.vectors.collection.Requests.Protocol;
import dev.pagoda.vectors.collection.Services;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The lines that Qdrant has on its page for Prometheus, under the same names, so that its dashboards work.
///
/// Collections of all tenants are on the page, which is an operator's. A label `tenant` is added as soon as more than
/// one tenant has any: names are unique within a tenant only.
public final class MetricsPage {
    private static final double MICROS_PER_SECOND = 1e6;

    /// Like Qdrant, the figures are of calls that read or write points.
    private static final Set<String> SHOWN = Set.of(
            "index",
            "points",
            "points/batch",
            "points/count",
            "points/delete",
            "points/discover",
            "points/discover/batch",
            "points/payload",
            "points/payload/clear",
            "points/payload/delete",
            "points/query",
            "points/query/batch",
            "points/query/groups",
            "points/recommend",
            "points/recommend/batch",
            "points/recommend/groups",
            "points/scroll",
            "points/search",
            "points/search/batch",
            "points/search/groups",
            "points/search/matrix/offsets",
            "points/search/matrix/pairs",
            "points/vectors",
            "points/vectors/delete",
            "facet",
            "vectors/{vector_name}");

    private static final String PREFIX = "/collections/{collection_name}/";

    private final Supplier<Services> services;
    private final ProcessMemory memory = new ProcessMemory();

    /// @param services the store; refuses with `Refused` while it is not running
    public MetricsPage(Supplier<Services> services) {
        this.services = services;
    }

    /// Adds the lines; of a store that is not running only what it is called.
    public void write(StringBuilder page, Scrape scrape) {
        head(page, "app_info", "gauge", "information about qdrant server");
        line(page, "app_info", labels("name", "qdrant", "version", ServerTitle.QDRANT_VERSION), 1);
        single(page, "app_status_recovery_mode", "gauge", "features enabled in qdrant server", 0);
        Services running;
        try {
            running = services.get();
        } catch (Refused stopped) {
            return;
        }
        List<Collection> collections = running.catalogue().list();
        boolean hasTenants =
                collections.stream().map(Collection::tenant).distinct().count() > 1;
        collections(page, collections, hasTenants, scrape.anonymize());
        single(page, "cluster_enabled", "gauge", "is cluster support enabled", 0);
        requests(page, running, Protocol.REST, hasTenants, scrape);
        requests(page, running, Protocol.GRPC, hasTenants, scrape);
        memory(page);
        quotas(page, running.catalogue().quotas());
    }

    private static void collections(
            StringBuilder page, List<Collection> collections, boolean hasTenants, boolean isAnonymous) {
        single(page, "collections_total", "gauge", "number of collections", collections.size());
        Map<Collection, Map<String, Long>> vectors = new LinkedHashMap<>();
        collections.forEach(collection -> vectors.put(collection, collection.vectorCounts()));
        single(
                page,
                "collections_vector_total",
                "gauge",
                "total number of vectors in all collections",
                vectors.values().stream()
                        .flatMap(counts -> counts.values().stream())
                        .mapToLong(Long::longValue)
                        .sum());
        head(page, "collection_vectors", "gauge", "amount of vectors grouped by vector name");
        vectors.forEach((collection, counts) -> counts.forEach((name, count) -> {
            Map<String, String> labels = identity(collection, hasTenants, isAnonymous);
            labels.put("collection", TelemetryPage.hidden(collection.name(), isAnonymous));
            labels.put("vector", TelemetryPage.hidden(name, isAnonymous));
            line(page, "collection_vectors", labels, count);
        }));
        Each each = (name, help, figure) -> {
            head(page, name, "gauge", help);
            for (Collection collection : collections) {
                line(page, name, identity(collection, hasTenants, isAnonymous), figure.apply(collection));
            }
        };
        each.write("collection_points", "approximate amount of points per collection", Collection::points);
        each.write(
                "collection_running_optimizations",
                "number of currently running optimization tasks per collection",
                collection -> collection.optimizations().running().isPresent() ? 1 : 0);
        each.write(
                "collection_update_queue_length",
                "number of pending operations in update queues per collection",
                _ -> 0);
        single(
                page,
                "collection_dead_replicas",
                "gauge",
                "total amount of shard replicas in non-active state",
                collections.stream()
                        .filter(collection -> collection.damage().isPresent())
                        .count());
    }

    private interface Each {
        void write(String name, String help, Function<Collection, Number> figure);
    }

    private static Map<String, String> identity(Collection collection, boolean hasTenants, boolean isAnonymous) {
        Map<String, String> labels = labels("id", TelemetryPage.hidden(collection.name(), isAnonymous));
        if (hasTenants) {
            labels.put("tenant", TelemetryPage.hidden(collection.tenant(), isAnonymous));
        }
        return labels;
    }

    /// One line of figures with its labels.
    private record Shown(Map<String, String> labels, Requests.Figures figures) {
        boolean isTimed() {
            Requests.Key key = figures.key();
            return key.protocol() == Protocol.GRPC || key.status() == 200;
        }
    }

    private static void requests(
            StringBuilder page, Services running, Protocol protocol, boolean hasTenants, Scrape scrape) {
        List<Shown> all = new ArrayList<>();
        for (Requests.Figures figures : running.meters()
                .requests()
                .figures(scrape.perCollection(), key -> key.protocol() == protocol && isShown(key))) {
            all.add(new Shown(labels(figures.key(), hasTenants, scrape), figures));
        }
        if (all.isEmpty()) {
            return;
        }
        String prefix = protocol.name().toLowerCase(Locale.ROOT) + "_responses_";
        head(page, prefix + "total", "counter", "total number of responses");
        all.forEach(each ->
                line(page, prefix + "total", each.labels(), each.figures().count()));
        head(page, prefix + "fail_total", "counter", "total number of failed responses");
        all.forEach(each -> line(
                page,
                prefix + "fail_total",
                each.labels(),
                isFailure(each.figures().key()) ? each.figures().count() : 0));
        timing(
                page,
                prefix + "avg_duration_seconds",
                "average response duration",
                all,
                Requests.Figures::averageMicros);
        timing(page, prefix + "min_duration_seconds", "minimum response duration", all, Requests.Figures::minMicros);
        timing(page, prefix + "max_duration_seconds", "maximum response duration", all, Requests.Figures::maxMicros);
        String histogram = prefix + "duration_seconds";
        head(page, histogram, "histogram", "response duration histogram");
        all.stream().filter(Shown::isTimed).forEach(each -> histogram(page, histogram, each));
    }

    private static void timing(
            StringBuilder page, String name, String help, List<Shown> all, Function<Requests.Figures, Number> micros) {
        head(page, name, "gauge", help);
        all.stream()
                .filter(Shown::isTimed)
                .forEach(each -> line(
                        page, name, each.labels(), micros.apply(each.figures()).doubleValue() / MICROS_PER_SECOND));
    }

    private static void histogram(StringBuilder page, String name, Shown shown) {
        Requests.Figures figures = shown.figures();
        for (int i = 0; i < figures.bounds().size(); i++) {
            Map<String, String> labels = new LinkedHashMap<>(shown.labels());
            labels.put("le", number(figures.bounds().get(i) / MICROS_PER_SECOND));
            line(page, name + "_bucket", labels, figures.counts().get(i));
        }
        Map<String, String> all = new LinkedHashMap<>(shown.labels());
        all.put("le", "+Inf");
        line(page, name + "_bucket", all, figures.count());
        line(page, name + "_sum", shown.labels(), figures.totalMicros() / MICROS_PER_SECOND);
        line(page, name + "_count", shown.labels(), figures.count());
    }

    private static boolean isShown(Requests.Key key) {
        if (key.protocol() == Protocol.GRPC) {
            return true;
        }
        int path = key.endpoint().indexOf(' ') + 1;
        return key.endpoint().startsWith(PREFIX, path)
                && SHOWN.contains(key.endpoint().substring(path + PREFIX.length()));
    }

    private static boolean isFailure(Requests.Key key) {
        return key.protocol() == Protocol.REST ? key.status() >= 400 : key.status() != 0;
    }

    private static Map<String, String> labels(Requests.Key key, boolean hasTenants, Scrape scrape) {
        Map<String, String> labels = new LinkedHashMap<>();
        if (key.protocol() == Protocol.REST) {
            int space = key.endpoint().indexOf(' ');
            labels.put("method", key.endpoint().substring(0, space));
            labels.put("endpoint", key.endpoint().substring(space + 1));
        } else {
            labels.put("endpoint", key.endpoint());
        }
        labels.put("status", Integer.toString(key.status()));
        if (scrape.perCollection()) {
            labels.put("collection", TelemetryPage.hidden(key.collection(), scrape.anonymize()));
        }
        if (hasTenants) {
            labels.put("tenant", TelemetryPage.hidden(key.tenant(), scrape.anonymize()));
        }
        return labels;
    }

    private void memory(StringBuilder page) {
        Runtime runtime = Runtime.getRuntime();
        single(page, "memory_active_bytes", "gauge", "heap that the process has taken", runtime.totalMemory());
        single(
                page,
                "memory_allocated_bytes",
                "gauge",
                "heap that is in use",
                runtime.totalMemory() - runtime.freeMemory());
        single(page, "memory_metadata_bytes", "gauge", "memory of classes and code", nonHeap());
        single(page, "memory_resident_bytes", "gauge", "memory of the process", memory.residentBytes());
        single(page, "memory_retained_bytes", "gauge", "address space of the process", memory.virtualBytes());
        single(
                page,
                "process_threads",
                "gauge",
                "count of active threads",
                ManagementFactory.getThreadMXBean().getThreadCount());
    }

    private static long nonHeap() {
        return ManagementFactory.getMemoryMXBean().getNonHeapMemoryUsage().getUsed();
    }

    private static void quotas(StringBuilder page, Quotas quotas) {
        Quotas.Exceeded exceeded = quotas.exceeded();
        if (exceeded.memory() == null && exceeded.disk() == null) {
            return;
        }
        head(page, "quota_exceeded", "gauge", "whether this node is at or over the configured quota for a resource");
        quota(page, "memory", exceeded.memory());
        quota(page, "disk", exceeded.disk());
    }

    private static void quota(StringBuilder page, String resource, @Nullable Boolean isExceeded) {
        if (isExceeded != null) {
            line(page, "quota_exceeded", labels("resource", resource), isExceeded ? 1 : 0);
        }
    }

    private static Map<String, String> labels(String... keysAndValues) {
        Map<String, String> labels = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            labels.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return labels;
    }

    private static void single(StringBuilder page, String name, String kind, String help, Number value) {
        head(page, name, kind, help);
        line(page, name, Map.of(), value);
    }

    private static void head(StringBuilder page, String name, String kind, String help) {
        page.append("# HELP ").append(name).append(' ').append(help).append('\n');
        page.append("# TYPE ").append(name).append(' ').append(kind).append('\n');
    }

    private static void line(StringBuilder page, String name, Map<String, String> labels, Number value) {
        page.append(name);
        if (!labels.isEmpty()) {
            char before = '{';
            for (Map.Entry<String, String> label : labels.entrySet()) {
                page.append(before).append(label.getKey()).append("=\"");
                page.append(label.getValue()
                        .replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n"));
                page.append('"');
                before = ',';
            }
            page.append('}');
        }
        page.append(' ').append(number(value)).append('\n');
    }

    private static String number(Number value) {
        double fraction = value.doubleValue();
        return fraction == Math.rint(fraction) && Math.abs(fraction) < 1e15
                ? Long.toString(value.longValue())
                : Double.toString(fraction);
    }
}
