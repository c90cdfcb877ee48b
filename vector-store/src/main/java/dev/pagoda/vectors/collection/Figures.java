package dev.pagoda.vectors.collection;

import dev.pagoda.vectors.api.CollectionConfig;
import dev.pagoda.vectors.api.KeyPath;
import dev.pagoda.vectors.filter.PayloadIndexes;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a collection consists of, as it is when it is asked.
///
/// Safe from any thread.
public final class Figures {
    private final Generation generation;
    private final CollectionConfig config;

    Figures(Generation generation, CollectionConfig config) {
        this.generation = generation;
        this.config = config;
    }

    /// Vectors that the graphs hold, by the name of the field; fields without a graph are left out.
    public Map<String, Long> indexedVectors() {
        Map<String, Long> counts = new TreeMap<>();
        generation.dense().forEach((field, vectors) -> {
            if (vectors.hasGraph()) {
                counts.put(field, (long) vectors.index().size());
            }
        });
        return counts;
    }

    /// Places for points that hold none that lives.
    public long spareSlots() {
        return generation.spareSlots();
    }

    /// Bytes of all payloads, reckoned from a few of them.
    public long payloadBytesAbout() {
        return StoredSizes.payloadBytesAbout(generation);
    }

    /// What a payload index holds.
    ///
    /// @param points that have a value there
    /// @param values of all points together
    public record OfIndex(String key, long points, long values) {}

    /// The payload indexes by key.
    public List<OfIndex> indexes() {
        PayloadIndexes indexes = generation.indexes();
        return config.payloadSchema().keySet().stream()
                .flatMap(
                        key -> indexes
                                .field(KeyPath.parse(key))
                                .map(index -> new OfIndex(key, index.points(), index.values()))
                                .stream())
                .toList();
    }
}
