package dev.pagoda.vectors.qdrant;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import dev.pagoda.vectors.api.HnswConfig;
import dev.pagoda.vectors.api.Payloads;
import dev.pagoda.vectors.api.SparseConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the configuration of a collection, and tells it in Qdrant's words.
///
/// What decides how this store works is read and checked. What only tunes Qdrant's own disk and segments is
/// taken and told again. What would change results or promises and is not built is refused.
final class Configs {
    private Configs() {}

    static CollectionConfig create(Map<String, @Nullable Object> body) {
        Fields fields = Fields.of(body, "");
        VectorConfigs.requireQuantization(fields);
        Map<String, @Nullable Object> settings = CollectionSettings.created(fields);
        Map<String, DenseConfig> dense = VectorConfigs.dense(fields.below("vectors"));
        Map<String, SparseConfig> sparse = VectorConfigs.sparse(fields.below("sparse_vectors"));
        HnswConfig hnsw = hnsw(fields.below("hnsw_config"), HnswConfig.DEFAULT);
        try {
            return new CollectionConfig(dense, sparse, hnsw, Map.of(), settings);
        } catch (IllegalArgumentException refused) {
            throw Faults.validation("vectors", "{...}", String.valueOf(refused.getMessage()));
        }
    }

    /// The configuration after a PATCH: what is given is put over what was.
    static CollectionConfig update(CollectionConfig before, Map<String, @Nullable Object> body) {
        Fields fields = Fields.of(body, "");
        VectorConfigs.requireQuantization(fields);
        Map<String, @Nullable Object> settings = CollectionSettings.updated(before.settings(), fields);
        HnswConfig hnsw = hnsw(fields.below("hnsw_config"), before.hnsw());
        CollectionConfig after = VectorConfigs.update(before, fields.below("vectors"), fields.below("sparse_vectors"));
        return after.withHnsw(hnsw).withSettings(Payloads.freeze(settings));
    }

    /// The `config` of a CollectionInfo.
    static Map<String, @Nullable Object> describe(CollectionConfig config) {
        Map<String, @Nullable Object> settings = config.settings();
        Map<String, @Nullable Object> params = new LinkedHashMap<>();
        params.put("vectors", VectorConfigs.describeDense(config));
        CollectionSettings.describeParams(params, settings);
        if (!config.sparse().isEmpty()) {
            params.put("sparse_vectors", VectorConfigs.describeSparse(config));
        }
        Map<String, @Nullable Object> hnsw = CollectionSettings.hnsw(settings);
        hnsw.putAll(hnsw(config.hnsw()));
        Map<String, @Nullable Object> all = new LinkedHashMap<>();
        all.put("params", params);
        all.put("hnsw_config", hnsw);
        CollectionSettings.describeRest(all, settings);
        return all;
    }

    /// How a graph is built, in Qdrant's words.
    static Map<String, Long> hnsw(HnswConfig hnsw) {
        return Map.of("m", (long) hnsw.m(), "ef_construct", (long) hnsw.efConstruction(), "full_scan_threshold", (long)
                hnsw.fullScanThresholdKb());
    }

    private static HnswConfig hnsw(Fields fields, HnswConfig before) {
        VectorConfigs.requireHnsw(fields);
        return new HnswConfig(
                fields.number("m", before.m(), 0, Integer.MAX_VALUE),
                fields.number("ef_construct", before.efConstruction(), 4, Integer.MAX_VALUE),
                fields.number("full_scan_threshold", before.fullScanThresholdKb(), 10, Integer.MAX_VALUE));
    }
}
