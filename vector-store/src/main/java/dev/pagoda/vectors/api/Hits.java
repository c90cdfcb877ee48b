package dev.pagoda.vectors.api;

import java.util.List;

/// The points found, best first; ties by ascending id.
public record Hits(List<Hit> hits) {
    public Hits {
        hits = List.copyOf(hits);
    }
}
