package dev.pagoda.gateway.backend;

import java.util.Locale;
import java.util.Optional;

/// An embedding model whose weights come inside a Maven artifact, quantised to 8 bits.
public enum EmbeddingModel {
    /// English; mean of all token vectors. 256 is the length that its authors set for it
    /// (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2).
    ALL_MINILM_L6_V2("all-minilm-l6-v2", "/all-minilm-l6-v2-q.onnx", "/all-minilm-l6-v2-q-tokenizer.json", 384, 256),
    /// Chinese; vector of the first token (https://huggingface.co/BAAI/bge-small-zh-v1.5).
    BGE_SMALL_ZH_V15("bge-small-zh-v1.5", "/bge-small-zh-v1.5-q.onnx", "/bge-small-zh-v1.5-q-tokenizer.json", 512, 512);

    private final String id;
    private final String weights;
    private final String tokenizer;
    private final int dimension;
    private final int maxTokens;

    EmbeddingModel(String id, String weights, String tokenizer, int dimension, int maxTokens) {
        this.id = id;
        this.weights = weights;
        this.tokenizer = tokenizer;
        this.dimension = dimension;
        this.maxTokens = maxTokens;
    }

    /// The model of a name, with or without its organisation and in any case.
    public static Optional<EmbeddingModel> named(String name) {
        String bare = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        for (EmbeddingModel model : values()) {
            if (bare.equals(model.id)) {
                return Optional.of(model);
            }
        }
        return Optional.empty();
    }

    /// Lower-case name without the organisation.
    public String id() {
        return id;
    }

    public int dimension() {
        return dimension;
    }

    /// Tokens beyond these are not read.
    public int maxTokens() {
        return maxTokens;
    }

    String weights() {
        return weights;
    }

    String tokenizer() {
        return tokenizer;
    }
}
