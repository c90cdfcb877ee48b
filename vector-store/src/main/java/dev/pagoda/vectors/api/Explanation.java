package dev.pagoda.vectors.api;

/// How one search of a dense field was answered.
///
/// @param field        the field searched
/// @param plan         `scan`: every vector was compared; `scan_of_matches`: the filter was asked of every point and
///                     the matches were compared; `walk`: the graph was walked
/// @param expansions   nodes whose links were followed
/// @param estimated    distances estimated from codes of edges
/// @param computations distances computed from vectors
/// @param nanos        time it took
public record Explanation(String field, String plan, int expansions, int estimated, int computations, long nanos) {}
