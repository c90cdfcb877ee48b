package dev.pagoda.vectors.api;

/// A field of sparse vectors.
///
/// @param idf whether query values are multiplied by the inverse document frequency, as BM25 needs
public record SparseConfig(boolean idf) {}
