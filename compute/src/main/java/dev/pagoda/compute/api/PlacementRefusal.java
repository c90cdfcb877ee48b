package dev.pagoda.compute.api;

/// Why a gang was not placed, from the reason that no waiting mends to the one that a release does.
public enum PlacementRefusal {
    /// The fleet has no device of the kinds asked for.
    NO_SUCH_ACCELERATOR,
    /// Every device of the kinds asked for has less memory than each member needs.
    DEVICE_TOO_SMALL,
    /// No node, or not the fleet as a whole, has that many devices.
    FLEET_TOO_SMALL,
    /// There would be enough if the nodes that are down came back.
    NODES_DOWN,
    /// Enough devices are free, but not in one node.
    FRAGMENTED,
    /// There will be enough when others release theirs.
    BUSY
}
