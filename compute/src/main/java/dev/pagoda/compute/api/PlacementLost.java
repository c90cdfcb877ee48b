package dev.pagoda.compute.api;

import java.util.List;
import java.util.Objects;

/// The news that a placement is gone because a node under it failed; all its devices are free again, on every
/// node.
public record PlacementLost(
        String placementId, String owner, String failedNode, List<DeviceRef> devices, long atMicros) {
    public PlacementLost {
        Objects.requireNonNull(placementId, "placementId");
        Objects.requireNonNull(owner, "owner");
        Objects.requireNonNull(failedNode, "failedNode");
        devices = List.copyOf(devices);
    }
}
