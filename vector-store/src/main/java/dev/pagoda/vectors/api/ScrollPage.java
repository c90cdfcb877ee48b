package dev.pagoda.vectors.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One page of a scroll.
///
/// @param next where the next page begins, null on the last one
public record ScrollPage(List<Hit> points, @Nullable PointId next) {
    public ScrollPage {
        points = List.copyOf(points);
    }
}
