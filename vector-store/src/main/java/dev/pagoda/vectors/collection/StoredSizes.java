package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.DenseConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How many bytes of vectors and payloads a collection stores, found by looking at every point, and again when enough
/// of them have changed: each change costs a look at sixteen points, and a limit is overrun by a sixteenth at most.
///
/// Under the collection's lock.
final class StoredSizes {
    private static final int LOOKS_PER_CHANGE = 16;
    private static final int SAMPLE = 1_024;

    private long vectorBytes;
    private long payloadBytes;
    private long points;
    private long changed;
    private boolean isKnown;

    /// So many points have been written since.
    void changed(int count) {
        changed += count;
    }

    StrictMode.Sizes of(Generation generation, CollectionConfig config) {
        return new StrictMode.Sizes() {
            @Override
            public long vectorBytes() {
                look(generation, config);
                return vectorBytes;
            }

            @Override
            public long payloadBytes() {
                look(generation, config);
                return payloadBytes;
            }
        };
    }

    private void look(Generation generation, CollectionConfig config) {
        if (isKnown && changed * LOOKS_PER_CHANGE <= points) {
            return;
        }
        vectorBytes = 0;
        payloadBytes = 0;
        points = 0;
        for (StoredPoint point : generation.ids().values()) {
            points++;
            payloadBytes += bytes(point.payload());
            for (String field : point.vectors().dense()) {
                DenseConfig dense = config.dense().get(field);
                vectorBytes += dense == null ? 0 : (long) dense.size() * Float.BYTES;
            }
            for (var sparse : point.vectors().sparse().values()) {
                vectorBytes += (long) sparse.indices().length * (Integer.BYTES + Float.BYTES);
            }
            for (Multivector multi : point.vectors().multi().values()) {
                vectorBytes += multi.bytes();
            }
        }
        changed = 0;
        isKnown = true;
    }

    /// Bytes of all payloads if the rest is like the first few; safe from any thread.
    static long payloadBytesAbout(Generation generation) {
        long bytes = 0;
        int seen = 0;
        for (StoredPoint point : generation.ids().values()) {
            if (seen == SAMPLE) {
                break;
            }
            bytes += bytes(point.payload());
            seen++;
        }
        return seen == 0 ? 0 : bytes * generation.living() / seen;
    }

    /// About as long as its JSON.
    static long bytes(@Nullable Object value) {
        return switch (value) {
            case null -> 4;
            case String text -> 2L + text.length();
            case List<?> list ->
                2 + list.stream().mapToLong(each -> 1 + bytes(each)).sum();
            case Map<?, ?> map ->
                2
                        + map.entrySet().stream()
                                .mapToLong(entry -> 2 + bytes(entry.getKey()) + bytes(entry.getValue()))
                                .sum();
            default -> Long.BYTES;
        };
    }
}
