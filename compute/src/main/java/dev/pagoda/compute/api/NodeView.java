package dev.pagoda.compute.api;

import java.util.List;

/// One node at one moment.
///
/// @param stateSinceMicros when it entered its state, microseconds since 1970
public record NodeView(
        String id,
        NodeState state,
        long stateSinceMicros,
        String accelerator,
        long hostMemoryBytes,
        List<DeviceView> devices) {
    public NodeView {
        devices = List.copyOf(devices);
    }

    /// The same without the owners of its devices.
    public NodeView withoutOwners() {
        List<DeviceView> anonymous =
                devices.stream().map(DeviceView::withoutOwner).toList();
        return new NodeView(id, state, stateSinceMicros, accelerator, hostMemoryBytes, anonymous);
    }
}
