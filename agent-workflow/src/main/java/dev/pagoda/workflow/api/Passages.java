package dev.pagoda.workflow.api;

import java.util.List;

/// The passages found, best first.
///
/// @param tokens    tokens the embedding model read of the question
/// @param costNanos their price in nano-dollars
public record Passages(List<Passage> passages, long tokens, long costNanos) {
    public Passages {
        passages = List.copyOf(passages);
    }
}
