package dev.pagoda.compute.api;

import java.util.List;
import java.util.Objects;

/// Where one task of a job runs.
///
/// @param devices of the node, by index, none for a task of the host alone
public record TaskPlace(String node, List<DevicePart> devices) {
    public TaskPlace {
        Objects.requireNonNull(node, "node");
        devices = List.copyOf(devices);
    }

    /// A part of a device.
    ///
    /// @param index  of the device in its node
    /// @param milli  thousandths of an undivided device, 0 for a slice
    /// @param bytes  of its memory
    /// @param slots  of a divided device as a bit mask, 0 otherwise
    public record DevicePart(int index, int milli, long bytes, long slots) {}
}
