package dev.pagoda.deploy;

import java.util.List;

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
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                boolean same = Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(b.charAt(j - 1));
                int replaced = diagonal + (same ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
