package dev.pagoda.vectors.hnsw;

/// Nodes found and what it took.
///
/// @param expansions   nodes whose links were followed
/// @param estimated    neighbours estimated by edge codes
/// @param computations distances computed from vectors
public record SearchResult(Neighbours neighbours, Plan plan, int expansions, int estimated, int computations) {}
