package dev.pagoda.vectors.hnsw;

/// What an index keeps beside links: speed against memory.
public enum Layout {
    /// Whole vectors, and beside each node's links one-bit codes of its neighbours, so that one read scores
    /// them all. About 2.7 times the raw floats at 128 dimensions, less than twice from 320 on. Manhattan
    /// distance and vectors that are no floats fall back to [#COMPACT].
    FAST,
    /// Whole vectors and links, at most 1.35 times the raw floats from 100 dimensions on.
    COMPACT,
    /// Vectors rounded to a byte a dimension and less than half as many links, at most 0.45 times the raw
    /// floats from 100 dimensions on. What was rounded away is gone: scores and vectors are those of the
    /// rounded vectors.
    CODES,
    /// Whole vectors without links: nothing is built and every search is exact.
    FLAT
}
