package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.collection.Collection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `GET /collections/{name}` tells.
final class CollectionInfo {
    private CollectionInfo() {}

    /// Yellow while the graphs are built anew.
    static String status(Collection collection) {
        if (collection.damage().isPresent()) {
            return "red";
        }
        return collection.isOptimizing() ? "yellow" : "green";
    }

    static Object optimizerStatus(Collection collection) {
        String damage = collection.damage().orElse(null);
        return damage == null ? "ok" : Map.of("error", damage);
    }

    /// Settings that have no effect together.
    private static List<Map<String, String>> warnings(CollectionConfig config) {
        List<Map<String, String>> warnings = new ArrayList<>();
        config.dense().forEach((name, field) -> {
            boolean isInline = field.settings().get("hnsw_config") instanceof Map<?, ?> hnsw
                    && Boolean.TRUE.equals(hnsw.get("inline_storage"));
            if (isInline && (field.isMulti() || !config.isQuantized(name))) {
                warnings.add(Map.of(
                        "message",
                        "inline_storage of vector '" + name + "' has no effect: "
                                + (field.isMulti() ? "it holds multivectors" : "it is not quantized")));
            }
        });
        return warnings;
    }

    static Reply.Content of(Collection collection) {
        CollectionConfig config = collection.config();
        Map<String, @Nullable Object> info = new LinkedHashMap<>();
        info.put("status", status(collection));
        info.put("optimizer_status", optimizerStatus(collection));
        List<Map<String, String>> warnings = warnings(config);
        if (!warnings.isEmpty()) {
            info.put("warnings", warnings);
        }
        info.put("points_count", collection.points());
        info.put("indexed_vectors_count", collection.indexedVectors());
        info.put("segments_count", 1L);
        info.put("config", Configs.describe(config));
        info.put("payload_schema", payloadSchema(collection));
        info.put("update_queue", Map.of("length", 0L));
        return out -> Reply.value(out, info);
    }

    /// The payload indexes by key.
    static Map<String, @Nullable Object> payloadSchema(Collection collection) {
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        collection.config().payloadSchema().forEach((key, kind) -> {
            Map<String, @Nullable Object> field = new LinkedHashMap<>();
            if (kind instanceof Map<?, ?> options) {
                field.put("data_type", options.get("type"));
                field.put("params", options);
            } else {
                field.put("data_type", kind);
            }
            field.put("points", collection.damage().isEmpty() ? collection.indexedPoints(Conditions.path(key)) : 0L);
            schema.put(key, field);
        });
        return schema;
    }
}
