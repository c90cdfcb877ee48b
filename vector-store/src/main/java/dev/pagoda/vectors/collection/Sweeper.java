package dev.pagoda.vectors.collection;

import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Deletes points that have expired, in batches, as any other write: so they are in the journal, and gone for good.
final class Sweeper {
    private static final Logger LOG = LoggerFactory.getLogger(Sweeper.class);

    /// Points deleted by one write, which keeps others from writing for milliseconds.
    private static final int AT_ONCE = 256;

    /// Such writes in a row in one collection.
    private static final int MOST_WRITES = 64;

    private Sweeper() {}

    static void sweep(Collection collection) {
        for (int i = 0; i < MOST_WRITES; i++) {
            Optional<Written> written = collection.expire(AT_ONCE);
            if (written.isEmpty()) {
                return;
            }
            var _ = written.get().durable().exceptionally(failure -> {
                LOG.warn(
                        "the disk did not take that points of {} expired: {}", collection.name(), failure.getMessage());
                return -1L;
            });
        }
    }
}
