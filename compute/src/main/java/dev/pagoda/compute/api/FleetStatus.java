package dev.pagoda.compute.api;

import java.util.List;

/// Counts over the whole fleet.
///
/// @param accelerators one entry a kind, in the order of the configuration
public record FleetStatus(int nodes, int nodesUp, int placements, List<KindStatus> accelerators) {
    public FleetStatus {
        accelerators = List.copyOf(accelerators);
    }

    /// Counts over the devices of one kind.
    ///
    /// @param devices all of them
    /// @param up      those in nodes that are up
    /// @param used    those that somebody has
    public record KindStatus(String accelerator, int devices, int up, int used) {}
}
