package dev.pagoda.vectors.text;

import dev.pagoda.vectors.api.VectorValue.Sparse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.lucene.util.StringHelper;

/// Text as sparse vectors whose dot product, with the inverse document frequency of the index, is the BM25 score.
///
/// An index is the absolute 32-bit murmur3 hash of a term, as in Qdrant's own encoder (fastembed, `Bm25`). Two terms
/// of one text with the same hash add up.
///
/// @param k             how soon repetitions of a term stop to count, above 0
/// @param b             how much long texts are discounted, 0 to 1
/// @param averageLength terms of an ordinary text, above 0
public record Bm25(double k, double b, double averageLength) {
    /// fastembed's defaults.
    public static final Bm25 DEFAULT = new Bm25(1.2, 0.75, 256);

    public Bm25 {
        if (!(k > 0) || !(b >= 0 && b <= 1) || !(averageLength > 0)) {
            throw new IllegalArgumentException("k " + k + ", b " + b + ", averageLength " + averageLength
                    + " are not above 0, from 0 to 1 and above 0");
        }
    }

    /// The weights of a stored text: how often a term occurs, damped, and discounted by length.
    public Sparse document(String text) {
        List<String> terms = Terms.of(text);
        Map<Integer, Integer> counts = counts(terms);
        double discount = k * (1 - b + b * terms.size() / averageLength);
        return sparse(counts, count -> (float) (count * (k + 1) / (count + discount)));
    }

    /// The weights of a question: 1 for each term.
    public Sparse query(String text) {
        return sparse(counts(Terms.of(text)), _ -> 1f);
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
