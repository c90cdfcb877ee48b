package dev.pagoda.compute.fleet;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.apache.commons.text.similarity.LevenshteinDistance;

/// The name that somebody probably meant: the one with the least Levenshtein distance.
public final class NearestName {
    private static final LevenshteinDistance LEVENSHTEIN = LevenshteinDistance.getDefaultInstance();

    private NearestName() {}

    /// @return the nearest, the alphabetically first of equals; empty when there are no names
    public static Optional<String> of(String wrong, Collection<String> names) {
        return names.stream()
                .min(Comparator.<String>comparingInt(name -> LEVENSHTEIN.apply(wrong, name))
                        .thenComparing(name -> name));
    }
}
