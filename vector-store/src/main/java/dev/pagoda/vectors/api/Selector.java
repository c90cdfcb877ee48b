package dev.pagoda.vectors.api;

import java.util.List;

/// Which points an operation means.
public sealed interface Selector {
    /// These; unknown ids are fine.
    record Ids(List<PointId> ids) implements Selector {
        public Ids {
            ids = List.copyOf(ids);
        }
    }

    /// All that match.
    record Matching(Filter filter) implements Selector {}
}
