package dev.pagoda.compute.placement;

import dev.pagoda.compute.api.AcceleratorSpec;
import dev.pagoda.compute.api.DeviceRef;
import dev.pagoda.compute.api.Placed;
import java.util.List;
import java.util.Objects;

/// Devices that one owner holds.
///
/// @param bytesPerDevice memory promised to the owner on each
/// @param devices        by node in the order of the fleet, then by index; never empty
public record Placement(
        String id,
        String owner,
        long bytesPerDevice,
        AcceleratorSpec accelerator,
        long placedAtMicros,
        List<DeviceRef> devices) {
    public Placement {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(accelerator, "accelerator");
        devices = List.copyOf(devices);
        if (devices.isEmpty()) {
            throw new IllegalArgumentException("placement " + id + " holds no device");
        }
    }

    /// What its owner is told.
    public Placed placed() {
        return new Placed(id, devices, accelerator);
    }

    boolean touches(String node) {
        return devices.stream().anyMatch(device -> device.node().equals(node));
    }
}
