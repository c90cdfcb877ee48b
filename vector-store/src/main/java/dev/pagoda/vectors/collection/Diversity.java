package dev.pagoda.vectors.collection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Picks points that are near to a query and unlike each other.
///
/// Maximal marginal relevance, Carbonell and Goldstein 1998 (https://doi.org/10.1145/290941.291025).
final class Diversity {
    private Diversity() {}

    /// How like a picked point others are.
    interface Likeness {
        Similarity to(StoredPoint picked);
    }

    /// @param candidates best first
    /// @param relevance  similarity of each with the query
    /// @param lambda     1 = only relevance counts, 0 = only difference
    /// @return at most `limit` of the candidates with their own scores, in the order they were picked
    static List<Ranked> pick(List<Ranked> candidates, float[] relevance, Likeness likeness, float lambda, int limit) {
        int count = Math.min(limit, candidates.size());
        List<Ranked> picked = new ArrayList<>(count);
        boolean[] taken = new boolean[candidates.size()];
        float[] nearest = new float[candidates.size()];
        Arrays.fill(nearest, Float.NEGATIVE_INFINITY);
        while (picked.size() < count) {
            int best = -1;
            float bestWorth = 0;
            for (int i = 0; i < taken.length; i++) {
                if (taken[i]) {
                    continue;
                }
                float worth = picked.isEmpty() ? relevance[i] : lambda * relevance[i] - (1 - lambda) * nearest[i];
                if (best < 0 || worth > bestWorth) {
                    best = i;
                    bestWorth = worth;
                }
            }
            taken[best] = true;
            picked.add(candidates.get(best));
            if (picked.size() == count) {
                break;
            }
            Similarity similarity = likeness.to(candidates.get(best).point());
            for (int i = 0; i < taken.length; i++) {
                if (!taken[i]) {
                    nearest[i] =
                            Math.max(nearest[i], similarity.of(candidates.get(i).point()));
                }
            }
        }
        return picked;
    }
}
