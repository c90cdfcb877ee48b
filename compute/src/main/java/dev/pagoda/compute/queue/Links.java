package dev.pagoda.compute.queue;

import dev.pagoda.compute.placement.Allotment;
import dev.pagoda.compute.placement.Cluster;
import java.util.List;

/// How fast the devices of a gang reach each other.
public interface Links {
    /// Bytes a second over the slowest link that a ring over all parts has to cross, while every link is
    /// healthy.
    ///
    /// @param accelerator the kind of all devices, empty for tasks of hosts alone
    /// @param parts       at least one
    double slowest(Cluster cluster, String accelerator, List<Allotment> parts);
}
