package dev.pagoda.vectors.hnsw;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Uses more than the JDK in the vector store's core, so that the rule can be seen to bite.
final class UsesALibrary {
    private static final Logger LOG = LoggerFactory.getLogger(UsesALibrary.class);

    private UsesALibrary() {}

    static void log() {
        LOG.info("no");
    }
}
