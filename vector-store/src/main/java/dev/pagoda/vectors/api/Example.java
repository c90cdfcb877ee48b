package dev.pagoda.vectors.api;

/// A vector that a query names: written out, or as that of a stored point.
public sealed interface Example {
    /// The vector or text itself.
    record Given(VectorValue vector) implements Example {}

    /// The vector that a point has in the field searched, or where the query says to look it up.
    record Stored(PointId id) implements Example {}

    static Example of(VectorValue vector) {
        return new Given(vector);
    }

    static Example of(PointId id) {
        return new Stored(id);
    }
}
