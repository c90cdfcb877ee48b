package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.Payloads;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.collection.Refusals;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the configuration of a collection, and tells it in Qdrant's words.
///
/// What decides how this store works is read and checked. What only tunes Qdrant's own disk and segments is taken
/// and told again. What would change results or promises and is not built is refused.
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
            "metadata",
            "vectors",
            "sparse_vectors");

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

    private static final Set<String> INDEX_KINDS =
            Set.of("keyword", "integer", "float", "bool", "geo", "datetime", "text", "uuid");

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
        Map<String, DenseConfig> dense = new LinkedHashMap<>();
        HnswConfig hnsw = hnsw(fields.below("hnsw_config"), HnswConfig.DEFAULT);
        HnswConfig common = hnsw;
        if (fields.has("vectors")) {
            Fields vectors = fields.below("vectors");
            if (vectors.has("size") || vectors.has("distance")) {
                dense.put(VectorValue.UNNAMED, dense(vectors));
                hnsw = hnsw(vectors.below("hnsw_config"), hnsw);
            } else {
                boolean first = true;
                for (Object name : vectors.map().keySet()) {
                    Fields vector = vectors.below((String) name);
                    dense.put((String) name, dense(vector));
                    HnswConfig own = hnsw(vector.below("hnsw_config"), common);
                    if (!first && !own.equals(hnsw)) {
                        throw Faults.unsupported("a different hnsw_config for each vector");
                    }
                    hnsw = own;
                    first = false;
                }
            }
        }
        Map<String, SparseConfig> sparse = new LinkedHashMap<>();
        Fields sparseVectors = fields.below("sparse_vectors");
        for (Object name : sparseVectors.map().keySet()) {
            sparse.put((String) name, sparse(sparseVectors.below((String) name)));
        }
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
        Fields vectors = fields.below("vectors");
        for (Object name : vectors.map().keySet()) {
            requireVector(before.dense().containsKey(name), name);
            Fields vector = vectors.below((String) name);
            HnswConfig own = hnsw(vector.below("hnsw_config"), hnsw);
            if (!own.equals(hnsw) && before.dense().size() > 1) {
                throw Faults.unsupported("a different hnsw_config for each vector");
            }
            hnsw = own;
        }
        for (Object name : fields.below("sparse_vectors").map().keySet()) {
            SparseConfig present = before.sparse().get(name);
            requireVector(present != null, name);
            Fields sparse = fields.below("sparse_vectors").below((String) name);
            if (sparse.has("modifier") && !sparse(sparse).equals(present)) {
                throw Faults.unsupported("changing the modifier of a sparse vector");
            }
        }
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
        return before.withHnsw(hnsw).withSettings(Payloads.freeze(settings));
    }

    /// The schema after `PUT index`.
    static Map<String, @Nullable Object> withIndex(CollectionConfig config, Map<String, @Nullable Object> body) {
        Fields fields = Fields.of(body, "");
        String key = fields.text("field_name");
        Conditions.path(key);
        Object schema = fields.get("field_schema");
        if (schema == null) {
            schema = fields.get("field_type");
        }
        String kind;
        if (schema instanceof String name) {
            kind = name;
        } else {
            Fields options = Fields.of(schema, "field_schema");
            kind = options.text("type");
            requireKnownText(kind, options);
            if ("integer".equals(kind)
                    && Boolean.FALSE.equals(options.get("lookup"))
                    && Boolean.FALSE.equals(options.get("range"))) {
                throw Faults.validation("field_schema", "lookup and range", "must not both be false");
            }
        }
        if (!INDEX_KINDS.contains(kind)) {
            throw Faults.format("unknown variant `" + kind + "`, expected one of "
                    + INDEX_KINDS.stream().sorted().toList());
        }
        Map<String, @Nullable Object> next = new LinkedHashMap<>(config.payloadSchema());
        next.put(key, schema);
        return next;
    }

    /// Only the plain tokenizer is built; another would change which points a text match yields.
    private static void requireKnownText(String kind, Fields options) {
        if (!kind.equals("text")) {
            return;
        }
        if (options.has("tokenizer") && !"word".equals(options.get("tokenizer"))) {
            throw Faults.unsupported("tokenizer `" + options.get("tokenizer") + "`");
        }
        if (Boolean.FALSE.equals(options.get("lowercase"))) {
            throw Faults.unsupported("a text index without lowercase");
        }
        for (String key :
                List.of("min_token_len", "max_token_len", "phrase_matching", "ascii_folding", "stopwords", "stemmer")) {
            options.refuse(key);
        }
    }

    /// The `config` of a CollectionInfo.
    static Map<String, @Nullable Object> describe(CollectionConfig config) {
        Map<String, @Nullable Object> settings = config.settings();
        Map<String, @Nullable Object> params = new LinkedHashMap<>();
        params.put("vectors", vectors(config));
        params.put("shard_number", settings.getOrDefault("shard_number", 1L));
        params.put("replication_factor", settings.getOrDefault("replication_factor", 1L));
        params.put("write_consistency_factor", settings.getOrDefault("write_consistency_factor", 1L));
        params.put("on_disk_payload", settings.getOrDefault("on_disk_payload", true));
        if (!config.sparse().isEmpty()) {
            Map<String, @Nullable Object> sparse = new LinkedHashMap<>();
            config.sparse().forEach((name, field) -> {
                Map<String, @Nullable Object> one = over(echo(settings, "sparse_vectors", name), Map.of());
                if (field.idf()) {
                    one.put("modifier", "idf");
                }
                sparse.put(name, one);
            });
            params.put("sparse_vectors", sparse);
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

    private static Map<String, @Nullable Object> vectors(CollectionConfig config) {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        config.dense().forEach((name, field) -> {
            Object given = name.isEmpty() && !isNamed(config)
                    ? config.settings().get("vectors")
                    : echo(config.settings(), "vectors", name);
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("size", (long) field.size());
            one.put("distance", name(field.distance()));
            if (given instanceof Map<?, ?> map) {
                map.forEach((key, value) -> {
                    if (value != null) {
                        one.putIfAbsent((String) key, value);
                    }
                });
            }
            named.put(name, one);
        });
        Object unnamed = named.get(VectorValue.UNNAMED);
        if (named.size() == 1 && unnamed instanceof Map<?, ?> map) {
            return over(map, null);
        }
        return named;
    }

    private static boolean isNamed(CollectionConfig config) {
        return config.dense().size() != 1 || !config.dense().containsKey(VectorValue.UNNAMED);
    }

    private static String name(Distance distance) {
        return switch (distance) {
            case COSINE -> "Cosine";
            case DOT -> "Dot";
            case EUCLID -> "Euclid";
            case MANHATTAN -> "Manhattan";
        };
    }

    private static DenseConfig dense(Fields vector) {
        if (!vector.has("size")) {
            throw Faults.format("missing field `size` of " + vector.path());
        }
        int size = vector.number("size", 0, 1, DenseConfig.MAX_SIZE);
        String name = vector.text("distance");
        Distance distance = switch (name) {
            case "Cosine" -> Distance.COSINE;
            case "Dot" -> Distance.DOT;
            case "Euclid" -> Distance.EUCLID;
            case "Manhattan" -> Distance.MANHATTAN;
            default ->
                throw Faults.format(
                        "unknown variant `" + name + "`, expected one of `Cosine`, `Euclid`, `Dot`, `Manhattan`");
        };
        if (vector.has("datatype") && !"float32".equals(vector.get("datatype"))) {
            throw Faults.unsupported("datatype `" + vector.get("datatype") + "`");
        }
        vector.refuse("multivector_config");
        if ("pinned".equals(vector.get("memory"))) {
            throw Faults.validation(vector.path() + ".memory", "pinned", "must be cold or cached");
        }
        return new DenseConfig(size, distance);
    }

    private static SparseConfig sparse(Fields vector) {
        Object modifier = vector.get("modifier");
        if (modifier != null && !modifier.equals("idf") && !modifier.equals("none")) {
            throw Faults.format("unknown variant `" + modifier + "`, expected `none` or `idf`");
        }
        Object datatype = vector.below("index").get("datatype");
        if (datatype != null && !datatype.equals("float32")) {
            throw Faults.unsupported("sparse datatype `" + datatype + "`");
        }
        return new SparseConfig("idf".equals(modifier));
    }

    private static HnswConfig hnsw(Fields fields, HnswConfig before) {
        int m = fields.number("m", before.m(), 0, 256);
        if (m == 1) {
            throw Faults.validation(fields.path() + ".m", 1, "must be 0 or from 2 to 256");
        }
        fields.refuse("payload_m");
        return new HnswConfig(
                m,
                fields.number("ef_construct", before.efConstruction(), 4, 4_096),
                fields.number("full_scan_threshold", before.fullScanThresholdKb(), 10, Integer.MAX_VALUE));
    }

    private static void requireKnownSettings(Fields fields) {
        Object strict = fields.below("strict_mode_config").get("enabled");
        if (Boolean.TRUE.equals(strict)) {
            throw Faults.unsupported("`strict_mode_config.enabled`");
        }
        for (String key : List.of("wal_config", "optimizers_config", "metadata")) {
            fields.below(key);
        }
        fields.below("optimizers_config").number("vacuum_min_vector_number", 1_000, 100, Integer.MAX_VALUE);
        fields.below("wal_config").number("wal_capacity_mb", 32, 1, Integer.MAX_VALUE);
    }

    private static void requireVector(boolean known, Object name) {
        if (!known) {
            throw Refusals.invalidInput("Not existing vector name error: " + name);
        }
    }

    private static @Nullable Object echo(Map<String, @Nullable Object> settings, String key, String name) {
        return settings.get(key) instanceof Map<?, ?> map ? map.get(name) : null;
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
