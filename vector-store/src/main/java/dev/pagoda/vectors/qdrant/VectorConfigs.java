package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Datatype;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.api.VectorValue;
import dev.pagoda.vectors.collection.Refusals;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The part of a collection's configuration that is about its vector fields, read and told in Qdrant's words.
final class VectorConfigs {
    private static final String HNSW = "hnsw_config";
    private static final String QUANTIZATION = "quantization_config";
    private static final String DISABLED = "Disabled";

    /// What is said of a dense field beside what its vectors are, in the order in which it is told.
    private static final List<String> DENSE_SETTINGS =
            List.of(HNSW, QUANTIZATION, "on_disk", "datatype", "multivector_config", "memory");

    private static final List<String> HNSW_FLAGS = List.of("on_disk", "inline_storage");
    private static final Set<String> MEMORIES = Set.of("cold", "cached", "pinned");
    private static final List<String> DATATYPES = List.of("float32", "uint8", "float16", "turbo4");

    private VectorConfigs() {}

    /// `vectors` of a new collection: the unnamed field, or fields by name.
    static Map<String, DenseConfig> dense(Fields vectors) {
        Map<String, DenseConfig> dense = new LinkedHashMap<>();
        if (vectors.has("size") && !(vectors.get("size") instanceof Map)) {
            dense.put(VectorValue.UNNAMED, denseField(vectors));
        } else {
            for (Object name : vectors.map().keySet()) {
                dense.put((String) name, denseField(vectors.below((String) name)));
            }
        }
        return dense;
    }

    /// `sparse_vectors` of a new collection.
    static Map<String, SparseConfig> sparse(Fields vectors) {
        Map<String, SparseConfig> sparse = new LinkedHashMap<>();
        for (Object name : vectors.map().keySet()) {
            if (name.equals("")) {
                throw Faults.validation("sparse_vectors: Sparse vector name cannot be empty");
            }
            sparse.put((String) name, sparseField(vectors.below((String) name)));
        }
        return sparse;
    }

    static DenseConfig denseField(Fields vector) {
        if (!vector.has("size")) {
            throw Faults.format("missing field `size` of " + vector.path());
        }
        int size = vector.number("size", 0, 1, DenseConfig.MAX_SIZE);
        Distance distance = distance(vector.text("distance"));
        requireTuning(vector);
        Datatype datatype = vector.has("datatype")
                ? Datatype.valueOf(variant(vector, "datatype", DATATYPES).toUpperCase(Locale.ROOT))
                : Datatype.FLOAT32;
        boolean isMulti = vector.has("multivector_config");
        if (isMulti) {
            variant(vector.below("multivector_config"), "comparator", List.of("max_sim"));
        }
        return new DenseConfig(size, distance, datatype, isMulti, settings(Map.of(), vector, DENSE_SETTINGS));
    }

    static SparseConfig sparseField(Fields vector) {
        boolean idf = vector.has("modifier") && isIdf(vector);
        requireSparseIndex(vector);
        return new SparseConfig(idf, settings(Map.of(), vector, List.of("index")));
    }

    /// The configuration with what a PATCH says of single fields: `vectors` and `sparse_vectors` by name.
    static CollectionConfig update(CollectionConfig before, Fields vectors, Fields sparseVectors) {
        CollectionConfig after = before;
        for (Object each : vectors.map().keySet()) {
            String name = (String) each;
            DenseConfig present = before.dense().get(name);
            if (present == null) {
                throw Refusals.invalidInput("Not existing vector name error: " + name);
            }
            Fields vector = vectors.below(name);
            requireTuning(vector);
            List<String> changeable = List.of(HNSW, QUANTIZATION, "on_disk", "memory");
            after = after.withField(name, present.withSettings(settings(present.settings(), vector, changeable)));
        }
        for (Object each : sparseVectors.map().keySet()) {
            String name = (String) each;
            SparseConfig present = before.sparse().get(name);
            if (present == null) {
                throw Refusals.invalidInput("Not existing vector name error: " + name);
            }
            Fields vector = sparseVectors.below(name);
            requireSparseIndex(vector);
            boolean idf = vector.has("modifier") ? isIdf(vector) : present.idf();
            after = after.withField(
                    name, new SparseConfig(idf, settings(present.settings(), vector, List.of("index"))));
        }
        return after;
    }

