package dev.pagoda.deploy;

import java.util.List;
import java.util.Locale;
import org.apache.commons.text.similarity.LevenshteinDistance;

/// The known key that somebody probably meant.
final class NearestKey {
    private NearestKey() {}

    /// A sibling that is spelled alike, else a key of the same last name elsewhere, else the nearest of all.
    ///
    /// @param siblings keys of the same mapping, at least one of `siblings` and `all`
    static String to(String unknown, List<String> siblings, List<String> all) {
        String sibling = nearest(unknown, siblings);
        if (!sibling.isEmpty()
                && distance(last(unknown), last(sibling))
                        <= Math.max(1, last(unknown).length() / 3)) {
            return sibling;
        }
        for (String key : all) {
            if (last(key).equalsIgnoreCase(last(unknown))) {
                return key;
            }
        }
        return nearest(unknown, siblings.isEmpty() ? all : siblings);
    }

    private static String nearest(String unknown, List<String> candidates) {
        String best = "";
        int least = Integer.MAX_VALUE;
        for (String candidate : candidates) {
            int distance = distance(unknown, candidate);
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return best;
    }

    private static String last(String key) {
        return key.substring(key.lastIndexOf('.') + 1);
    }

    /// Levenshtein's distance, letter case ignored.
    static int distance(String a, String b) {
        return LevenshteinDistance.getDefaultInstance().apply(a.toLowerCase(Locale.ROOT), b.toLowerCase(Locale.ROOT));
    }
}
