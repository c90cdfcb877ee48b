package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.collection.Collection;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What a shard consists of and as of which change, so that whoever keeps a copy can ask for what is newer. A shard has
/// one segment, which changes as a whole.
final class ShardManifest {
    private static final String VERSION = "segment_version";

    /// Segments of another process, or of this one after a restart, are others.
    private final UUID process = UUID.randomUUID();

    /// The name of a collection's segment.
    String segment(Collection collection) {
        String name = process + "/" + collection.id();
        return UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)).toString();
    }

    /// The manifest as of now.
    Map<String, @Nullable Object> of(Collection collection) {
        long version = collection.committed();
        Map<String, @Nullable Object> files = new LinkedHashMap<>();
        for (String field : collection.vectorCounts().keySet()) {
            files.put((field.isEmpty() ? "vector_storage" : "vector_storage-" + field) + "/vectors", version);
        }
        files.put("payload_storage/payloads", version);
        collection.config().payloadSchema().keySet().forEach(key -> files.put("payload_index/" + key, version));
        Map<String, @Nullable Object> segment = new LinkedHashMap<>();
        segment.put("segment_id", segment(collection));
        segment.put(VERSION, version);
        segment.put("file_versions", files);
        return Map.of(segment(collection), segment);
    }

    /// Whether a copy with this manifest lacks nothing.
    ///
    /// @throws dev.pagoda.governance.bus.Refused if it is no manifest
    boolean isCurrent(Collection collection, Map<String, @Nullable Object> manifest) {
        for (Map.Entry<String, @Nullable Object> entry : manifest.entrySet()) {
            if (!(entry.getValue() instanceof Map<?, ?> segment)
                    || !(segment.get("segment_id") instanceof String)
                    || !(segment.get(VERSION) instanceof Long)
                    || !(segment.get("file_versions") instanceof Map<?, ?>)) {
                throw Faults.format("segment `" + entry.getKey() + "` of the manifest lacks `segment_id`, `" + VERSION
                        + "` or `file_versions`");
            }
        }
        return manifest.get(segment(collection)) instanceof Map<?, ?> copy
                && copy.get(VERSION) instanceof Long version
                && version >= collection.committed();
    }
}
