package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.Payloads;
import dev.pagoda.vectors.api.SparseConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the configuration of a collection, and tells it in Qdrant's words.
///
/// What decides how this store works is read and checked. What only tunes Qdrant's own disk and segments is
/// taken and told again. What would change results or promises and is not built is refused.
final class Configs {
    /// Taken as they are and told again.
    private static final List<String> ECHOED = List.of(
            "shard_number",
            "replication_factor",
            "write_consistency_factor",
            "on_disk_payload",
            "hnsw_config",
            "wal_config",
            "optimizers_config",
            "quantization_config",
            "strict_mode_config",
            "metadata");

    private static final Map<String, @Nullable Object> HNSW_DEFAULTS = defaults(
            "m",
            16L,
            "ef_construct",
            100L,
            "full_scan_threshold",
            10_000L,
            "max_indexing_threads",
            0L,
            "on_disk",
            false);
    private static final Map<String, @Nullable Object> OPTIMIZER_DEFAULTS = defaults(
            "deleted_threshold",
            0.2,
            "vacuum_min_vector_number",
            1_000L,
            "default_segment_number",
            0L,
            "max_segment_size",
            null,
            "memmap_threshold",
            null,
            "indexing_threshold",
            10_000L,
            "flush_interval_sec",
            5L,
            "max_optimization_threads",
            null);
    private static final Map<String, @Nullable Object> WAL_DEFAULTS =
            defaults("wal_capacity_mb", 32L, "wal_segments_ahead", 0L);

    private Configs() {}

    static CollectionConfig create(Map<String, @Nullable Object> body) {
        Fields fields = Fields.of(body, "");
        fields.number("shard_number", 1, 1, Integer.MAX_VALUE);
        fields.number("replication_factor", 1, 1, Integer.MAX_VALUE);
        fields.number("write_consistency_factor", 1, 1, Integer.MAX_VALUE);
        if ("custom".equals(fields.get("sharding_method"))) {
            throw Faults.unsupported("sharding_method `custom`");
        }
        requireKnownSettings(fields);
        Map<String, DenseConfig> dense = VectorConfigs.dense(fields.below("vectors"));
        Map<String, SparseConfig> sparse = VectorConfigs.sparse(fields.below("sparse_vectors"));
        HnswConfig hnsw = hnsw(fields.below("hnsw_config"), HnswConfig.DEFAULT);
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        for (String key : ECHOED) {
            if (fields.has(key)) {
                settings.put(key, fields.get(key));
            }
        }
        try {
            return new CollectionConfig(dense, sparse, hnsw, Map.of(), settings);
        } catch (IllegalArgumentException refused) {
            throw Faults.validation("vectors", "{...}", String.valueOf(refused.getMessage()));
        }
    }

    /// The configuration after a PATCH: what is given is put over what was.
    static CollectionConfig update(CollectionConfig before, Map<String, @Nullable Object> body) {
        Fields fields = Fields.of(body, "");
        requireKnownSettings(fields);
        HnswConfig hnsw = hnsw(fields.below("hnsw_config"), before.hnsw());
        CollectionConfig after = VectorConfigs.update(before, fields.below("vectors"), fields.below("sparse_vectors"));
        Map<String, @Nullable Object> settings = new LinkedHashMap<>(before.settings());
        for (String key : List.of("hnsw_config", "optimizers_config", "strict_mode_config", "metadata")) {
            merge(settings, key, fields.get(key));
        }
        if (fields.has("quantization_config")) {
            settings.put(
                    "quantization_config",
                    "Disabled".equals(fields.get("quantization_config")) ? null : fields.get("quantization_config"));
        }
        fields.below("params").map().forEach((key, value) -> {
            if (ECHOED.contains(key) && value != null) {
                settings.put((String) key, value);
            }
        });
        return after.withHnsw(hnsw).withSettings(Payloads.freeze(settings));
    }

    /// The `config` of a CollectionInfo.
    static Map<String, @Nullable Object> describe(CollectionConfig config) {
        Map<String, @Nullable Object> settings = config.settings();
        Map<String, @Nullable Object> params = new LinkedHashMap<>();
        params.put("vectors", VectorConfigs.describeDense(config));
        params.put("shard_number", settings.getOrDefault("shard_number", 1L));
        params.put("replication_factor", settings.getOrDefault("replication_factor", 1L));
        params.put("write_consistency_factor", settings.getOrDefault("write_consistency_factor", 1L));
        params.put("on_disk_payload", settings.getOrDefault("on_disk_payload", true));
        if (!config.sparse().isEmpty()) {
            params.put("sparse_vectors", VectorConfigs.describeSparse(config));
        }
        Map<String, @Nullable Object> hnsw = over(HNSW_DEFAULTS, settings.get("hnsw_config"));
        hnsw.put("m", (long) config.hnsw().m());
        hnsw.put("ef_construct", (long) config.hnsw().efConstruction());
        hnsw.put("full_scan_threshold", (long) config.hnsw().fullScanThresholdKb());
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("params", params);
        all.put("hnsw_config", hnsw);
        all.put("optimizer_config", over(OPTIMIZER_DEFAULTS, settings.get("optimizers_config")));
        all.put("wal_config", over(WAL_DEFAULTS, settings.get("wal_config")));
        all.put("quantization_config", settings.get("quantization_config"));
        for (String key : List.of("strict_mode_config", "metadata")) {
            if (settings.get(key) != null) {
                all.put(key, settings.get(key));
            }
        }
        return all;
    }

    private static HnswConfig hnsw(Fields fields, HnswConfig before) {
        VectorConfigs.requireHnsw(fields);
        return new HnswConfig(
                fields.number("m", before.m(), 0, Integer.MAX_VALUE),
                fields.number("ef_construct", before.efConstruction(), 4, Integer.MAX_VALUE),
                fields.number("full_scan_threshold", before.fullScanThresholdKb(), 10, Integer.MAX_VALUE));
    }

    private static void requireKnownSettings(Fields fields) {
        Object strict = fields.below("strict_mode_config").get("enabled");
        if (Boolean.TRUE.equals(strict)) {
            throw Faults.unsupported("`strict_mode_config.enabled`");
        }
        VectorConfigs.requireQuantization(fields);
        for (String key : List.of("wal_config", "optimizers_config", "metadata")) {
            fields.below(key);
        }
        fields.below("optimizers_config").number("vacuum_min_vector_number", 1_000, 100, Integer.MAX_VALUE);
        fields.below("wal_config").number("wal_capacity_mb", 32, 1, Integer.MAX_VALUE);
    }

    private static void merge(Map<String, @Nullable Object> settings, String key, @Nullable Object patch) {
        if (patch instanceof Map<?, ?> map) {
            settings.put(key, over(settings.get(key), map));
        }
    }

    /// The entries of `patch` that are not null put over those of `base`.
    private static Map<String, @Nullable Object> over(@Nullable Object base, @Nullable Object patch) {
        Map<String, @Nullable Object> result = new LinkedHashMap<>();
        if (base instanceof Map<?, ?> map) {
            map.forEach((key, value) -> result.put((String) key, value));
        }
        if (patch instanceof Map<?, ?> map) {
            map.forEach((key, value) -> {
                if (value != null) {
                    result.put((String) key, value);
                }
            });
        }
        return result;
    }

    private static Map<String, @Nullable Object> defaults(@Nullable Object... keysAndValues) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
        }
        return map;
    }
}
