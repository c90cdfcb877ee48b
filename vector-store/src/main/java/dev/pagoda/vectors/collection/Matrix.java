package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.PointId;
import java.util.List;

/// Points chosen by chance and which of them are near to each.
///
/// @param ids     ascending
/// @param nearest by ascending row, the nearest of a row first
public record Matrix(List<PointId> ids, List<Cell> nearest) {
    /// @param row    a point, as place among `ids`
    /// @param column one near to it
    public record Cell(int row, int column, float score) {}

    public Matrix {
        ids = List.copyOf(ids);
        nearest = List.copyOf(nearest);
    }
}
