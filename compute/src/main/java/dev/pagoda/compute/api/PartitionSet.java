package dev.pagoda.compute.api;

import org.jspecify.annotations.Nullable;

/// Where a device stands that was asked to be divided otherwise.
///
/// @param mode          that it is in, or leaves
/// @param next          that it is to enter, absent when it is there
/// @param readyAtMicros when it is there, microseconds since 1970; absent while it drains and when it is there
public record PartitionSet(
        String node,
        int device,
        String mode,
        @Nullable String next,
        @Nullable Long readyAtMicros) {}
