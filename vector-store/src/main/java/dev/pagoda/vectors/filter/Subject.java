package dev.pagoda.vectors.filter;

import dev.pagoda.vectors.api.PointId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a filter asks of a point.
public interface Subject {
    PointId id();

    Map<String, @Nullable Object> payload();

    /// Whether the point has a vector in the field.
    boolean hasVector(String field);
}
