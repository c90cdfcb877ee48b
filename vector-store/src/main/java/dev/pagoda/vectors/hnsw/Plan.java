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
    WALK_THEN_SCAN
}
