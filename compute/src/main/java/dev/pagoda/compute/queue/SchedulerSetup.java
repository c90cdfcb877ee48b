package dev.pagoda.compute.queue;

import dev.pagoda.compute.fleet.NodeBook;
import dev.pagoda.compute.placement.Policy;
import java.util.Objects;

/// What a scheduler is made of beside its fleet and its tenants.
///
/// @param placement which node takes a task; a policy that draws lots gives other decisions after a restart
/// @param nodes     what is known of the nodes beside what placement sees, which decides how long a start takes
public record SchedulerSetup(SchedulerPolicy policy, Policy placement, Links links, Units units, NodeBook nodes) {
    public SchedulerSetup {
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(placement, "placement");
        Objects.requireNonNull(links, "links");
        Objects.requireNonNull(units, "units");
        Objects.requireNonNull(nodes, "nodes");
    }

    /// On nodes where everything starts at once.
    public SchedulerSetup(SchedulerPolicy policy, Policy placement, Links links, Units units) {
        this(policy, placement, links, units, NodeBook.empty());
    }
}
