package dev.pagoda.compute.api;

import java.util.List;
import java.util.Objects;

/// Devices given to an owner until they are released or a node under them fails.
///
/// @param devices     by node, then by index
/// @param accelerator what all of them are
/// @param start       how long it takes until they can be used
public record Placed(String placementId, List<DeviceRef> devices, AcceleratorSpec accelerator, StartTimes start) {
    public Placed {
        Objects.requireNonNull(placementId, "placementId");
        devices = List.copyOf(devices);
        Objects.requireNonNull(accelerator, "accelerator");
        Objects.requireNonNull(start, "start");
    }

    /// Devices that can be used at once.
    public Placed(String placementId, List<DeviceRef> devices, AcceleratorSpec accelerator) {
        this(placementId, devices, accelerator, StartTimes.NONE);
    }

    /// How many nodes the devices are spread over.
    public int nodes() {
        return (int) devices.stream().map(DeviceRef::node).distinct().count();
    }
}
