package dev.pagoda.compute.queue;

import dev.pagoda.compute.placement.Policy;
import java.util.Objects;

/// What a scheduler is made of beside its fleet and its tenants.
///
/// @param placement which node takes a task; a policy that draws lots gives other decisions after a restart
public record SchedulerSetup(SchedulerPolicy policy, Policy placement, Links links, Units units) {
    public SchedulerSetup {
        Objects.requireNonNull(policy, "policy");
        Objects.requireNonNull(placement, "placement");
        Objects.requireNonNull(links, "links");
        Objects.requireNonNull(units, "units");
    }
}
