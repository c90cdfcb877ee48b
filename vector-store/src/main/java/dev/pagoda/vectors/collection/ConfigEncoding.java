package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.Datatype;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.Distance;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.SparseConfig;
import dev.pagoda.vectors.storage.Decoder;
import dev.pagoda.vectors.storage.Encoder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The configuration of a collection in the log and in snapshots: a mark, then a map of texts and numbers, so
/// that a later version may say more. What was written before the mark existed starts with the number of dense
/// fields.
final class ConfigEncoding {
    private static final int AS_MAP = -2;

    /// What older configurations said of their fields, all in one place.
    private static final String OLD_DENSE = "vectors";

    private static final String OLD_SPARSE = "sparse_vectors";

    private ConfigEncoding() {}

    static void write(Encoder out, CollectionConfig config) {
        Map<String, @Nullable Object> dense = new LinkedHashMap<>();
        config.dense()
                .forEach((name, field) -> dense.put(
                        name,
                        entries(
                                "size",
                                (long) field.size(),
                                "distance",
                                field.distance().name(),
                                "datatype",
                                field.datatype().name(),
                                "multi",
                                field.isMulti(),
                                "settings",
                                field.settings())));
        Map<String, @Nullable Object> sparse = new LinkedHashMap<>();
        config.sparse()
                .forEach((name, field) -> sparse.put(name, entries("idf", field.idf(), "settings", field.settings())));
        HnswConfig hnsw = config.hnsw();
        out.writeInt(AS_MAP)
                .writeValue(entries(
                        "dense",
                        dense,
                        "sparse",
                        sparse,
                        "m",
                        (long) hnsw.m(),
                        "efConstruction",
                        (long) hnsw.efConstruction(),
                        "fullScanThresholdKb",
                        (long) hnsw.fullScanThresholdKb(),
                        "payloadSchema",
                        config.payloadSchema(),
                        "settings",
                        config.settings()));
    }

    static CollectionConfig read(Decoder in) {
        int first = in.readInt();
        if (first >= 0) {
            return readOld(in, first);
        }
        if (first != AS_MAP) {
            throw new IllegalArgumentException("no configuration is of kind " + first);
        }
        Map<String, @Nullable Object> all = in.readMap();
        Map<String, DenseConfig> dense = new LinkedHashMap<>();
        below(all, "dense").forEach((name, value) -> {
            Map<String, @Nullable Object> field = map(value);
            dense.put(
                    name,
                    new DenseConfig(
                            number(field, "size"),
                            Distance.valueOf(text(field, "distance")),
                            Datatype.valueOf(text(field, "datatype")),
                            Boolean.TRUE.equals(field.get("multi")),
                            below(field, "settings")));
        });
        Map<String, SparseConfig> sparse = new LinkedHashMap<>();
        below(all, "sparse").forEach((name, value) -> {
            Map<String, @Nullable Object> field = map(value);
            sparse.put(name, new SparseConfig(Boolean.TRUE.equals(field.get("idf")), below(field, "settings")));
        });
        HnswConfig hnsw =
                new HnswConfig(number(all, "m"), number(all, "efConstruction"), number(all, "fullScanThresholdKb"));
        return new CollectionConfig(dense, sparse, hnsw, below(all, "payloadSchema"), below(all, "settings"));
    }

    private static CollectionConfig readOld(Decoder in, int denseCount) {
        Map<String, DenseConfig> dense = new LinkedHashMap<>();
        for (int i = 0; i < denseCount; i++) {
            String name = in.readText();
            dense.put(name, new DenseConfig(in.readInt(), Distance.valueOf(in.readText())));
        }
        Map<String, SparseConfig> sparse = new LinkedHashMap<>();
        for (int i = in.readCount(); i > 0; i--) {
            String name = in.readText();
            sparse.put(name, new SparseConfig(in.readByte() == 1));
        }
        HnswConfig hnsw = new HnswConfig(in.readInt(), in.readInt(), in.readInt());
        Map<String, @Nullable Object> schema = in.readMap();
        Map<String, @Nullable Object> settings = new LinkedHashMap<>(in.readMap());
        Map<String, @Nullable Object> ofDense = map(settings.remove(OLD_DENSE));
        Map<String, @Nullable Object> ofSparse = map(settings.remove(OLD_SPARSE));
        dense.replaceAll((name, field) -> {
            Map<String, @Nullable Object> own =
                    new LinkedHashMap<>(name.isEmpty() && ofDense.containsKey("size") ? ofDense : below(ofDense, name));
            own.keySet().removeAll(List.of("size", "distance"));
            return field.withSettings(own);
        });
        sparse.replaceAll((name, field) -> {
            Map<String, @Nullable Object> own = new LinkedHashMap<>(below(ofSparse, name));
            own.remove("modifier");
            return new SparseConfig(field.idf(), own);
        });
        return new CollectionConfig(dense, sparse, hnsw, schema, settings);
    }

    private static Map<String, @Nullable Object> entries(@Nullable Object... keysAndValues) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
        }
        return map;
    }

    /// A value as a map, empty if it is none.
    private static Map<String, @Nullable Object> map(@Nullable Object value) {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        if (value instanceof Map<?, ?> given) {
            given.forEach((key, element) -> map.put(String.valueOf(key), element));
        }
        return map;
    }

    private static Map<String, @Nullable Object> below(Map<String, @Nullable Object> map, String key) {
        return map(map.get(key));
    }

    private static String text(Map<String, @Nullable Object> map, String key) {
        if (map.get(key) instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException("a configuration has no text " + key);
    }

    private static int number(Map<String, @Nullable Object> map, String key) {
        if (map.get(key) instanceof Long number) {
            return Math.toIntExact(number);
        }
        throw new IllegalArgumentException("a configuration has no number " + key);
    }
}