    /// A new field of `PUT /collections/{c}/vectors/{name}`: `{"dense":{...}}` or `{"sparse":{...}}`.
    static CollectionConfig withField(CollectionConfig before, String name, Map<String, @Nullable Object> body) {
        Fields fields = Fields.of(body, "");
        if (fields.has("dense") == fields.has("sparse")) {
            throw Faults.format("expected either `dense` or `sparse`");
        }
        if (before.hasField(name)) {
            throw Faults.pathValidation("vector_name", name, "must be a name that no vector of the collection has");
        }
        if (before.dense().size() + before.sparse().size() == CollectionConfig.MAX_FIELDS) {
            throw Faults.pathValidation(
                    "vector_name", name, "must leave at most " + CollectionConfig.MAX_FIELDS + " vectors");
        }
        if (fields.has("dense")) {
            return before.withField(name, denseField(fields.below("dense")));
        }
        if (name.isEmpty()) {
            throw Faults.pathValidation("vector_name", name, "must not be empty for a sparse vector");
        }
        return before.withField(name, sparseField(fields.below("sparse")));
    }

    /// The configuration without the field of `DELETE /collections/{c}/vectors/{name}`.
    static CollectionConfig withoutField(CollectionConfig before, String name) {
        if (!before.hasField(name)) {
            throw Refusals.invalidInput("Not existing vector name error: " + name);
        }
        return before.withoutField(name);
    }

    /// Checks a `quantization_config`; whatever passes is told again as it was given.
    static void requireQuantization(Fields parent) {
        Object given = parent.get(QUANTIZATION);
        if (given == null || given.equals(DISABLED)) {
            return;
        }
        Fields quantization = parent.below(QUANTIZATION);
        if (quantization.has("scalar")) {
            Fields scalar = quantization.below("scalar");
            variant(scalar, "type", List.of("int8"));
            scalar.fraction("quantile", 0.5, 1);
            scalar.flag("always_ram");
        } else if (quantization.has("product")) {
            Fields product = quantization.below("product");
            variant(product, "compression", List.of("x4", "x8", "x16", "x32", "x64"));
            product.flag("always_ram");
        } else if (quantization.has("binary")) {
            Fields binary = quantization.below("binary");
            optionalVariant(binary, "encoding", List.of("one_bit", "two_bits", "one_and_half_bits"));
            optionalVariant(binary, "query_encoding", List.of("default", "binary", "scalar4bits", "scalar8bits"));
            binary.flag("always_ram");
        } else if (quantization.has("turbo")) {
            Fields turbo = quantization.below("turbo");
            optionalVariant(turbo, "bits", List.of("bits1", "bits1_5", "bits2", "bits4"));
            turbo.flag("always_ram");
        } else {
            throw Faults.format("data did not match any variant of untagged enum QuantizationConfig: expected `scalar`,"
                    + " `product`, `binary` or `turbo` for " + quantization.path());
        }
    }

    /// Checks an `hnsw_config`.
    static void requireHnsw(Fields hnsw) {
        hnsw.number("m", 16, 0, Integer.MAX_VALUE);
        hnsw.number("ef_construct", 100, 4, Integer.MAX_VALUE);
        hnsw.number("full_scan_threshold", 10_000, 10, Integer.MAX_VALUE);
        hnsw.number("max_indexing_threads", 0, 0, Integer.MAX_VALUE);
        hnsw.number("payload_m", 16, 0, Integer.MAX_VALUE);
        HNSW_FLAGS.forEach(hnsw::flag);
        optionalMemory(hnsw);
    }

