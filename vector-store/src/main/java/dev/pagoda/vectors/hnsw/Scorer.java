package dev.pagoda.vectors.hnsw;

/// How similar nodes are to one vector, greater meaning closer; used by one thread at a time.
public interface Scorer {
    /// @param node one that was put into the index
    float score(int node);
}
