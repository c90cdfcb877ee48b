package dev.pagoda.vectors.api;

/// How two vectors of a field are compared.
public enum Distance {
    /// Dot product of unit vectors, in [-1, 1]; higher is closer. Vectors are normalised on write.
    COSINE,
    /// Dot product; higher is closer.
    DOT,
    /// Square root of the summed squared differences; lower is closer.
    EUCLID,
    /// Sum of absolute differences; lower is closer.
    MANHATTAN;

    /// Whether the greater of two scores is the better one.
    public boolean isHigherBetter() {
        return this == COSINE || this == DOT;
    }
}