    /// The `vectors` of a CollectionInfo.
    static Map<String, @Nullable Object> describeDense(CollectionConfig config) {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        config.dense().forEach((name, field) -> {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("size", (long) field.size());
            one.put("distance", name(field.distance()));
            for (String key : DENSE_SETTINGS) {
                Object value = field.settings().get(key);
                if (value != null && !value.equals(DISABLED)) {
                    one.put(key, value);
                }
            }
            if (name.isEmpty() && config.dense().size() == 1) {
                named.putAll(one);
            } else {
                named.put(name, one);
            }
        });
        return named;
    }

    /// The `sparse_vectors` of a CollectionInfo.
    static Map<String, @Nullable Object> describeSparse(CollectionConfig config) {
        Map<String, @Nullable Object> sparse = new LinkedHashMap<>();
        config.sparse().forEach((name, field) -> {
            Map<String, @Nullable Object> one = new LinkedHashMap<>(field.settings());
            if (field.idf()) {
                one.put("modifier", "idf");
            }
            sparse.put(name, one);
        });
        return sparse;
    }

    private static void requireTuning(Fields vector) {
        requireHnsw(vector.below(HNSW));
        requireQuantization(vector);
        vector.flag("on_disk");
        if ("pinned".equals(optionalMemory(vector))) {
            throw Faults.validation(vector.path() + ".memory", "pinned", "must be cold or cached for dense vectors");
        }
    }

    private static void requireSparseIndex(Fields vector) {
        Fields index = vector.below("index");
        index.number("full_scan_threshold", 5_000, 0, Integer.MAX_VALUE);
        index.flag("on_disk");
        optionalMemory(index);
        if ("turbo4".equals(index.get("datatype"))) {
            throw Faults.validation("index.datatype: sparse vectors do not support turbo4");
        }
        optionalVariant(index, "datatype", DATATYPES);
    }

    private static boolean isIdf(Fields vector) {
        return variant(vector, "modifier", List.of("none", "idf")).equals("idf");
    }

    private static @Nullable String optionalMemory(Fields fields) {
        return fields.has("memory")
                ? variant(fields, "memory", MEMORIES.stream().sorted().toList())
                : null;
    }

    private static void optionalVariant(Fields fields, String key, List<String> known) {
        if (fields.has(key)) {
            variant(fields, key, known);
        }
    }

    private static String variant(Fields fields, String key, List<String> known) {
        String given = fields.text(key);
        if (!known.contains(given)) {
            throw Faults.format(
                    "unknown variant `" + given + "`, expected one of " + known + " for " + fields.path() + "." + key);
        }
        return given;
    }

    private static Distance distance(String name) {
        return switch (name) {
            case "Cosine" -> Distance.COSINE;
            case "Dot" -> Distance.DOT;
            case "Euclid" -> Distance.EUCLID;
            case "Manhattan" -> Distance.MANHATTAN;
            default ->
                throw Faults.format(
                        "unknown variant `" + name + "`, expected one of `Cosine`, `Euclid`, `Dot`, `Manhattan`");
        };
    }

    static String name(Distance distance) {
        return switch (distance) {
            case COSINE -> "Cosine";
            case DOT -> "Dot";
            case EUCLID -> "Euclid";
            case MANHATTAN -> "Manhattan";
        };
    }

    /// What is given of some keys put over what was; objects key by key, but for quantization, which is
    /// replaced.
    private static Map<String, @Nullable Object> settings(
            Map<String, @Nullable Object> before, Fields given, List<String> keys) {
        Map<String, @Nullable Object> after = new LinkedHashMap<>(before);
        for (String key : keys) {
            if (given.get(key) instanceof Map<?, ?> patch && !key.equals(QUANTIZATION)) {
                after.put(key, CollectionSettings.over(after.get(key), patch));
            } else if (given.get(key) instanceof Map<?, ?> whole) {
                after.put(key, CollectionSettings.over(null, whole));
            } else if (given.has(key)) {
                after.put(key, given.get(key));
            }
        }
        return after;
    }
}
