package dev.pagoda.vectors.text;

import dev.pagoda.vectors.api.VectorValue.Sparse;
import dev.pagoda.vectors.filter.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.util.StringHelper;
import org.jspecify.annotations.Nullable;

/// Text as sparse vectors whose dot product, with the inverse document frequency of the index, is the BM25
/// score.
///
/// An index is the absolute 32-bit murmur3 hash of a term, as in Qdrant's own encoder (fastembed, `Bm25`). Two
/// terms of one text with the same hash add up. Safe from any thread.
public final class Bm25 {
    /// fastembed's defaults.
    public static final Bm25 DEFAULT = new Bm25(1.2, 0.75, 256, Terms.BY_SCRIPT);

    /// Encoders made of options, the last ones used.
    private static final int KEPT = 64;

    private static final Map<Map<String, ?>, Bm25> MADE = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Map<String, ?>, Bm25> eldest) {
            return size() > KEPT;
        }
    };

    private final double k;
    private final double b;
    private final double averageLength;
    private final Tokenizer tokenizer;

    /// @param k             how soon repetitions of a term stop to count, at least 0
    /// @param b             how much long texts are discounted, 0 to 1
    /// @param averageLength terms of an ordinary text, above 0
    Bm25(double k, double b, double averageLength, Tokenizer tokenizer) {
        if (!(k >= 0) || !(b >= 0 && b <= 1) || !(averageLength > 0) || Double.isInfinite(k + averageLength)) {
            throw new IllegalArgumentException("k " + k + ", b " + b + ", avg_len " + averageLength
                    + " are not at least 0, from 0 to 1 and above 0");
        }
        this.k = k;
        this.b = b;
        this.averageLength = averageLength;
        this.tokenizer = tokenizer;
    }

    /// The encoder that options ask for: `k`, `b`, `avg_len`, and those that [Terms#of] knows.
    ///
    /// @throws IllegalArgumentException if one of them has no sense
    public static Bm25 of(Map<String, @Nullable Object> options) {
        if (options.isEmpty()) {
            return DEFAULT;
        }
        synchronized (MADE) {
            Bm25 made = MADE.get(options);
            if (made == null) {
                made = new Bm25(
                        number(options, "k", DEFAULT.k),
                        number(options, "b", DEFAULT.b),
                        number(options, "avg_len", DEFAULT.averageLength),
                        Terms.of(options));
                MADE.put(options, made);
            }
            return made;
        }
    }

    /// The weights of a stored text: how often a term occurs, damped, and discounted by length.
    public Sparse document(String text) {
        List<String> terms = tokenizer.stored(text);
        double discount = k * (1 - b + b * terms.size() / averageLength);
        return sparse(counts(terms), count -> (float) (count * (k + 1) / (count + discount)));
    }

    /// The weights of a question: 1 for each term.
    public Sparse query(String text) {
        return sparse(counts(tokenizer.asked(text)), _ -> 1f);
    }

    private static double number(Map<String, @Nullable Object> options, String name, double absent) {
        return switch (options.get(name)) {
            case null -> absent;
            case Number number -> number.doubleValue();
            case Object other -> throw new IllegalArgumentException(name + " " + other + " is no number");
        };
    }

    private static Map<Integer, Integer> counts(List<String> terms) {
        Map<Integer, Integer> counts = new TreeMap<>(Integer::compareUnsigned);
        for (String term : terms) {
            counts.merge(index(term), 1, Integer::sum);
        }
        return counts;
    }

    private static int index(String term) {
        byte[] bytes = term.getBytes(StandardCharsets.UTF_8);
        int hash = StringHelper.murmurhash3_x86_32(bytes, 0, bytes.length, 0);
        // of the least int there is no absolute value: it stays, and reads as 2^31 since indices are unsigned
        return hash < 0 ? -hash : hash;
    }

    private static Sparse sparse(Map<Integer, Integer> counts, Weight weight) {
        int[] indices = new int[counts.size()];
        float[] values = new float[counts.size()];
        int at = 0;
        for (Map.Entry<Integer, Integer> entry : counts.entrySet()) {
            indices[at] = entry.getKey();
            values[at++] = weight.of(entry.getValue());
        }
        return new Sparse(indices, values);
    }

    private interface Weight {
        float of(int count);
    }
}
