package dev.pagoda.registry.api;

/// The shape of a transformer, which decides how its parameters are counted.
public enum Family {
    /// Causal, with rotary positions, a gated feed-forward part and grouped key and value heads, as Llama.
    DECODER,
    /// Bidirectional, with learned positions, a plain feed-forward part and a pooler, as BERT.
    ENCODER
}
