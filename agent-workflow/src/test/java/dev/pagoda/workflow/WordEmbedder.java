package dev.pagoda.workflow;

import dev.pagoda.governance.bus.Call;
import dev.pagoda.workflow.rag.Embedder;
import dev.pagoda.workflow.rag.Language;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/// Embeds a text as the set of its words (Chinese: characters), hashed to dimensions: alike are texts that
/// share words.
final class WordEmbedder implements Embedder {
    private static final int DIMENSIONS = 512;

    private final AtomicLong texts = new AtomicLong();

    long texts() {
        return texts.get();
    }

    @Override
    public Map<Language, Integer> dimensions() {
        return Map.of(Language.EN, DIMENSIONS, Language.ZH, DIMENSIONS);
    }

    @Override
    public Future<Embedded> embed(List<String> batch, Language language, Call call) {
        texts.addAndGet(batch.size());
        var vectors = batch.stream().map(WordEmbedder::vector).toList();
        return Future.succeededFuture(new Embedded(vectors, batch.size(), 10L * batch.size()));
    }

    private static float[] vector(String text) {
        var vector = new float[DIMENSIONS];
        var words = words(text);
        for (var word : words) {
            vector[Math.floorMod(word.hashCode() * 31, DIMENSIONS)] += 1;
        }
        double length = 0;
        for (float value : vector) {
            length += value * value;
        }
        for (int i = 0; i < vector.length && length > 0; i++) {
            vector[i] = (float) (vector[i] / Math.sqrt(length));
        }
        return vector;
    }

    static Set<String> words(String text) {
        var words = new HashSet<String>();
        for (var word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}]+")) {
            if (!word.isEmpty() && word.codePoints().anyMatch(Character::isIdeographic)) {
                word.codePoints().mapToObj(Character::toString).forEach(words::add);
            } else if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }
}
