package dev.pagoda.workflow.api;

import java.util.List;

/// The passages found, best first.
///
/// @param tokens tokens the embedding model read of the question
public record Passages(List<Passage> passages, long tokens) {
    public Passages {
        passages = List.copyOf(passages);
    }
}
