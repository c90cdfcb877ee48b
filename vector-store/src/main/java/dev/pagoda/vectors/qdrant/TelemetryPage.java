package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.ProcessMemory;
import dev.pagoda.vectors.collection.Quotas;
import dev.pagoda.vectors.collection.Requests;
import dev.pagoda.vectors.collection.Requests.Protocol;
import dev.pagoda.vectors.collection.Services;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What `GET /telemetry` tells a tenant: the more the higher `details_level` is, and nothing of other tenants.
final class TelemetryPage {
    /// Collections one by one.
    private static final int COLLECTIONS = 1;

    /// Their configuration.
    private static final int CONFIG = 2;

    /// Their shards.
    private static final int SHARDS = 3;

    /// What the shards consist of.
    private static final int SEGMENTS = 4;

    private final String id = UUID.randomUUID().toString();
    private final Instant startup = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final ProcessMemory memory = new ProcessMemory();
    private final ShardManifest manifest;

    /// @param manifest names the segments
    TelemetryPage(ShardManifest manifest) {
        this.manifest = manifest;
    }

    Reply.Content answer(Endpoints.Request request) {
        long level = request.parameters().number("details_level", 0);
        boolean isAnonymous = request.parameters().flag("anonymize");
        boolean byCollection = request.parameters().flag("per_collection");
        Services services = request.services();
        String tenant = request.call().tenant();
        Map<String, @Nullable Object> page = new LinkedHashMap<>();
        page.put("id", id);
        page.put("app", app(level));
        page.put("collections", collections(services, tenant, level, isAnonymous));
        page.put(
                "cluster",
                level >= COLLECTIONS ? Map.of("enabled", false, "peers", Map.of()) : Map.of("enabled", false));
        Map<String, @Nullable Object> requests = new LinkedHashMap<>();
        requests.put("rest", responses(services, tenant, Protocol.REST, level, byCollection, isAnonymous));
        requests.put("grpc", responses(services, tenant, Protocol.GRPC, level, byCollection, isAnonymous));
        page.put("requests", requests);
        if (level >= COLLECTIONS) {
            page.put("memory", memory());
            page.put("hardware", Map.of("collection_data", Map.of()));
            page.put("search_pool", searchPool());
        }
        page.put("quota", quota(services.catalogue().quotas()));
        return out -> Reply.value(out, page);
    }

    private Map<String, @Nullable Object> app(long level) {
        Map<String, @Nullable Object> app = new LinkedHashMap<>();
        app.put("name", "qdrant");
        app.put("version", ServerTitle.QDRANT_VERSION);
        if (level >= COLLECTIONS) {
            Map<String, @Nullable Object> features = new LinkedHashMap<>();
            for (String feature :
                    List.of("debug", "service_debug_feature", "recovery_mode", "gpu", "rocksdb", "staging")) {
                features.put(feature, false);
            }
            app.put("features", features);
            Map<String, @Nullable Object> system = new LinkedHashMap<>();
            system.put("distribution", System.getProperty("os.name"));
            system.put("distribution_version", System.getProperty("os.version"));
            system.put("is_docker", false);
            system.put("cores", (long) Runtime.getRuntime().availableProcessors());
            system.put("ram_size", memory.totalBytes() / 1024);
            system.put("cpu_flags", "");
            system.put("cpu_endian", ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? "little" : "big");
            app.put("system", system);
        }
        app.put("startup", startup.toString());
        app.put("implementation", "pagoda");
        return app;
    }

    private Map<String, @Nullable Object> collections(
            Services services, String tenant, long level, boolean isAnonymous) {
        List<Collection> own = services.catalogue().list(tenant);
        Map<String, @Nullable Object> collections = new LinkedHashMap<>();
        collections.put("number_of_collections", (long) own.size());
        if (level >= COLLECTIONS) {
            List<Map<String, @Nullable Object>> all = new ArrayList<>();
            for (Collection collection : own) {
                all.add(level >= CONFIG ? whole(collection, level, isAnonymous) : summary(collection, isAnonymous));
            }
            collections.put("collections", all);
            // which snapshots are under way is not counted
            collections.put("snapshots", List.of());
        }
        return collections;
    }

    private static Map<String, @Nullable Object> summary(Collection collection, boolean isAnonymous) {
        Map<String, @Nullable Object> summary = new LinkedHashMap<>();
        summary.put("vectors", vectors(collection));
        summary.put("optimizers_status", CollectionInfo.optimizerStatus(collection));
        summary.put("params", isAnonymous ? Map.of() : config(collection, false).get("params"));
        return summary;
    }

    private Map<String, @Nullable Object> whole(Collection collection, long level, boolean isAnonymous) {
        Map<String, @Nullable Object> whole = new LinkedHashMap<>();
        whole.put("id", hidden(collection.name(), isAnonymous));
        whole.put("init_time_ms", null);
        if (!isAnonymous) {
            whole.put("config", config(collection, true));
        }
        if (level >= SHARDS) {
            whole.put("shards", List.of(shard(collection, level, isAnonymous)));
            whole.put("transfers", List.of());
            whole.put("resharding", List.of());
        }
        return whole;
    }

