package dev.pagoda.vectors.api;

import java.util.Objects;

/// A field of dense vectors.
///
/// @param size dimensions, 1 to 65,536
public record DenseConfig(int size, Distance distance) {
    /// As in Qdrant 1.19.
    public static final int MAX_SIZE = 65_536;

    public DenseConfig {
        if (size < 1 || size > MAX_SIZE) {
            throw new IllegalArgumentException("vector size " + size + " is not from 1 to " + MAX_SIZE);
        }
        Objects.requireNonNull(distance, "distance");
    }
}
