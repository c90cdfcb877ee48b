package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.PointId;
import dev.pagoda.vectors.api.VectorValue.Sparse;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How many bytes of vectors and payloads a collection stores: found by looking at every point when it is asked for the
/// first time, and kept up with each change from then on. Who never asks pays nothing.
///
/// Under the collection's lock.
final class StoredSizes {
    private static final int SAMPLE = 1_024;

    private long vectorBytes;
    private long payloadBytes;
    private boolean isKnown;

    /// Does what changes a point.
    void change(Generation generation, PointId id, Runnable change) {
        if (!isKnown) {
            change.run();
            return;
        }
        count(generation, generation.ids().get(id), -1);
        change.run();
        count(generation, generation.ids().get(id), 1);
    }

    /// Vector fields have come or gone.
    void forget() {
        isKnown = false;
    }

    StrictMode.Sizes of(Generation generation) {
        return new StrictMode.Sizes() {
            @Override
            public long vectorBytes() {
                look(generation);
                return vectorBytes;
            }

            @Override
            public long payloadBytes() {
                look(generation);
                return payloadBytes;
            }
        };
    }

    private void look(Generation generation) {
        if (!isKnown) {
            vectorBytes = 0;
            payloadBytes = 0;
            generation.ids().values().forEach(point -> count(generation, point, 1));
            isKnown = true;
        }
    }

    private void count(Generation generation, @Nullable StoredPoint point, int sign) {
        if (point != null) {
            vectorBytes += sign * vectorBytes(generation, point.vectors());
            payloadBytes += sign * bytes(point.payload());
        }
    }

    private static long vectorBytes(Generation generation, StoredPoint.Vectors vectors) {
        long bytes = vectors.multiBytes();
        for (String field : vectors.dense()) {
            DenseField dense = generation.dense().get(field);
            bytes += dense == null ? 0 : (long) dense.config().size() * Float.BYTES;
        }
        for (Sparse sparse : vectors.sparse().values()) {
            bytes += (long) sparse.indices().length * (Integer.BYTES + Float.BYTES);
        }
        return bytes;
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
