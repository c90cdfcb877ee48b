package dev.pagoda.vectors.qdrant;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The parts of a collection's configuration that do not belong to a vector: checked, put over what was, and told with
/// the defaults of Qdrant 1.19.
final class CollectionSettings {
    /// Kept as they are, under the names of CreateCollection.
    private static final List<String> KEPT = List.of(
            "shard_number",
            "sharding_method",
            "replication_factor",
            "write_consistency_factor",
            "read_fan_out_factor",
            "read_fan_out_delay_ms",
            "on_disk_payload",
            "payload",
            "hnsw_config",
            "wal_config",
            "optimizers_config",
            "quantization_config",
            "strict_mode_config",
            "metadata");

    private static final List<String> PARAMS = List.of(
            "replication_factor",
            "write_consistency_factor",
            "read_fan_out_factor",
            "read_fan_out_delay_ms",
            "on_disk_payload",
            "payload");

    private static final Set<String> MEMORIES = Set.of("cold", "cached", "pinned");

    private static final Map<String, @Nullable Object> HNSW_DEFAULTS = defaults(
            "m", 16L,
            "ef_construct", 100L,
            "full_scan_threshold", 10_000L,
            "max_indexing_threads", 0L,
            "on_disk", false);

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
            null,
            "prevent_unoptimized",
            null);

    private static final Map<String, @Nullable Object> WAL_DEFAULTS = defaults(
            "wal_capacity_mb", 32L,
            "wal_segments_ahead", 0L,
            "wal_retain_closed", 1L);

    private CollectionSettings() {}

    /// The settings that a body of CreateCollection gives.
    static Map<String, @Nullable Object> created(Fields body) {
        Map<String, @Nullable Object> given = canonical(body);
        Fields fields = new Fields(given, "");
        for (String factor : List.of("shard_number", "replication_factor", "write_consistency_factor")) {
            fields.number(factor, 1, 1, Integer.MAX_VALUE);
        }
        Object sharding = fields.get("sharding_method");
        if ("custom".equals(sharding)) {
            throw Faults.unsupported("sharding_method `custom`");
        }
        if (sharding != null && !"auto".equals(sharding)) {
            throw Faults.format("unknown variant `" + sharding + "`, expected `auto` or `custom`");
        }
        check(fields);
        Map<String, @Nullable Object> settings = new LinkedHashMap<>();
        for (String key : KEPT) {
            Object value = given.get(key);
            if (value != null) {
                settings.put(key, value instanceof Map<?, ?> map && !key.equals("metadata") ? over(null, map) : value);
            }
        }
        return settings;
    }

    /// The settings after a body of UpdateCollection: what is given is put over what was.
    static Map<String, @Nullable Object> updated(Map<String, @Nullable Object> before, Fields body) {
        Map<String, @Nullable Object> given = canonical(body);
        Fields fields = new Fields(given, "");
        check(fields);
        Map<String, @Nullable Object> settings = new LinkedHashMap<>(before);
        for (String key : List.of("hnsw_config", "optimizers_config", "strict_mode_config")) {
            if (given.get(key) instanceof Map<?, ?> patch) {
                settings.put(key, over(settings.get(key), patch));
            }
        }
        if (given.get("metadata") instanceof Map<?, ?> patch) {
            settings.put("metadata", metadata(settings.get("metadata"), patch));
        }
        if (fields.has("quantization_config")) {
            Object quantization = fields.get("quantization_config");
            settings.put("quantization_config", "Disabled".equals(quantization) ? null : quantization);
        }
        Fields params = fields.below("params");
        for (String factor : List.of("replication_factor", "write_consistency_factor")) {
            params.number(factor, 1, 1, Integer.MAX_VALUE);
        }
        params.number("read_fan_out_factor", 0, 0, Integer.MAX_VALUE);
        params.number("read_fan_out_delay_ms", 0, 0, Integer.MAX_VALUE);
        checkPayload(params);
        for (String key : PARAMS) {
            if (params.has(key)) {
                settings.put(key, params.get(key));
            }
        }
        return settings;
    }

    /// A collection's own keys stay unless the patch has them; null takes one away.
    private static Map<String, @Nullable Object> metadata(@Nullable Object before, Map<?, ?> patch) {
        Map<String, @Nullable Object> next = over(before, null);
        patch.forEach((key, value) -> {
            if (value == null) {
                next.remove((String) key);
            } else {
                next.put((String) key, value);
            }
        });
        return next;
    }

    /// What the creator said about `params` beside the vectors.
    static void describeParams(Map<String, @Nullable Object> params, Map<String, @Nullable Object> settings) {
        params.put("shard_number", settings.getOrDefault("shard_number", 1L));
        if (settings.get("sharding_method") != null) {
            params.put("sharding_method", settings.get("sharding_method"));
        }
        params.put("replication_factor", settings.getOrDefault("replication_factor", 1L));
        params.put("write_consistency_factor", settings.getOrDefault("write_consistency_factor", 1L));
        for (String key : List.of("read_fan_out_factor", "read_fan_out_delay_ms", "payload")) {
            if (settings.get(key) != null) {
                params.put(key, settings.get(key));
            }
        }
        params.put("on_disk_payload", settings.getOrDefault("on_disk_payload", true));
    }

    static Map<String, @Nullable Object> hnsw(Map<String, @Nullable Object> settings) {
        return over(HNSW_DEFAULTS, settings.get("hnsw_config"));
    }

    /// What stands beside `params` and `hnsw_config`.
    static void describeRest(Map<String, @Nullable Object> config, Map<String, @Nullable Object> settings) {
        Map<String, @Nullable Object> optimizer = over(OPTIMIZER_DEFAULTS, settings.get("optimizers_config"));
        optimizer.replace("max_optimization_threads", "auto", null);
        config.put("optimizer_config", optimizer);
        config.put("wal_config", over(WAL_DEFAULTS, settings.get("wal_config")));
        config.put("quantization_config", settings.get("quantization_config"));
        for (String key : List.of("strict_mode_config", "metadata")) {
            if (settings.get(key) != null) {
                config.put(key, settings.get(key));
            }
        }
    }

    /// Older clients have other names for two of the keys.
    private static Map<String, @Nullable Object> canonical(Fields body) {
        Map<String, @Nullable Object> given = new LinkedHashMap<>();
        body.map().forEach((key, value) -> given.put((String) key, value));
        if (given.containsKey("optimizer_config")) {
            given.putIfAbsent("optimizers_config", given.remove("optimizer_config"));
        }
        if (given.containsKey("quantization")) {
            given.putIfAbsent("quantization_config", given.remove("quantization"));
        }
        return given;
    }

    private static void check(Fields fields) {
        checkPayload(fields);
        fields.below("metadata");
        Fields hnsw = fields.below("hnsw_config");
        hnsw.number("max_indexing_threads", 0, 0, Integer.MAX_VALUE);
        flags(hnsw, "on_disk", "inline_storage");
        memory(hnsw, true);
        Fields optimizers = fields.below("optimizers_config");
        share(optimizers, "deleted_threshold");
        optimizers.number("vacuum_min_vector_number", 1_000, 100, Integer.MAX_VALUE);
        optimizers.number("max_segment_size", 1, 1, Integer.MAX_VALUE);
        for (String key :
                List.of("default_segment_number", "memmap_threshold", "indexing_threshold", "flush_interval_sec")) {
            optimizers.number(key, 0, 0, Integer.MAX_VALUE);
        }
        if (!"auto".equals(optimizers.get("max_optimization_threads"))) {
            optimizers.number("max_optimization_threads", 0, 0, Integer.MAX_VALUE);
        }
        flags(optimizers, "prevent_unoptimized");
        Fields wal = fields.below("wal_config");
        wal.number("wal_capacity_mb", 32, 1, Integer.MAX_VALUE);
        wal.number("wal_segments_ahead", 0, 0, Integer.MAX_VALUE);
        wal.number("wal_retain_closed", 1, 0, Integer.MAX_VALUE);
        checkStrictMode(fields.below("strict_mode_config"));
    }

    private static void checkPayload(Fields fields) {
        flags(fields, "on_disk_payload");
        memory(fields.below("payload"), false);
    }

    private static void checkStrictMode(Fields strict) {
        flags(strict, "enabled", "unindexed_filtering_retrieve", "unindexed_filtering_update", "search_allow_exact");
        for (String key :
                List.of("max_query_limit", "max_timeout", "read_rate_limit", "write_rate_limit", "max_points_count")) {
            whole(strict, key, 1);
        }
        for (String key : List.of(
                "search_max_hnsw_ef",
                "upsert_max_batchsize",
                "search_max_batchsize",
                "max_collection_vector_size_bytes",
                "max_collection_payload_size_bytes",
                "filter_max_conditions",
                "condition_max_size",
                "max_payload_index_count")) {
            whole(strict, key, 0);
        }
        strict.number("max_resident_memory_percent", 1, 1, 100);
        Object oversampling = strict.get("search_max_oversampling");
        if (oversampling != null && !(oversampling instanceof Number)) {
            throw Faults.format("expected a number for search_max_oversampling, got " + oversampling);
        }
        Fields multi = strict.below("multivector_config");
        multi.map().keySet().forEach(name -> whole(multi.below((String) name), "max_vectors", 1));
        Fields sparse = strict.below("sparse_config");
        sparse.map().keySet().forEach(name -> whole(sparse.below((String) name), "max_length", 1));
    }

    private static void flags(Fields fields, String... keys) {
        for (String key : keys) {
            Object value = fields.get(key);
            if (value != null && !(value instanceof Boolean)) {
                throw Faults.format("expected a boolean for " + key + ", got " + value);
            }
        }
    }

    /// A number of up to 63 bits.
    private static void whole(Fields fields, String key, long least) {
        Object value = fields.get(key);
        if (value == null) {
            return;
        }
        if (value instanceof BigInteger || !(value instanceof Long number) || number < 0) {
            throw Faults.format("invalid value: `" + value + "`, expected an unsigned integer for " + key);
        }
        if (number < least) {
            String path = fields.path().isEmpty() ? key : fields.path() + "." + key;
            throw Faults.validation(path, number, "must be " + least + " or larger");
        }
    }

    private static void share(Fields fields, String key) {
        Object value = fields.get(key);
        if (value == null) {
            return;
        }
        if (!(value instanceof Number number)) {
            throw Faults.format("expected a number for " + key + ", got " + value);
        }
        if (!(number.doubleValue() >= 0 && number.doubleValue() <= 1)) {
            throw Faults.validation(fields.path() + "." + key, value, "must be from 0.0 to 1.0");
        }
    }

    private static void memory(Fields fields, boolean mayBePinned) {
        Object value = fields.get("memory");
        if (value == null) {
            return;
        }
        if (!(value instanceof String name) || !MEMORIES.contains(name)) {
            throw Faults.format("unknown variant `" + value + "`, expected one of `cold`, `cached`, `pinned`");
        }
        if (name.equals("pinned") && !mayBePinned) {
            throw Faults.validation(fields.path() + ".memory", "pinned", "must be cold or cached");
        }
    }

    /// The entries of `patch` that are not null put over those of `base`.
    static Map<String, @Nullable Object> over(@Nullable Object base, @Nullable Object patch) {
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
