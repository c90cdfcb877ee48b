package dev.pagoda.gateway.backend;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Unit vectors of texts without a model: each word and pair of words adds to the places that its hash names
/// (Weinberger et al. 2009, https://arxiv.org/abs/0902.2206), so that texts with words in common are near.
final class TextVector {
    private static final Pattern WORD = Pattern.compile("\\p{IsHan}|[\\p{L}\\p{N}]+");
    private static final float PAIR = .5f;
    private static final int PLACES = 4;

    private TextVector() {}

    /// @param dimension at least 1
    static float[] of(String text, int dimension) {
        float[] vector = new float[dimension];
        Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
        int previous = 0;
        while (words.find()) {
            int word = words.group().hashCode();
            add(vector, word, 1);
            if (previous != 0) {
                add(vector, 31 * previous + word, PAIR);
            }
            previous = word;
        }
        double squares = 0;
        for (float each : vector) {
            squares += each * each;
        }
        if (squares == 0) {
            add(vector, text.hashCode(), 1);
            for (float each : vector) {
                squares += each * each;
            }
        }
        if (squares == 0) {
            vector[0] = 1;
            return vector;
        }
        float scale = (float) (1 / Math.sqrt(squares));
        for (int i = 0; i < dimension; i++) {
            vector[i] *= scale;
        }
        return vector;
    }

    private static void add(float[] vector, int hash, float weight) {
        int state = hash;
        for (int i = 0; i < PLACES; i++) {
            // the finaliser of MurmurHash3, A. Appleby
            state += 0x9e3779b9;
            int mixed = (state ^ (state >>> 16)) * 0x85ebca6b;
            mixed = (mixed ^ (mixed >>> 13)) * 0xc2b2ae35;
            mixed ^= mixed >>> 16;
            vector[Math.floorMod(mixed >> 1, vector.length)] += (mixed & 1) == 0 ? weight : -weight;
        }
    }
}
