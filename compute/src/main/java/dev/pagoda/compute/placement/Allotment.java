package dev.pagoda.compute.placement;

import java.util.List;

/// What one task got of one node: the cores and the memory of its demand, and these parts of devices. Stays
/// valid in every fork of the cluster that gave it.
///
/// @param id     distinct within a cluster and its forks
/// @param node   index of the node in the cluster
/// @param grants by device, then by slots
public record Allotment(long id, int node, Demand demand, List<Grant> grants) {
    public Allotment {
        grants = List.copyOf(grants);
    }

    /// Whether any of it is on this device.
    public boolean touches(int device) {
        for (Grant grant : grants) {
            if (grant.device() == device) {
                return true;
            }
        }
        return false;
    }
}
