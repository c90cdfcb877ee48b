package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// When a collection's writes are acknowledged.
///
/// By default when they are forced to disk. A collection made with
/// `"wal_config": {"fsync": "interval", "fsync_interval_ms": 100}` has them acknowledged when the operating system has
/// them, and forced at the latest that much later: the end of the process, `kill -9` included, costs nothing, and a
/// power cut at most the writes of the last interval. Batches stay whole and the order is kept either way.
///
/// @param withinNanos 0: forced before they are acknowledged
record Fsync(long withinNanos) {
    private static final String SETTINGS = "wal_config";
    private static final String MODE = "fsync";
    private static final String INTERVAL = "fsync_interval_ms";
    private static final Fsync ALWAYS = new Fsync(0);
    private static final long DEFAULT_MS = 100;
    private static final long MAX_MS = 60_000;

    /// What a configuration says; what it says wrong counts as not said.
    static Fsync of(CollectionConfig config) {
        if (!(config.settings().get(SETTINGS) instanceof Map<?, ?> settings)
                || !"interval".equals(settings.get(MODE))) {
            return ALWAYS;
        }
        Long ms = milliseconds(settings);
        return ms == null ? ALWAYS : new Fsync(TimeUnit.MILLISECONDS.toNanos(ms));
    }

    /// @throws dev.pagoda.governance.bus.Refused if a configuration says what cannot be
    static void check(CollectionConfig config) {
        if (!(config.settings().get(SETTINGS) instanceof Map<?, ?> settings)) {
            return;
        }
        Object mode = settings.get(MODE);
        if (mode != null && !"interval".equals(mode) && !"always".equals(mode)) {
            throw Refusals.outOfRange(SETTINGS + "." + MODE, mode, "must be `always` or `interval`");
        }
        if (milliseconds(settings) == null) {
            throw Refusals.outOfRange(SETTINGS + "." + INTERVAL, settings.get(INTERVAL), "must be from 1 to " + MAX_MS);
        }
    }

    /// @return null if it cannot be
    private static @Nullable Long milliseconds(Map<?, ?> settings) {
        Object given = settings.get(INTERVAL);
        if (given == null) {
            return DEFAULT_MS;
        }
        return given instanceof Long ms && ms >= 1 && ms <= MAX_MS ? ms : null;
    }
}