    private Map<String, @Nullable Object> shard(Collection collection, long level, boolean isAnonymous) {
        Map<String, @Nullable Object> local = new LinkedHashMap<>();
        local.put("variant_name", "local shard");
        local.put("status", CollectionInfo.status(collection));
        local.put("total_optimized_points", 0L);
        local.put("vectors_size_bytes", collection.bytes());
        local.put("payloads_size_bytes", null);
        local.put("num_points", collection.points());
        local.put("num_vectors", vectors(collection));
        if (!isAnonymous) {
            Map<String, @Nullable Object> byName = new LinkedHashMap<>();
            collection.vectorCounts().forEach(byName::put);
            local.put("num_vectors_by_name", byName);
        }
        if (level >= SEGMENTS) {
            local.put(
                    "segments",
                    collection.damage().isPresent()
                            ? List.of()
                            : List.of(new SegmentTelemetry(collection, isAnonymous)
                                    .describe(manifest.segment(collection))));
            // no search leaves out a vector for want of an index
            local.put("indexed_only_excluded_vectors", null);
        }
        Map<String, @Nullable Object> optimizations = new LinkedHashMap<>();
        optimizations.put("status", CollectionInfo.optimizerStatus(collection));
        optimizations.put("optimizations", Map.of("count", collection.isOptimizing() ? 1L : 0L));
        local.put("optimizations", optimizations);
        local.put("async_scorer", false);
        // a write is applied before it is answered
        local.put("update_queue", Map.of("length", 0L, "op_num", collection.writes()));
        Map<String, @Nullable Object> shard = new LinkedHashMap<>();
        shard.put("id", 0L);
        shard.put("key", null);
        shard.put("local", local);
        shard.put("remote", List.of());
        shard.put("replicate_states", Map.of());
        shard.put("partial_snapshot", null);
        return shard;
    }

    private static Map<String, @Nullable Object> config(Collection collection, boolean isWhole) {
        Map<String, @Nullable Object> config = Configs.describe(collection.config());
        if (!isWhole) {
            config.keySet().retainAll(List.of("params"));
        }
        return config;
    }

    private static long vectors(Collection collection) {
        return collection.vectorCounts().values().stream()
                .mapToLong(Long::longValue)
                .sum();
    }

    private static Map<String, @Nullable Object> responses(
            Services services,
            String tenant,
            Protocol protocol,
            long level,
            boolean byCollection,
            boolean isAnonymous) {
        Requests requests = services.meters().requests();
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        Map<String, Map<String, @Nullable Object>> all = new LinkedHashMap<>();
        for (Requests.Figures figures : requests.figures(false, key -> isOf(key, tenant, protocol))) {
            add(all, figures, level);
        }
        told.put("responses", all);
        if (byCollection) {
            Map<String, Map<String, Map<String, @Nullable Object>>> each = new LinkedHashMap<>();
            for (Requests.Figures figures : requests.figures(true, key -> isOf(key, tenant, protocol))) {
                String name = hidden(figures.key().collection(), isAnonymous);
                add(each.computeIfAbsent(name, _ -> new LinkedHashMap<>()), figures, level);
            }
            told.put("per_collection_responses", each);
        }
        return told;
    }

    private static boolean isOf(Requests.Key key, String tenant, Protocol protocol) {
        return key.tenant().equals(tenant) && key.protocol() == protocol;
    }

    private static void add(
            Map<String, Map<String, @Nullable Object>> endpoints, Requests.Figures figures, long level) {
        endpoints
                .computeIfAbsent(figures.key().endpoint(), _ -> new LinkedHashMap<>())
                .put(Integer.toString(figures.key().status()), timings(figures, level));
    }

    private static Map<String, @Nullable Object> timings(Requests.Figures figures, long level) {
        Map<String, @Nullable Object> timings = new LinkedHashMap<>();
        timings.put("count", figures.count());
        timings.put("avg_duration_micros", figures.averageMicros());
        timings.put("min_duration_micros", (double) figures.minMicros());
        timings.put("max_duration_micros", (double) figures.maxMicros());
        timings.put("total_duration_micros", figures.totalMicros());
        if (level >= COLLECTIONS) {
            timings.put("last_responded", figures.last().toString());
        }
        return timings;
    }

    private Map<String, @Nullable Object> memory() {
        Runtime runtime = Runtime.getRuntime();
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        told.put("active_bytes", runtime.totalMemory());
        told.put("allocated_bytes", runtime.totalMemory() - runtime.freeMemory());
        told.put("metadata_bytes", 0L);
        told.put("resident_bytes", memory.residentBytes());
        told.put("retained_bytes", memory.virtualBytes());
        return told;
    }

    private static Map<String, @Nullable Object> searchPool() {
        Map<String, @Nullable Object> pool = new LinkedHashMap<>();
        pool.put("mode", "fixed");
        pool.put("high_cpu_threads", (long) Runtime.getRuntime().availableProcessors());
        pool.put("high_io_threads", 0L);
        return pool;
    }

    private static Map<String, @Nullable Object> quota(Quotas quotas) {
        Quotas.Exceeded exceeded = quotas.exceeded();
        Map<String, @Nullable Object> over = new LinkedHashMap<>();
        if (exceeded.memory() != null) {
            over.put("resident_memory", exceeded.memory());
        }
        if (exceeded.disk() != null) {
            over.put("disk_usage", exceeded.disk());
        }
        Map<String, @Nullable Object> quota = new LinkedHashMap<>();
        quota.put("config", ServiceRoutes.config(quotas));
        quota.put("exceeded", over);
        return quota;
    }

    /// The same name gives the same mask, so that figures can still be compared.
    static String hidden(String name, boolean isAnonymous) {
        return isAnonymous ? Integer.toHexString(name.hashCode()) : name;
    }
}
