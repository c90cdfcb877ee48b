package dev.pagoda.gateway.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Remembers the vectors of the sentences used last, so that follow-up questions over one context cost little.
///
/// Safe from any thread; two threads may embed the same new sentence once each.
final class CachingEmbedder implements SentenceEmbedder {
    /// A longer text is not remembered.
    private static final int MAX_CHARS = 1_000;

    private record Key(Language language, String text) {}

    private final SentenceEmbedder source;
    private final int capacity;
    private final SequencedMap<Key, float[]> vectors = new LinkedHashMap<>(64, .75f, true);

    CachingEmbedder(SentenceEmbedder source, int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity " + capacity + " is below 1");
        }
        this.source = source;
        this.capacity = capacity;
    }

    @Override
    public List<float[]> embed(Language language, List<String> texts) {
        var found = new float[texts.size()][];
        var missing = new LinkedHashMap<String, List<Integer>>();
        synchronized (vectors) {
            for (int i = 0; i < found.length; i++) {
                float[] vector = vectors.get(new Key(language, texts.get(i)));
                if (vector == null) {
                    missing.computeIfAbsent(texts.get(i), text -> new ArrayList<>())
                            .add(i);
                } else {
                    found[i] = vector;
                }
            }
        }
        if (!missing.isEmpty()) {
            List<float[]> computed = source.embed(language, List.copyOf(missing.keySet()));
            int next = 0;
            synchronized (vectors) {
                for (Map.Entry<String, List<Integer>> entry : missing.entrySet()) {
                    float[] vector = computed.get(next++);
                    entry.getValue().forEach(i -> found[i] = vector);
                    remember(new Key(language, entry.getKey()), vector);
                }
            }
        }
        return List.of(found);
    }

    private void remember(Key key, float[] vector) {
        if (key.text().length() > MAX_CHARS) {
            return;
        }
        vectors.put(key, vector);
        if (vectors.size() > capacity) {
            vectors.pollFirstEntry();
        }
    }
}
