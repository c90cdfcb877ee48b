package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.collection.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What `GET /collections/{name}` tells.
final class CollectionInfo {
    private CollectionInfo() {}

    static Reply.Content of(Collection collection) {
        CollectionConfig config = collection.config();
        String damage = collection.damage().orElse(null);
        Map<String, @Nullable Object> info = new LinkedHashMap<>();
        info.put("status", damage == null ? "green" : "red");
        info.put("optimizer_status", damage == null ? "ok" : Map.of("error", damage));
        info.put("points_count", collection.points());
        info.put("indexed_vectors_count", collection.indexedVectors());
        info.put("segments_count", 1L);
        info.put("config", Configs.describe(config));
        Map<String, @Nullable Object> schema = new LinkedHashMap<>();
        config.payloadSchema().forEach((key, kind) -> {
            Map<String, @Nullable Object> field = new LinkedHashMap<>();
            if (kind instanceof Map<?, ?> options) {
                field.put("data_type", options.get("type"));
                field.put("params", options);
            } else {
                field.put("data_type", kind);
            }
            field.put("points", damage == null ? collection.pointsWith(Conditions.path(key)) : 0L);
            schema.put(key, field);
        });
        info.put("payload_schema", schema);
        return out -> Reply.value(out, info);
    }
}
