package dev.pagoda.compute;

import dev.pagoda.compute.fleet.DeviceIdentity;
import dev.pagoda.compute.fleet.Node;
import java.util.List;

/// One device of a node that is up, as exporters of metrics see it.
///
/// @param holdings what is held of it, by task
/// @param mode     the partition mode it is in, empty for none
record DeviceSample(Node node, DeviceIdentity identity, boolean isUp, String mode, List<Holding> holdings) {
    DeviceSample {
        holdings = List.copyOf(holdings);
    }

    /// What one task holds.
    ///
    /// @param job     the job's id
    /// @param queue   the job's queue
    /// @param milli   thousandths of an undivided device, 0 for a slice
    /// @param bytes   of memory that it was promised
    /// @param limit   of memory that it cannot go beyond
    /// @param profile of its slice, empty for none
    /// @param slots   of its slice
    record Holding(String job, String queue, int milli, long bytes, long limit, String profile, long slots) {
        boolean isSlice() {
            return !profile.isEmpty();
        }
    }

    long memoryBytes() {
        return node.accelerator().memory().bytes();
    }

    long usedBytes() {
        return Math.min(
                memoryBytes(), holdings.stream().mapToLong(Holding::bytes).sum());
    }
}
