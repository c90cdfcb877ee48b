package dev.pagoda.vectors.collection;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What dropped collections have left on disk.
///
/// A snapshot is deleted alone. Records in the journal go with a checkpoint, for which everybody else's changes are
/// written. That is done at once if it is less than what the journal has, and else the later the more it is, so that
/// who makes and drops collections all the time does not have the others written all the time.
final class Remains {
    /// How long the journal keeps its records for each 256 MB that a checkpoint has to write, a minute at least.
    private static final long MICROS_OF_PATIENCE = 60_000_000;

    private static final long BYTES_OF_PATIENCE = 256L << 20;
    private static final long NEVER = Long.MAX_VALUE;

    /// Dropped for sure, with snapshots that may still be there.
    private final Set<Long> dropped = ConcurrentHashMap.newKeySet();

    /// When a checkpoint is to be made at the latest, in microseconds since 1970.
    private volatile long due = NEVER;

    void add(long id) {
        dropped.add(id);
    }

    /// Collections whose snapshots may still be there.
    Set<Long> dropped() {
        return Set.copyOf(dropped);
    }

    boolean isEmpty() {
        return dropped.isEmpty();
    }

    void remove(Set<Long> gone) {
        dropped.removeAll(gone);
    }

    /// Only records in the journal are left, and a checkpoint would write so many bytes.
    void inJournal(long now, long unwritten) {
        due = Math.min(due, now + MICROS_OF_PATIENCE * (1 + unwritten / BYTES_OF_PATIENCE));
    }

    /// Whether a checkpoint is to be made for them now.
    boolean isDue(long now) {
        return now >= due;
    }

    /// A checkpoint has been made.
    void written() {
        due = NEVER;
    }
}
