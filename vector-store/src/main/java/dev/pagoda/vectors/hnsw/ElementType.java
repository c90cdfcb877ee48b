package dev.pagoda.vectors.hnsw;

/// What the numbers of a vector are, and so how they are kept.
public enum ElementType {
    FLOAT32,
    /// IEEE 754 half floats, rounded to 11 bits, at most 65,504 by magnitude.
    FLOAT16,
    /// Whole numbers from 0 to 255; under cosine the vector of unit length is rounded to 1/255 of its range.
    UINT8
}
