package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.filter.Timestamps;
import dev.pagoda.vectors.filter.Values;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the payloads of a collection say when their points expire.
///
/// A collection with `"metadata": {"pagoda.ttl_key": "expires_at"}` loses each point when the time has come that its
/// payload has at that key: a date as a datetime index reads it, or seconds since 1970. Of several values the latest
/// counts; a point without a value of either kind never expires.
record ExpiryKey(KeyPath path) {
    /// When a point expires that never does.
    static final long NEVER = Long.MAX_VALUE;

    private static final String METADATA = "metadata";

    /// Keys of the metadata that begin so belong to the store.
    private static final String RESERVED = "pagoda.";

    private static final String KEY = "pagoda.ttl_key";
    private static final long MICROS = 1_000_000;

    /// What a configuration says; what it says wrong counts as not said.
    static Optional<ExpiryKey> of(CollectionConfig config) {
        if (!(config.settings().get(METADATA) instanceof Map<?, ?> metadata)) {
            return Optional.empty();
        }
        return metadata.get(KEY) instanceof String text ? path(text).map(ExpiryKey::new) : Optional.empty();
    }

    private static Optional<KeyPath> path(String text) {
        try {
            return Optional.of(KeyPath.parse(text));
        } catch (IllegalArgumentException malformed) {
            return Optional.empty();
        }
    }

    /// @throws dev.pagoda.governance.bus.Refused if a configuration says what cannot be
    static void check(CollectionConfig config) {
        if (!(config.settings().get(METADATA) instanceof Map<?, ?> metadata)) {
            return;
        }
        metadata.forEach((key, value) -> {
            if (!String.valueOf(key).startsWith(RESERVED)) {
                return;
            }
            if (!key.equals(KEY)) {
                throw Refusals.outOfRange(
                        METADATA + "." + key,
                        value,
                        "must not be there: of the keys with the prefix `" + RESERVED + "` there is only `" + KEY
                                + "`");
            }
            if (!(value instanceof String text) || path(text).isEmpty()) {
                throw Refusals.outOfRange(
                        METADATA + "." + KEY, value, "must be the key of a payload, such as `expires_at`");
            }
        });
    }

    /// When a point expires, in microseconds since 1970.
    long expiry(Map<String, @Nullable Object> payload) {
        long[] latest = {Long.MIN_VALUE};
        Values.atElements(payload, path, value -> {
            long micros = micros(value);
            latest[0] = Math.max(latest[0], micros);
        });
        return latest[0] == Long.MIN_VALUE ? NEVER : latest[0];
    }

    /// @return the least number if a value is no time
    private static long micros(@Nullable Object value) {
        return switch (value) {
            case Long seconds -> Math.clamp(seconds, -NEVER / MICROS, NEVER / MICROS) * MICROS;
            case Double seconds -> Math.max(-NEVER, (long) (seconds * MICROS));
            case String text -> Timestamps.micros(text).orElse(Long.MIN_VALUE);
            case null, default -> Long.MIN_VALUE;
        };
    }
}
