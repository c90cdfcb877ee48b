package dev.pagoda.gateway.backend;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Which versions of a model answer those who name none, as when a new one is tried on a few.
///
/// @param versions 1 to [#MAX_VERSIONS], at least one of them with a weight above 0
/// @param before   what was set before, empty when nothing was; absent when it cannot be taken back
public record VersionWeights(List<Share> versions, @Nullable List<Share> before) {
    public static final int MAX_VERSIONS = 16;

    /// A version and its share of sessions.
    ///
    /// @param weight 0 to 10,000
    public record Share(int version, int weight) {
        private static final int MAX_WEIGHT = 10_000;

        public Share {
            if (version < 1) {
                throw new IllegalArgumentException("version " + version + " is below 1");
            }
            if (weight < 0 || weight > MAX_WEIGHT) {
                throw new IllegalArgumentException("weight " + weight + " is not within 0 to " + MAX_WEIGHT);
            }
        }
    }

    public VersionWeights {
        versions = List.copyOf(Objects.requireNonNull(versions, "versions is missing"));
        before = before == null ? null : List.copyOf(before);
        if (versions.isEmpty() || versions.size() > MAX_VERSIONS) {
            throw new IllegalArgumentException(versions.size() + " versions are not within 1 to " + MAX_VERSIONS);
        }
        Set<Integer> named = new HashSet<>();
        for (Share each : versions) {
            if (!named.add(each.version())) {
                throw new IllegalArgumentException("version " + each.version() + " has two weights");
            }
        }
        if (total(versions) == 0) {
            throw new IllegalArgumentException("all weights are 0, so that no version would answer");
        }
    }

    private static int total(List<Share> shares) {
        return shares.stream().mapToInt(Share::weight).sum();
    }

    /// The version for a key: always the same for one, by the weights over all. Of two weightings that differ in how
    /// much one of two versions has, most keys keep theirs.
    ///
    /// @param key of a session, a user or a request
    int draw(String model, String key) {
        double at = (mixed(31 * model.hashCode() + key.hashCode()) >>> 1) / 0x1p31 * total(versions);
        for (Share each : versions) {
            at -= each.weight();
            if (at < 0) {
                return each.version();
            }
        }
        throw new IllegalStateException("weights of " + model + " do not add up");
    }

    /// The only version that answers, if there is but one.
    OptionalInt only() {
        List<Share> used = versions.stream().filter(each -> each.weight() > 0).toList();
        return used.size() == 1 ? OptionalInt.of(used.getFirst().version()) : OptionalInt.empty();
    }

    /// The finaliser of MurmurHash3, A. Appleby.
    private static int mixed(int hash) {
        int h = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        h = (h ^ (h >>> 13)) * 0xc2b2ae35;
        return h ^ (h >>> 16);
    }
}
