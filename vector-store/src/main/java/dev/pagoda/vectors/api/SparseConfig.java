package dev.pagoda.vectors.api;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A field of sparse vectors.
///
/// @param idf      whether query values are multiplied by the inverse document frequency, as BM25 needs
/// @param settings what else was said of the field, in Qdrant's words, told again as it was given
public record SparseConfig(boolean idf, Map<String, @Nullable Object> settings) {
    public SparseConfig {
        settings = Payloads.freeze(settings);
    }

    public SparseConfig(boolean idf) {
        this(idf, Map.of());
    }
}
