package dev.pagoda.compute.queue;

import dev.pagoda.compute.fleet.NodeBook;
import dev.pagoda.compute.placement.Policy;
import java.util.Objects;

/// What a scheduler is made of beside its fleet and its tenants.
///
/// @param placement which node takes a task; a policy that draws lots gives other decisions after a restart
/// @param nodes     what is known of the nodes beside what placement sees, which decides how long a start takes
/// @param history   of so many arrivals the placement policy learns what to expect, 0 to [#MAX_HISTORY]; with 0 it
///     keeps the expectations it came with
public record SchedulerSetup(
        SchedulerPolicy policy, Policy placement, Links links, Units units, NodeBook nodes, int history) {
    public static final int MAX_HISTORY = 100_000;

    public SchedulerSetup {
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(placement, "placement");
        Objects.requireNonNull(links, "links");
        Objects.requireNonNull(units, "units");
        Objects.requireNonNull(nodes, "nodes");
        if (history < 0 || history > MAX_HISTORY) {
            throw new IllegalArgumentException("a history of " + history + " arrivals, outside 0 to " + MAX_HISTORY);
        }
    }

    /// With the expectations that the placement policy came with.
    public SchedulerSetup(SchedulerPolicy policy, Policy placement, Links links, Units units, NodeBook nodes) {
        this(policy, placement, links, units, nodes, 0);
    }

    /// On nodes where everything starts at once.
    public SchedulerSetup(SchedulerPolicy policy, Policy placement, Links links, Units units) {
        this(policy, placement, links, units, NodeBook.empty());
    }
}
