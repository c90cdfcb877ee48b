package dev.pagoda.compute.kubernetes;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A resource name that a device plugin serves, and what a number of it means.
///
/// @param family names that may stand in one request together; the part before it tells them from other
///     families
record DeviceResource(String name, DeviceFamily family, Meaning meaning) {
    DeviceResource {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(family, "family");
        Objects.requireNonNull(meaning, "meaning");
    }

    /// What the number counts.
    sealed interface Meaning {
        /// How many devices, each shared or not as other names of the family say.
        record Count() implements Meaning {}

        /// How many devices, never shared.
        record WholeCount() implements Meaning {}

        /// Memory of each device.
        ///
        /// @param unitBytes of a bare number
        record Memory(long unitBytes) implements Meaning {}

        /// Memory of each device, in percent of what it has.
        record MemoryPercent() implements Meaning {}

        /// Compute of each device.
        ///
        /// @param parts the whole device in units of this resource: 100 for percent
        record Cores(int parts) implements Meaning {}

        /// How many partitions of a profile.
        ///
        /// @param profile as the maker writes it
        record Slices(String profile) implements Meaning {}

        /// One partition of so many slices.
        record SliceSize() implements Meaning {}
    }

    /// The word of an accelerator's id that the name narrows the family to, absent when it does not.
    @Nullable
    String narrowed() {
        int at = name.indexOf("/mlu");
        int end = name.indexOf(".smlu.");
        return at >= 0 && end > at + 4 ? name.substring(at + 1, end) : null;
    }
}
