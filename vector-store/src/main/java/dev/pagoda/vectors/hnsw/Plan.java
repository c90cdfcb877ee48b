package dev.pagoda.vectors.hnsw;

/// How a search was answered.
public enum Plan {
    /// Every live node was compared.
    SCAN,
    /// Every match of the filter was looked at.
    SCAN_OF_MATCHES,
    /// The graph was walked.
    WALK,
    /// The graph was walked until looking at every match promised to take less; then that was done.
    WALK_THEN_SCAN,
    /// The graph was walked until the query turned out to be strange to the nodes, and looking at the codes of all of
    /// them promised to take less; then those that are near by their codes were compared.
    WALK_THEN_CODES
}
