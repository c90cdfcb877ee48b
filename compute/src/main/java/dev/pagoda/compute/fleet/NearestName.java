package dev.pagoda.compute.fleet;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// The name that somebody probably meant: the one with the least Levenshtein distance.
public final class NearestName {
    private NearestName() {}

    /// @return the nearest, the alphabetically first of equals; empty when there are no names
    public static Optional<String> of(String wrong, Collection<String> names) {
        return names.stream()
                .min(Comparator.<String>comparingInt(name -> distance(wrong, name))
                        .thenComparing(name -> name));
    }

    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? diagonal : diagonal + 1;
                row[j] = Math.min(change, 1 + Math.min(above, row[j - 1]));
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
