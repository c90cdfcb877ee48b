package dev.pagoda.vectors.hnsw;

/// How a search was answered.
public enum Plan {
    /// Every live node was compared.
    SCAN,
    /// Every live node was asked by the filter and every match compared.
    SCAN_OF_MATCHES,
    /// The graph was walked.
    WALK
}
