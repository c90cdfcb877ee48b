package dev.pagoda.compute.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A group of queues and cohorts that lend each other what they do not use.
///
/// @param parent the cohort it belongs to, absent for a root
/// @param weight of its fair share among its neighbours, 0 to [#MAX_WEIGHT]
/// @param quotas what it owns beside its members; without a parent it can neither borrow nor lend
public record CohortSpec(String name, @Nullable String parent, double weight, List<Quota> quotas) {
    static final double MAX_WEIGHT = 1_000_000;
    static final int MAX_QUOTAS = 256;

    public CohortSpec {
        quotas = List.copyOf(quotas);
        checkNode("cohort", name, weight, quotas);
        if (name.equals(parent)) {
            throw new IllegalArgumentException("cohort " + name + " is its own parent");
        }
    }

    /// A root with the weight 1 and nothing of its own.
    public static CohortSpec root(String name) {
        return new CohortSpec(name, null, 1, List.of());
    }

    static void checkNode(String what, String name, double weight, List<Quota> quotas) {
        if (name.isBlank() || name.length() > 100) {
            throw new IllegalArgumentException(
                    "the name of a " + what + " has " + name.length() + " characters, expected 1 to 100");
        }
        if (!(weight >= 0 && weight <= MAX_WEIGHT)) {
            throw new IllegalArgumentException(
                    what + " " + name + " has weight " + weight + ", outside 0 to " + MAX_WEIGHT);
        }
        if (quotas.size() > MAX_QUOTAS) {
            throw new IllegalArgumentException(what + " " + name + " has " + quotas.size() + " quotas, above 256");
        }
        if (quotas.stream().map(Quota::flavor).distinct().count() < quotas.size()) {
            throw new IllegalArgumentException(what + " " + name + " has two quotas of one flavor");
        }
    }
}
