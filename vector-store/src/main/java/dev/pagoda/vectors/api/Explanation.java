package dev.pagoda.vectors.api;

/// How one search of a dense field was answered.
///
/// @param field        the field searched
/// @param plan         `scan`: every vector was compared; `scan_of_matches`: every match of the filter was looked at;
///                     `walk`: the graph was walked; `walk_then_scan`: it was walked until looking at every match
///                     promised to take less; `walk_then_codes`: it was walked until the query turned out to be about
///                     equally far from everything, then the nearest by the codes of all were compared
/// @param expansions   nodes whose links were followed
/// @param estimated    distances estimated from codes
/// @param computations distances computed from vectors
/// @param nanos        time it took
public record Explanation(String field, String plan, int expansions, int estimated, int computations, long nanos) {}
