package dev.pagoda.vectors.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What a collection is made of.
///
/// @param dense         dense fields by name; the unnamed one is `""`
/// @param sparse        sparse fields by name
/// @param payloadSchema payload keys with an index: the kind (`"keyword"`) or a map of kind and options
/// @param settings      what the creator said about things this store has no knob for, given back
public record CollectionConfig(
        Map<String, DenseConfig> dense,
        Map<String, SparseConfig> sparse,
        HnswConfig hnsw,
        Map<String, @Nullable Object> payloadSchema,
        Map<String, @Nullable Object> settings) {
    /// Fields of either kind in one collection.
    public static final int MAX_FIELDS = 256;

    private static final String QUANTIZATION = "quantization_config";

    public CollectionConfig {
        dense = Collections.unmodifiableMap(new LinkedHashMap<>(dense));
        sparse = Collections.unmodifiableMap(new LinkedHashMap<>(sparse));
        payloadSchema = Payloads.freeze(payloadSchema);
        settings = Payloads.freeze(settings);
        if (dense.size() + sparse.size() > MAX_FIELDS) {
            throw new IllegalArgumentException(
                    (dense.size() + sparse.size()) + " vector fields are more than " + MAX_FIELDS);
        }
        for (String name : sparse.keySet()) {
            if (dense.containsKey(name)) {
                throw new IllegalArgumentException(
                        "Dense and sparse vector names must be unique - duplicate found with '" + name + "'");
            }
            if (name.isEmpty()) {
                throw new IllegalArgumentException("a sparse vector needs a name");
            }
        }
    }

    /// One unnamed dense field.
    public static CollectionConfig of(int size, Distance distance) {
        return new CollectionConfig(
                Map.of(VectorValue.UNNAMED, new DenseConfig(size, distance)),
                Map.of(),
                HnswConfig.DEFAULT,
                Map.of(),
                Map.of());
    }

    /// A dense field and a BM25 field side by side, for hybrid search.
    public static CollectionConfig hybrid(String denseName, int size, Distance distance, String sparseName) {
        return new CollectionConfig(
                Map.of(denseName, new DenseConfig(size, distance)),
                Map.of(sparseName, new SparseConfig(true)),
                HnswConfig.DEFAULT,
                Map.of(),
                Map.of());
    }

    /// How the graph over a dense field is built: as the field says, else as the collection does.
    public HnswConfig hnsw(String field) {
        DenseConfig own = dense.get(field);
        HnswConfig built = own == null ? hnsw : own.hnsw(hnsw);
        return isNeverIndexed() ? new HnswConfig(0, built.efConstruction(), built.fullScanThresholdKb()) : built;
    }

    /// Whether graphs are not to be built until the configuration says otherwise, as while much is loaded.
    private boolean isNeverIndexed() {
        return settings.get("optimizers_config") instanceof Map<?, ?> optimizers
                && Long.valueOf(0).equals(optimizers.get("indexing_threshold"));
    }

    /// Whether a dense field is to have compressed codes beside its vectors, as the field says, else as the
    /// collection does.
    public boolean isQuantized(String field) {
        DenseConfig own = dense.get(field);
        Object said = own == null ? null : own.settings().get(QUANTIZATION);
        return (said == null ? settings.get(QUANTIZATION) : said) instanceof Map<?, ?>;
    }

    public boolean hasField(String name) {
        return dense.containsKey(name) || sparse.containsKey(name);
    }

    /// With a dense field added, or put in the place of the one of this name.
    public CollectionConfig withField(String name, DenseConfig field) {
        Map<String, DenseConfig> fields = new LinkedHashMap<>(dense);
        fields.put(name, field);
        return new CollectionConfig(fields, sparse, hnsw, payloadSchema, settings);
    }

    /// With a sparse field added, or put in the place of the one of this name.
    public CollectionConfig withField(String name, SparseConfig field) {
        Map<String, SparseConfig> fields = new LinkedHashMap<>(sparse);
        fields.put(name, field);
        return new CollectionConfig(dense, fields, hnsw, payloadSchema, settings);
    }

    public CollectionConfig withoutField(String name) {
        Map<String, DenseConfig> denseLeft = new LinkedHashMap<>(dense);
        Map<String, SparseConfig> sparseLeft = new LinkedHashMap<>(sparse);
        denseLeft.remove(name);
        sparseLeft.remove(name);
        return new CollectionConfig(denseLeft, sparseLeft, hnsw, payloadSchema, settings);
    }

    public CollectionConfig withHnsw(HnswConfig other) {
        return new CollectionConfig(dense, sparse, other, payloadSchema, settings);
    }

    public CollectionConfig withPayloadSchema(Map<String, @Nullable Object> other) {
        return new CollectionConfig(dense, sparse, hnsw, other, settings);
    }

    public CollectionConfig withSettings(Map<String, @Nullable Object> other) {
        return new CollectionConfig(dense, sparse, hnsw, payloadSchema, other);
    }

    /// Whether vectors that fit one of the two are the same in the other.
    public boolean hasSameVectors(CollectionConfig other) {
        return sparse.keySet().equals(other.sparse.keySet())
                && dense.keySet().equals(other.dense.keySet())
                && dense.keySet().stream()
                        .allMatch(name -> Objects.requireNonNull(dense.get(name))
                                .hasSameVectors(Objects.requireNonNull(other.dense.get(name))));
    }
}
