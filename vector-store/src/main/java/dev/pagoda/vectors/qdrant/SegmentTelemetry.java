package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.collection.Collection;
import dev.pagoda.vectors.collection.Figures;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `GET /telemetry` tells of the one segment that a collection is.
final class SegmentTelemetry {
    private static final Map<String, Object> PLAIN = Map.of("type", "plain", "options", Map.of());

    private final Collection collection;
    private final CollectionConfig config;
    private final Figures figures;
    private final Map<String, Long> vectors;
    private final Map<String, Long> indexed;
    private final boolean isAnonymous;

    SegmentTelemetry(Collection collection, boolean isAnonymous) {
        this.collection = collection;
        this.config = collection.config();
        this.vectors = collection.vectorCounts();
        this.figures = collection.figures();
        this.indexed = figures.indexedVectors();
        this.isAnonymous = isAnonymous;
    }

    /// @param name of the segment
    Map<String, @Nullable Object> describe(String name) {
        Map<String, @Nullable Object> segment = new LinkedHashMap<>();
        segment.put("info", info(name));
        segment.put("config", config());
        // searches are counted by collection, among the metrics
        segment.put("vector_index_searches", List.of());
        segment.put("payload_field_indices", indexes());
        return segment;
    }

    private Map<String, @Nullable Object> info(String name) {
        long deleted = figures.spareSlots();
        Map<String, @Nullable Object> info = new LinkedHashMap<>();
        info.put("uuid", name);
        info.put("segment_type", indexed.isEmpty() ? "plain" : "indexed");
        info.put("num_vectors", sum(vectors));
        info.put("num_points", collection.points());
        // a point is found as soon as its write is answered
        info.put("num_deferred_points", 0L);
        info.put("num_deleted_deferred_points", 0L);
        info.put("num_indexed_vectors", sum(indexed));
        info.put("num_deleted_vectors", deleted);
        info.put("vectors_size_bytes", collection.bytes());
        info.put("payloads_size_bytes", figures.payloadBytesAbout());
        info.put("ram_usage_bytes", collection.bytes());
        // the log is that of all collections
        info.put("disk_usage_bytes", 0L);
        info.put("is_appendable", true);
        info.put("index_schema", isAnonymous ? Map.of() : CollectionInfo.payloadSchema(collection));
        Map<String, @Nullable Object> data = new LinkedHashMap<>();
        vectors.forEach((field, count) -> {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("num_vectors", count);
            one.put("num_indexed_vectors", indexed.getOrDefault(field, 0L));
            one.put("num_deleted_vectors", deleted);
            data.put(shown(field), one);
        });
        info.put("vector_data", data);
        return info;
    }

    private Map<String, @Nullable Object> config() {
        Map<String, @Nullable Object> dense = new LinkedHashMap<>();
        config.dense().forEach((name, field) -> {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("size", (long) field.size());
            one.put("distance", VectorConfigs.name(field.distance()));
            one.put("storage_type", "Memory");
            one.put(
                    "index",
                    indexed.containsKey(name)
                            ? Map.of("type", "hnsw", "options", Configs.hnsw(field.hnsw(config.hnsw())))
                            : PLAIN);
            one.put("quantization_config", field.settings().get("quantization_config"));
            dense.put(shown(name), one);
        });
        Map<String, @Nullable Object> sparse = new LinkedHashMap<>();
        config.sparse().forEach((name, field) -> {
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("index", Map.of("index_type", "MutableRam"));
            one.put("modifier", field.idf() ? "idf" : "none");
            sparse.put(shown(name), one);
        });
        Map<String, @Nullable Object> told = new LinkedHashMap<>();
        told.put("vector_data", dense);
        told.put("sparse_vector_data", sparse);
        told.put("payload_storage_type", Map.of("type", "in_ram_mmap"));
        return told;
    }

    private List<Map<String, @Nullable Object>> indexes() {
        List<Map<String, @Nullable Object>> indexes = new ArrayList<>();
        for (Figures.OfIndex index : figures.indexes()) {
            Object kind = config.payloadSchema().get(index.key());
            Map<String, @Nullable Object> one = new LinkedHashMap<>();
            one.put("field_name", isAnonymous ? null : index.key());
            one.put("index_type", kind instanceof Map<?, ?> options ? options.get("type") : kind);
            one.put("points_values_count", index.values());
            one.put("points_count", index.points());
            indexes.add(one);
        }
        return indexes;
    }

    private String shown(String field) {
        return field.isEmpty() ? field : TelemetryPage.hidden(field, isAnonymous);
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
