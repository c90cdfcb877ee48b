package dev.pagoda.vectors.api;

import java.util.List;

/// The points found, and how each search of a dense field behind them was answered, in the order they ran.
public record ExplainedHits(List<Hit> hits, List<Explanation> searches) {
    public ExplainedHits {
        hits = List.copyOf(hits);
        searches = List.copyOf(searches);
    }
}
