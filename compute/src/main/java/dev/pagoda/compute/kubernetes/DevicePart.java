package dev.pagoda.compute.kubernetes;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.fleet.PartitionProfile;
import dev.pagoda.compute.fleet.PartitionScheme;
import dev.pagoda.compute.fleet.PartitionSchemes;
import dev.pagoda.compute.placement.Share;
import java.util.Comparator;
import java.util.Optional;

/// How much of each device a request asks for, before it is known which device that will be.
sealed interface DevicePart {
    /// What it is on an accelerator; empty when that has no such part.
    Optional<Share> on(AcceleratorSpec spec);

    /// Whole devices.
    record Whole() implements DevicePart {
        @Override
        public Optional<Share> on(AcceleratorSpec spec) {
            return Optional.of(Share.ANY_WHOLE);
        }
    }

    /// Memory and cores by limits of software.
    ///
    /// @param bytes   0 for all
    /// @param percent of memory instead of bytes, 0 for none
    /// @param milli   thousandths of the cores; 0 claims none, and gets the least that a share can have
    record Limits(long bytes, int percent, int milli) implements DevicePart {
        @Override
        public Optional<Share> on(AcceleratorSpec spec) {
            long all = spec.memory().bytes();
            long wanted = bytes > 0 ? bytes : percent > 0 ? all * percent / 100 : all;
            if (wanted > all) {
                return Optional.empty();
            }
            boolean isAllMemory = wanted == all;
            boolean isAllCores = milli == Share.WHOLE_MILLI || milli == 0;
            return Optional.of(
                    isAllMemory && isAllCores ? Share.ANY_WHOLE : new Share.Fraction(Math.max(1, milli), wanted));
        }
    }

    /// A quarter, a half or the whole of memory, whichever is enough, and cores in proportion.
    record Quarters(long bytes) implements DevicePart {
        @Override
        public Optional<Share> on(AcceleratorSpec spec) {
            long all = spec.memory().bytes();
            for (int parts = 4; parts > 1; parts /= 2) {
                if (bytes <= all / parts) {
                    return Optional.of(new Share.Fraction(Share.WHOLE_MILLI / parts, all / parts));
                }
            }
            return bytes <= all ? Optional.of(Share.ANY_WHOLE) : Optional.empty();
        }
    }

    /// The smallest partition with at least so much, or the whole device when none is large enough.
    record SmallestProfile(long bytes, int milli) implements DevicePart {
        @Override
        public Optional<Share> on(AcceleratorSpec spec) {
            Optional<Share> smallest = PartitionSchemes.of(spec).stream()
                    .map(PartitionScheme::profiles)
                    .flatMap(profiles -> profiles.stream())
                    .filter(profile -> profile.memoryBytes() >= bytes && profile.computeMilli() >= milli)
                    .min(Comparator.comparingLong(PartitionProfile::memoryBytes)
                            .thenComparingInt(PartitionProfile::computeMilli))
                    .map(profile -> new Share.Slice(profile.name()));
            return smallest.isPresent() || bytes > spec.memory().bytes() ? smallest : Optional.of(Share.ANY_WHOLE);
        }
    }

    /// A partition by name.
    record Profile(String name) implements DevicePart {
        @Override
        public Optional<Share> on(AcceleratorSpec spec) {
            boolean isThere = name.equals(PartitionSchemes.SHARED_PROFILE)
                    || PartitionSchemes.of(spec).stream().anyMatch(mode -> mode.indexOf(name) >= 0);
            return isThere ? Optional.of(new Share.Slice(name)) : Optional.empty();
        }
    }

    /// The smallest partition with at least so many slices, by the number before the `g` of its name.
    record Slices(int count) implements DevicePart {
        @Override
        public Optional<Share> on(AcceleratorSpec spec) {
            return PartitionSchemes.of(spec).stream()
                    .flatMap(mode -> mode.profiles().stream())
                    .filter(profile -> slices(profile) >= count)
                    .min(Comparator.comparingInt(Slices::slices))
                    .map(profile -> new Share.Slice(profile.name()));
        }

        private static int slices(PartitionProfile profile) {
            return Integer.parseInt(profile.name().substring(0, profile.name().indexOf('g')));
        }
    }
}
